/* For a program that contains GMime itself (--enable-static-deps), in the place of gmime.c. GMime's
 * archive refers to GPGME and GIO where it registers its classes for encrypted messages and for
 * GIO's streams. bouncedb never uses these classes, and so they are defined here, as types that do
 * not exist: the archive members with the real ones, and what these need, are not linked.
 *
 * If GMime comes to need more of them, linking fails. */
#include "config.h"

#include "mail/gmime.h"

GMimeFunctions gmime;

bool
gmime_load(void)
{
#define TAKE(name) gmime.name = name;
  GMIME_FUNCTIONS(TAKE)
#undef TAKE
  return true;
}

const char *gpgme_check_version_internal(const char *required, size_t offset);

GType
g_mime_gpg_context_get_type(void)
{
  return G_TYPE_INVALID;
}

GType
g_mime_pkcs7_context_get_type(void)
{
  return G_TYPE_INVALID;
}

GType
g_mime_stream_gio_get_type(void)
{
  return G_TYPE_INVALID;
}

GMimeCryptoContext *
g_mime_gpg_context_new(void)
{
  return NULL;
}

GMimeCryptoContext *
g_mime_pkcs7_context_new(void)
{
  return NULL;
}

/* NULL: the library is too old. */
const char *
gpgme_check_version_internal(const char *required, size_t offset)
{
  (void)required;
  (void)offset;
  return NULL;
}
