/* Signed return paths: they prove which recipient a bounce is about.
 *
 * A newsletter is sent with a different return path to each recipient:
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
 * where 0 is an octet of that value, so that different inputs never collide, and ASCII letters are
 * in lower case. Day, tag and id are in the base 32 of RFC 4648, in lower case without padding
 * (a-z2-7). The id is a number from 1 on, most significant digit first, from the sender's database
 * (store-sent.h).
 *
 * Case does not matter, because some servers change it. Return paths use only characters that mail
 * servers pass on unchanged, and at most the 64 octets of a local part (RFC 5321 4.5.3.1.1). The
 * day limits how long a return path that was seen by others can be abused. These functions use
 * neither files nor the clock. */
#pragma once

#include <glib.h>

enum {
  VERP_KEY_SIZE = 32,
  VERP_KEYS_MAX = 2,    /* the current one and the previous one */
  VERP_TOKEN_SIZE = 21, /* version, day, tag, and a NUL */
  VERP_DAYS_PAST = 30,  /* a report may come this many days after the message */
  VERP_DAYS_AHEAD = 1,  /* clocks and time zones differ */
};

typedef struct {
  guint8 keys[VERP_KEYS_MAX][VERP_KEY_SIZE]; /* the first one signs */
  guint n;                                   /* 0: nothing can be signed or checked */
} VerpKeys;

void verp_keys_clear(VerpKeys *keys); /* overwrites them */

/* The return path for recipient at now (Unix seconds). base: the address that bounces are sent to.
 * NULL if base cannot carry a token, or recipient does not fit: the local part would be too long,
 * or the recipient's has characters other than A-Z a-z 0-9 . _ + -. The opaque form is for such
 * recipients. (transfer full) (nullable) */
char *verp_make(const VerpKeys *keys, const char *base, const char *recipient, gint64 now);

/* The opaque form. id: from 1 on. NULL for a bad base or id. (transfer full) (nullable) */
char *verp_make_opaque(const VerpKeys *keys, const char *base, gint64 id, gint64 now);

typedef enum {
  VERP_NONE,    /* no token */
  VERP_BAD_TAG, /* looks like a token, but was not made with one of the keys */
  VERP_EXPIRED, /* genuine, but too old (or too new) */
  VERP_GOOD
} VerpResult;

typedef struct {
  char *recipient;            /* direct form; the local part as it came */
  gint64 id;                  /* opaque form; otherwise 0 */
  char text[VERP_TOKEN_SIZE]; /* version, day and tag in lower case */
} VerpToken;

/* Looks for a token in an address and checks it with every key. If it is genuine (GOOD or EXPIRED),
 * fills in token; otherwise token is empty. The time does not depend on where a tag is wrong. */
VerpResult verp_check(const VerpKeys *keys, const char *address, gint64 now, VerpToken *token);

void verp_token_clear(VerpToken *token);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VerpKeys, verp_keys_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VerpToken, verp_token_clear)
