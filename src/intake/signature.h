/* Signatures by a public key: with elliptic curves, as SendGrid makes them, and with RSA and a
 * certificate, as Amazon SNS does. GnuTLS checks them; it is loaded by the first call, because
 * nothing else needs it.
 *
 * The functions return false, with *error set, if something cannot be found out: TEMPFAIL without
 * GnuTLS, CONFIG for something that is not a key or a certificate. */
#pragma once

#include "base/error.h"

/* Whether the signature (DER) of the data was made with the other half of the key, which is a
 * SubjectPublicKeyInfo (DER): ECDSA with SHA-256. */
bool signature_check_ecdsa(GBytes *key, GBytes *data, GBytes *signature, bool *good,
                           GError **error);

/* Whether the signature of the data with this SHA-256 digest was made with the key of one of the
 * certificates, and that was valid at this time (Unix seconds): RSA with SHA-256. pem: at most
 * eight certificates. */
bool signature_check_certificates(GBytes *pem, gint64 at, GBytes *digest, GBytes *signature,
                                  bool *good, GError **error);

/* When the last of the certificates expires, in Unix seconds. */
bool signature_expiry(GBytes *pem, gint64 *out, GError **error);
