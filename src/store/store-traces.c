/* What is left of an address in the file of the database, read as octets: in free pages, and in the
 * gaps of others. There, nothing separates one text from the next, and a text may end in the middle
 * of an address: it goes on after the first four octets of another page, whose number follows it
 * (www.sqlite.org/fileformat2.html, 1.6 and 1.7). */
#include "config.h"

#include <string.h>

#include "verp/named.h"
#include "store/store-private.h"
#include "store/store-search.h"

enum {
  ADDRESSES_MAX = 16, /* for more, rewriting the file is faster */
  WORD_MIN = 3,       /* octets; a shorter word is everywhere */
  HITS_MAX = 200000,  /* of words; then it is a common one */
  SEPARATOR_MAX = 4,  /* octets between local part and domain: "@", "=", "%40", "+3D" */
  ENCODED = 3,        /* octets that one may become */
  READ_AT_ONCE = 256, /* pages */
  NUMBER = 4,         /* octets of a page's number */
};

/* What is looked for. */
typedef struct {
  const char *word; /* that the local part begins with */
  size_t length;    /* of the word */
  size_t local;     /* octets of the local part */
  const GPtrArray *spellings;
  guchar skip[256]; /* how far the word is moved if its last octet is this one (Horspool) */
} Target;

typedef struct {
  const guint8 *page;
  gsize size;
  gint64 pages; /* of the file */
} Page;

static bool
target_init(Target *target, const Named *named)
{
  target->word = named_word(named);
  target->spellings = named_spellings(named);
  const char *key = g_ptr_array_index(target->spellings, 0), *at = strrchr(key, '@');
  target->length = target->word != NULL ? strlen(target->word) : 0;
  if (at == NULL || target->length < WORD_MIN || target->length > 255)
    return false;
  target->local = (size_t)(at - key);
  memset(target->skip, (int)target->length, sizeof target->skip);
  for (size_t i = 0; i + 1 < target->length; i++) {
    guchar step = (guchar)(target->length - 1 - i);
    target->skip[(guchar)g_ascii_tolower(target->word[i])] = step;
    target->skip[(guchar)g_ascii_toupper(target->word[i])] = step;
  }
  return true;
}

static const char *
domain_of(const Target *target, guint spelling)
{
  return strrchr(g_ptr_array_index(target->spellings, spelling), '@') + 1;
}

/* The next page where the word stands, from the offset; G_MAXSIZE = nowhere. */
static gsize
find_word(const Target *target, const guint8 *octets, gsize size, gsize from)
{
  gsize n = target->length;
  for (gsize i = from; i + n <= size; i += target->skip[octets[i + n - 1]])
    if (g_ascii_strncasecmp((const char *)octets + i, target->word, n) == 0)
      return i;
  return G_MAXSIZE;
}

static gint64
number_at(const guint8 *octets)
{
  return (gint64)octets[0] << 24 | octets[1] << 16 | octets[2] << 8 | octets[3];
}

/* Whether the domain, or the beginning of a domain that is continued elsewhere, is there. */
static bool
domain_at(const Page *page, gsize at, const char *domain)
{
  gsize i = 0;
  while (domain[i] != '\0' && at + i < page->size &&
         g_ascii_tolower((char)page->page[at + i]) == g_ascii_tolower(domain[i]))
    i++;
  if (domain[i] == '\0' || at + i >= page->size)
    return true;
  if (at + i + NUMBER > page->size)
    return false;
  gint64 number = number_at(page->page + at + i);
  return number > 1 && number <= page->pages;
}

/* Whether a domain follows the word at an offset, after the rest of the local part. */
static bool
is_address_at(const Page *page, const Target *target, gsize at)
{
  gsize first = at + target->length;
  gsize last = first + ENCODED * (target->local - target->length) + SEPARATOR_MAX;
  for (gsize i = first; i <= last; i++)
    for (guint spelling = 0; spelling < target->spellings->len; spelling++)
      if (domain_at(page, i, domain_of(target, spelling)))
        return true;
  return false;
}

/* Whether the end of the address is there. */
static bool
is_end_at(const Page *page, const Target *target, gsize at)
{
  const char *key = g_ptr_array_index(target->spellings, 0);
  gsize last = at + ENCODED * target->local + SEPARATOR_MAX;
  if (at >= page->size || memchr(key, g_ascii_tolower((char)page->page[at]), target->local) == NULL)
    return false;
  for (gsize i = at + 2; i <= last; i++)
    for (guint spelling = 0; spelling < target->spellings->len; spelling++) {
      const char *domain = domain_of(target, spelling);
      gsize n = strlen(domain);
      if (i + n <= page->size && g_ascii_strncasecmp((const char *)page->page + i, domain, n) == 0)
        return true;
    }
  return false;
}

/* After the number of the next page; or, of a free page that lists others, after their numbers. */
static bool
begins_with_end(const Page *page, const Target *target)
{
  gint64 listed = number_at(page->page + NUMBER);
  gint64 after = 2 * NUMBER + NUMBER * listed;
  return is_end_at(page, target, NUMBER) ||
         (after < (gint64)page->size && is_end_at(page, target, (gsize)after));
}

/* --- the file ----------------------------------------------------------------------------------*/

typedef struct {
  sqlite3_file *file;
  gsize page_size;
  gint64 size;
  guint8 *octets; /* READ_AT_ONCE pages */
  const Target *targets;
  guint n;
  guint hits;
} Scan;

static bool
is_in_page(Scan *scan, const guint8 *octets)
{
  const Page page = {octets, scan->page_size, scan->size / (gint64)scan->page_size};
  for (guint i = 0; i < scan->n; i++) {
    const Target *target = &scan->targets[i];
    gsize at = 0;
    if (begins_with_end(&page, target))
      return true;
    while ((at = find_word(target, octets, page.size, at)) != G_MAXSIZE) {
      if (++scan->hits > HITS_MAX || is_address_at(&page, target, at))
        return true;
      at++;
    }
  }
  return false;
}

/* Through SQLite: if this process opened and closed the file itself, it would lose its locks. */
static bool
scan_file(Store *store, Scan *scan, bool *found, GError **error)
{
  gint64 step = READ_AT_ONCE * (gint64)scan->page_size;
  for (gint64 at = 0; !*found && at < scan->size; at += step) {
    gsize n = (gsize)MIN(step, scan->size - at);
    if (scan->file->pMethods->xRead(scan->file, scan->octets, (int)n, at) != SQLITE_OK)
      return store_fail(store, "cannot read", error);
    for (gsize page = 0; !*found && page + scan->page_size <= n; page += scan->page_size)
      *found = is_in_page(scan, scan->octets + page);
  }
  return true;
}

static bool
open_scan(Store *store, Scan *scan, GError **error)
{
  gint64 page_size;
  if (!store_get_int(store, "PRAGMA page_size", NULL, &page_size, error))
    return false;
  scan->page_size = (gsize)page_size;
  sqlite3_int64 size;
  if (sqlite3_file_control(store->db, "main", SQLITE_FCNTL_FILE_POINTER, &scan->file) !=
          SQLITE_OK ||
      scan->file->pMethods == NULL ||
      scan->file->pMethods->xFileSize(scan->file, &size) != SQLITE_OK)
    return store_fail(store, "cannot read", error);
  scan->size = size;
  scan->octets = g_malloc(READ_AT_ONCE * scan->page_size);
  return true;
}

bool
store_has_traces(Store *store, const GPtrArray *named, bool *found, GError **error)
{
  Target targets[ADDRESSES_MAX];
  Scan scan = {.targets = targets};
  *found = named->len > ADDRESSES_MAX;
  for (; !*found && scan.n < named->len; scan.n++)
    *found = !target_init(&targets[scan.n], g_ptr_array_index(named, scan.n));
  if (*found)
    return true;
  bool ok = open_scan(store, &scan, error) && scan_file(store, &scan, found, error);
  g_free(scan.octets);
  return ok;
}
