<?php
// Signed return paths for bouncedb. PHP 7.4 or later, no extension but "hash".
//
//     php sign.php KEYFILE BASE RECIPIENT [NOW]
//
// KEYFILE was made by "bouncedb verp keygen". NOW is in Unix seconds; tests set it.

// Whole groups of five bits, most significant first.
function bouncedb_base32(string $bits): string
{
    $digits = 'abcdefghijklmnopqrstuvwxyz234567';
    return implode('', array_map(fn($group) => $digits[bindec($group)], str_split($bits, 5)));
}

// The envelope sender for a message to the recipient; null if it does not fit and therefore needs
// bouncedb verp make --opaque.
function bouncedb_return_path(string $key, string $base, string $recipient, ?int $now = null): ?string
{
    if (!preg_match('/\A[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+\z/', $recipient) || strpos($recipient, '..') !== false) {
        return null;
    }
    $days = intdiv($now ?? time(), 86400) % 32768;
    $day = bouncedb_base32(str_pad(decbin($days), 15, '0', STR_PAD_LEFT));
    [$local, $domain] = explode('@', $recipient);
    $at = strrpos($base, '@');
    $signed = strtolower(implode("\0", ['bouncedb-verp-v1', $base, $day, $local, $domain]));
    $bits = '';
    foreach (str_split(substr(hash_hmac('sha256', $signed, $key, true), 0, 10)) as $octet) {
        $bits .= str_pad(decbin(ord($octet)), 8, '0', STR_PAD_LEFT);
    }
    $result = substr($base, 0, $at) . '+1' . $day . bouncedb_base32($bits) . "-$local=$domain";
    return strlen($result) <= 64 ? $result . substr($base, $at) : null;
}

if (PHP_SAPI === 'cli' && realpath($argv[0]) === __FILE__) {
    $key = hex2bin(trim(file_get_contents($argv[1])));
    $path = bouncedb_return_path($key, $argv[2], $argv[3], isset($argv[4]) ? (int) $argv[4] : null);
    if ($path === null) {
        fwrite(STDERR, "$argv[3] does not fit\n");
        exit(1);
    }
    echo "$path\n";
}
