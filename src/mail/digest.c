#include "config.h"

#include "mail/digest.h"

#include <stdbool.h>
#include <string.h>

#include "base/library.h"

static const char from_line[] = "From ";

/* struct nettle_hash, of nettle/nettle-meta.h */
typedef struct {
  const char *name;
  unsigned context_size, digest_size, block_size;
  void (*init)(void *context);
  void (*update)(void *context, size_t length, const guint8 *bytes);
  void (*digest)(void *context, size_t length, guint8 *out);
} NettleHash;

static const NettleHash *nettle; /* NULL: GLib computes SHA-256 */

struct Digest {
  GChecksum *checksum; /* one of these two */
  void *context;       /* of nettle */
  size_t matched;      /* octets of from_line seen so far */
  bool at_start;       /* still matching from_line */
  bool skipping;       /* inside the From_ line */
  bool after_cr;       /* an LF that follows belongs to the CR */
  guint64 newlines;    /* line ends that count only if text follows */
};

void
digest_prepare_many(void)
{
  if (nettle == NULL)
    library_find(library_load(NETTLE_LIBRARY), "nettle_sha256", &nettle);
}

static void
begin(Digest *digest)
{
  if (nettle == NULL) {
    digest->checksum = g_checksum_new(G_CHECKSUM_SHA256);
    return;
  }
  digest->context = g_malloc(nettle->context_size);
  nettle->init(digest->context);
}

Digest *
digest_new(void)
{
  Digest *digest = g_new0(Digest, 1);
  begin(digest);
  digest->at_start = true;
  return digest;
}

void
digest_free(Digest *digest)
{
  if (digest == NULL)
    return;
  g_clear_pointer(&digest->checksum, g_checksum_free);
  g_free(digest->context);
  g_free(digest);
}

static void
hash(Digest *digest, const char *bytes, size_t length)
{
  if (digest->context != NULL)
    nettle->update(digest->context, length, (const guint8 *)bytes);
  else
    g_checksum_update(digest->checksum, (const guchar *)bytes, (gssize)length);
}

static void
hash_text(Digest *digest, const char *bytes, size_t length)
{
  static const char newlines[] = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";
  while (digest->newlines > 0) {
    size_t some = MIN(digest->newlines, sizeof newlines - 1);
    hash(digest, newlines, some);
    digest->newlines -= some;
  }
  hash(digest, bytes, length);
}

/* What looked like a From_ line turns out to be text. */
static void
end_start(Digest *digest)
{
  digest->at_start = false;
  if (digest->matched > 0)
    hash_text(digest, from_line, digest->matched);
}

/* Returns how many octets of a line (without its end) belong to the From_ line. */
static size_t
take_start(Digest *digest, const char *bytes, size_t length)
{
  size_t used = 0;
  while (digest->at_start && used < length) {
    if (bytes[used] != from_line[digest->matched]) {
      end_start(digest);
      return used;
    }
    used++;
    if (++digest->matched == strlen(from_line)) {
      digest->at_start = false;
      digest->skipping = true;
    }
  }
  return digest->skipping ? length : used;
}

static void
end_line(Digest *digest, char end)
{
  bool second_half = end == '\n' && digest->after_cr;
  digest->after_cr = end == '\r';
  if (second_half)
    return;
  if (digest->at_start)
    end_start(digest);
  if (digest->skipping)
    digest->skipping = false;
  else
    digest->newlines++;
}

static size_t
to_line_end(const char *bytes, size_t length)
{
  size_t i = 0;
  while (i < length && bytes[i] != '\n' && bytes[i] != '\r')
    i++;
  return i;
}

/* What begins a line at the start, or is a line end. Returns how many octets. */
static size_t
take_line(Digest *digest, const char *bytes, size_t length)
{
  size_t line = to_line_end(bytes, length);
  if (line > 0) {
    digest->after_cr = false;
    size_t used = take_start(digest, bytes, line);
    if (used < line)
      hash_text(digest, bytes + used, line - used);
  }
  if (line < length)
    end_line(digest, bytes[line++]);
  return line;
}

/* Text, up to the next CR. Returns how many octets. */
static size_t
take_text(Digest *digest, const char *bytes, size_t length)
{
  const char *cr = memchr(bytes, '\r', length);
  size_t all = cr != NULL ? (size_t)(cr - bytes) : length, text = all;
  while (bytes[text - 1] == '\n')
    text--;
  hash_text(digest, bytes, text);
  digest->newlines += all - text;
  digest->after_cr = false;
  return all;
}

void
digest_update(Digest *digest, const char *bytes, size_t length)
{
  while (length > 0) {
    bool in_text = !digest->at_start && !digest->skipping && *bytes != '\n' && *bytes != '\r';
    size_t used = in_text ? take_text(digest, bytes, length) : take_line(digest, bytes, length);
    bytes += used;
    length -= used;
  }
}

void
digest_finish(Digest *digest, guint8 out[DIGEST_SIZE])
{
  if (digest->at_start)
    end_start(digest);
  gsize size = DIGEST_SIZE;
  if (digest->context != NULL)
    nettle->digest(digest->context, size, out);
  else
    g_checksum_get_digest(digest->checksum, out, &size);
}
