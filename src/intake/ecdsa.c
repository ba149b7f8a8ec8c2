#include "config.h"

#include "intake/ecdsa.h"

#include "base/library.h"

/* gnutls/gnutls.h and gnutls/abstract.h */
enum { FORMAT_DER = 0 };
typedef struct {
  unsigned char *data;
  unsigned size;
} Datum;
typedef struct PublicKey PublicKey;

typedef struct {
  int (*init)(PublicKey **key);
  void (*free)(PublicKey *key);
  int (*import)(PublicKey *key, const Datum *data, int format);
  int (*verify)(PublicKey *key, int algorithm, unsigned flags, const Datum *data,
                const Datum *signature);
  int (*algorithm)(const char *name);
} Functions;

static bool
load(Functions *out, GError **error)
{
  void *library = library_load(GNUTLS_LIBRARY);
  return (library_find(library, "gnutls_pubkey_init", &out->init) &&
          library_find(library, "gnutls_pubkey_deinit", &out->free) &&
          library_find(library, "gnutls_pubkey_import", &out->import) &&
          library_find(library, "gnutls_pubkey_verify_data2", &out->verify) &&
          library_find(library, "gnutls_sign_get_id", &out->algorithm)) ||
         throw(error, BOUNCEDB_ERROR_TEMPFAIL,
               "signatures of SendGrid cannot be checked without GnuTLS: install %s",
               GNUTLS_LIBRARY);
}

static Datum
datum(GBytes *bytes)
{
  gsize size;
  const void *data = g_bytes_get_data(bytes, &size);
  return (Datum){(unsigned char *)data, (unsigned)size};
}

static bool
check(const Functions *functions, PublicKey *key, GBytes *data, GBytes *signature)
{
  const Datum text = datum(data), proof = datum(signature);
  return functions->verify(key, functions->algorithm("ECDSA-SHA256"), 0, &text, &proof) >= 0;
}

bool
ecdsa_check(GBytes *key, GBytes *data, GBytes *signature, bool *good, GError **error)
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
