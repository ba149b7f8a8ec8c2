#include "config.h"

#include "intake/signature.h"

#include <time.h>

#include "base/library.h"

/* gnutls/gnutls.h, gnutls/x509.h and gnutls/abstract.h */
enum { FORMAT_DER = 0, FORMAT_PEM = 1, FAIL_IF_EXCEED = 1 };
enum { CERTIFICATES_MAX = 8 };
typedef struct {
  unsigned char *data;
  unsigned size;
} Datum;
typedef struct PublicKey PublicKey;
typedef struct Certificate Certificate;

typedef struct {
  int (*init)(PublicKey **key);
  void (*free)(PublicKey *key);
  int (*import)(PublicKey *key, const Datum *data, int format);
  int (*import_certificate)(PublicKey *key, Certificate *certificate, unsigned flags);
  int (*verify_data)(PublicKey *key, int algorithm, unsigned flags, const Datum *data,
                     const Datum *signature);
  int (*verify_hash)(PublicKey *key, int algorithm, unsigned flags, const Datum *hash,
                     const Datum *signature);
  int (*algorithm)(const char *name);
  int (*import_list)(Certificate **list, unsigned *n, const Datum *data, int format,
                     unsigned flags);
  void (*free_certificate)(Certificate *certificate);
  time_t (*begins)(Certificate *certificate);
  time_t (*expires)(Certificate *certificate);
} Functions;

static bool
load(Functions *out, GError **error)
{
  void *library = library_load(GNUTLS_LIBRARY);
  return (library_find(library, "gnutls_pubkey_init", &out->init) &&
          library_find(library, "gnutls_pubkey_deinit", &out->free) &&
          library_find(library, "gnutls_pubkey_import", &out->import) &&
          library_find(library, "gnutls_pubkey_import_x509", &out->import_certificate) &&
          library_find(library, "gnutls_pubkey_verify_data2", &out->verify_data) &&
          library_find(library, "gnutls_pubkey_verify_hash2", &out->verify_hash) &&
          library_find(library, "gnutls_sign_get_id", &out->algorithm) &&
          library_find(library, "gnutls_x509_crt_list_import", &out->import_list) &&
          library_find(library, "gnutls_x509_crt_deinit", &out->free_certificate) &&
          library_find(library, "gnutls_x509_crt_get_activation_time", &out->begins) &&
          library_find(library, "gnutls_x509_crt_get_expiration_time", &out->expires)) ||
         throw(error, BOUNCEDB_ERROR_TEMPFAIL,
               "signatures of SendGrid and Amazon SNS cannot be checked without GnuTLS:"
               " install %s",
               GNUTLS_LIBRARY);
}

static Datum
datum(GBytes *bytes)
{
  gsize size;
  const void *data = g_bytes_get_data(bytes, &size);
  return (Datum){(unsigned char *)data, (unsigned)size};
}

/* --- a bare key --------------------------------------------------------------------------------*/

static bool
check(const Functions *functions, PublicKey *key, GBytes *data, GBytes *signature)
{
  const Datum text = datum(data), proof = datum(signature);
  return functions->verify_data(key, functions->algorithm("ECDSA-SHA256"), 0, &text, &proof) >= 0;
}

bool
signature_check_ecdsa(GBytes *key, GBytes *data, GBytes *signature, bool *good, GError **error)
{
  Functions functions = {0};
  PublicKey *public = NULL;
  const Datum info = datum(key);
  if (!load(&functions, error))
    return false;
  if (functions.init(&public) < 0)
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "out of memory");
  bool ok = functions.import(public, &info, FORMAT_DER) >= 0 ||
            throw(error, BOUNCEDB_ERROR_CONFIG, "this is not a public key");
  *good = ok && check(&functions, public, data, signature);
  functions.free(public);
  return ok;
}

/* --- certificates ------------------------------------------------------------------------------*/

typedef struct {
  Functions functions;
  Certificate *list[CERTIFICATES_MAX];
  unsigned n;
} Certificates;

static void
certificates_clear(Certificates *certificates)
{
  for (unsigned i = 0; i < certificates->n; i++)
    certificates->functions.free_certificate(certificates->list[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Certificates, certificates_clear)

/* *out is empty. */
static bool
import(Certificates *out, GBytes *pem, GError **error)
{
  const Datum text = datum(pem);
  unsigned n = CERTIFICATES_MAX;
  if (!load(&out->functions, error))
    return false;
  if (out->functions.import_list(out->list, &n, &text, FORMAT_PEM, FAIL_IF_EXCEED) < 0 || n == 0)
    return throw(error, BOUNCEDB_ERROR_CONFIG, "this is not a certificate in PEM, or too many");
  out->n = n;
  return true;
}

static bool
is_made_by(const Functions *functions, Certificate *certificate, GBytes *digest, GBytes *signature)
{
  PublicKey *key = NULL;
  const Datum hash = datum(digest), proof = datum(signature);
  if (functions->init(&key) < 0)
    return false;
  bool good =
      functions->import_certificate(key, certificate, 0) >= 0 &&
      functions->verify_hash(key, functions->algorithm("RSA-SHA256"), 0, &hash, &proof) >= 0;
  functions->free(key);
  return good;
}

bool
signature_check_certificates(GBytes *pem, gint64 at, GBytes *digest, GBytes *signature, bool *good,
                             GError **error)
{
  g_auto(Certificates) certificates = {0};
  const Functions *functions = &certificates.functions;
  *good = false;
  if (!import(&certificates, pem, error))
    return false;
  for (unsigned i = 0; i < certificates.n && !*good; i++) {
    Certificate *certificate = certificates.list[i];
    *good = at >= functions->begins(certificate) && at <= functions->expires(certificate) &&
            is_made_by(functions, certificate, digest, signature);
  }
  return true;
}

bool
signature_expiry(GBytes *pem, gint64 *out, GError **error)
{
  g_auto(Certificates) certificates = {0};
  if (!import(&certificates, pem, error))
    return false;
  *out = 0;
  for (unsigned i = 0; i < certificates.n; i++)
    *out = MAX(*out, (gint64)certificates.functions.expires(certificates.list[i]));
  return true;
}
