/* Signatures by elliptic curves (ECDSA with SHA-256), which SendGrid makes. GnuTLS checks them; it
 * is loaded by the first call, because nothing else needs it. */
#pragma once

#include "base/error.h"

/* Whether the signature (DER) of the data was made with the other half of the key, which is a
 * SubjectPublicKeyInfo (DER). False with *error set if that cannot be found out: TEMPFAIL without
 * GnuTLS, CONFIG for something that is not a key. */
bool ecdsa_check(GBytes *key, GBytes *data, GBytes *signature, bool *good, GError **error);
