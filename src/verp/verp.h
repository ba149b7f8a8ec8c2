/* Signed return paths: who wrote to whom, so that nobody else can say who bounced.
 *
 * A newsletter goes out with a return path of its own for each recipient:
 *
 *     bounces+1ujlwqfkuc3h3mx2ctw5-ann=example.net@lists.example.org
 *     base   "+" version day tag "-" local part "=" domain of the recipient      (direct form)
 *     base   "+" version day tag "-" id                                          (opaque form)
 *
 * version: one character, "1" direct, "2" opaque. day: three, the days since 1970 modulo 32768.
 * tag: sixteen, the first 80 bits of
 *
 *     HMAC-SHA256(key, "bouncedb-verp-v1" 0 base "@" its domain 0 day 0 local part 0 domain)
 *     HMAC-SHA256(key, "bouncedb-verp-v2" 0 base "@" its domain 0 day 0 id)
 *
 * with ASCII letters in lower case and an octet 0 where 0 stands, so that no two inputs are one.
 * All in the base 32 of RFC 4648 in lower case without padding (a-z2-7). The id is a number from 1
 * on in the same digits, most significant first, that the sender's database knows (store-sent.h).
 *
 * Upper and lower case do not matter, for some servers change them on the way. Everything stays
 * within the characters that mail servers hand on unchanged, and within the 64 octets of a local
 * part (RFC 5321 4.5.3.1.1). The day bounds how long a return path that somebody has seen is of
 * use. Pure functions: no file, no clock. */
#pragma once

#include <glib.h>

enum {
  VERP_KEY_SIZE = 32,
  VERP_KEYS_MAX = 2,    /* the one in use and the one before it */
  VERP_TOKEN_SIZE = 21, /* version, day, tag, and a NUL */
  VERP_DAYS_PAST = 30,  /* a report may come so many days after the message */
  VERP_DAYS_AHEAD = 1,  /* clocks and time zones differ */
};

typedef struct {
  guint8 keys[VERP_KEYS_MAX][VERP_KEY_SIZE]; /* the first one signs */
  guint n;                                   /* 0: nothing can be signed or checked */
} VerpKeys;

void verp_keys_clear(VerpKeys *keys); /* overwrites them */

/* The return path for recipient at now (Unix seconds). base is the address that bounces come to.
 * NULL where base is none that can carry a token, or recipient does not fit: too long together, or
 * with other characters than A-Z a-z 0-9 . _ + - left of its @. Then the opaque form is for it.
 * (transfer full) (nullable) */
char *verp_make(const VerpKeys *keys, const char *base, const char *recipient, gint64 now);

/* The opaque form; id from 1 on. NULL for a bad base or id. (transfer full) (nullable) */
char *verp_make_opaque(const VerpKeys *keys, const char *base, gint64 id, gint64 now);

typedef enum {
  VERP_NONE,    /* holds no token */
  VERP_BAD_TAG, /* looks like one, and none of the keys made it */
  VERP_EXPIRED, /* is genuine, but of another time */
  VERP_GOOD
} VerpResult;

typedef struct {
  char *recipient;            /* direct form: local part as it came; NULL in the opaque one */
  gint64 id;                  /* opaque form; 0 in the direct one */
  char text[VERP_TOKEN_SIZE]; /* version, day and tag in lower case: the same for the same token */
} VerpToken;

/* Looks for a token in an address and checks it with every key. Where one is genuine (GOOD or
 * EXPIRED), token gets what it says; otherwise it is empty. Takes the same time wherever a tag is
 * wrong. */
VerpResult verp_check(const VerpKeys *keys, const char *address, gint64 now, VerpToken *token);

void verp_token_clear(VerpToken *token);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VerpKeys, verp_keys_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VerpToken, verp_token_clear)
