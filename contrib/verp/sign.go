// Signed return paths for bouncedb. Go, standard library only.
//
//	go run sign.go KEYFILE BASE RECIPIENT [NOW]
//
// KEYFILE was made by "bouncedb verp keygen". NOW is in Unix seconds; tests set it.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const digits = "abcdefghijklmnopqrstuvwxyz234567"

var plain = regexp.MustCompile(`^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$`)

// ReturnPath is the envelope sender for a message to the recipient; "" if it does not fit and
// therefore needs bouncedb verp make --opaque.
func ReturnPath(key []byte, base, recipient string, now time.Time) string {
	at, baseAt := strings.LastIndex(recipient, "@"), strings.LastIndex(base, "@")
	if !plain.MatchString(recipient) || strings.Contains(recipient, "..") || baseAt < 0 {
		return ""
	}
	days := now.Unix() / 86400 % 32768
	day := string([]byte{digits[days>>10], digits[days>>5&31], digits[days&31]})
	mac := hmac.New(sha256.New, key)
	signed := []string{"bouncedb-verp-v1", base, day, recipient[:at], recipient[at+1:]}
	mac.Write([]byte(strings.ToLower(strings.Join(signed, "\x00"))))
	tag := base32.NewEncoding(digits).EncodeToString(mac.Sum(nil)[:10])
	result := base[:baseAt] + "+1" + day + tag + "-" + recipient[:at] + "=" + recipient[at+1:]
	if len(result) > 64 {
		return ""
	}
	return result + base[baseAt:]
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	now := time.Now()
	if len(os.Args) > 4 {
		seconds, _ := strconv.ParseInt(os.Args[4], 10, 64)
		now = time.Unix(seconds, 0)
	}
	path := ReturnPath(key, os.Args[2], os.Args[3], now)
	if path == "" {
		fmt.Fprintln(os.Stderr, os.Args[3], "does not fit")
		os.Exit(1)
	}
	fmt.Println(path)
}
