#include "config.h"

#include "judge/names.h"

#include <string.h>

#include "base/fold.h"
#include "judge/names-known.h"

enum {
  LOCAL_MIN = 2,  /* octets; a shorter local part cannot be told from a word */
  SPAN_MAX = 320, /* octets; a longer word is not a name, which keeps the work linear */
};

typedef struct {
  const char *text; /* begin of all */
  NamesKnown *known;
} Context;

typedef struct {
  size_t length; /* octets it takes; 0 = it is not a name */
  const char *placeholder;
} Name;

static const Name no_name = {0, NULL};

/* Characters */

static bool
is_label(char c)
{
  return g_ascii_isalnum(c) || c == '-' || c == '_';
}

static bool
is_atext(char c)
{
  return g_ascii_isalnum(c) || (c != '\0' && strchr("!#$%&'*+/=?^_`{|}~.-", c) != NULL);
}

static bool
in_path(char c)
{
  return is_label(c) || (c != '\0' && strchr("/.+~@%?=&#:", c) != NULL);
}

static bool
is_blank(char c)
{
  return c == ' ' || c == '\0';
}

static size_t
span_of(const char *text, bool (*holds)(char))
{
  size_t n = 0;
  while (n < SPAN_MAX && holds(text[n]))
    n++;
  return n;
}

/* Host names */

/* The words of a sentence can touch its point ("unknown.please"), so the last label has to be a
 * top-level domain that mail uses, and no word. */
static bool
is_top_level(const char *label, size_t length, bool sure)
{
  static const char *const long_ones[] = {
      "academy",   "agency", "arpa",        "biz",        "center",   "church", "cloud",
      "club",      "com",    "company",     "coop",       "corp",     "dev",    "edu",
      "email",     "events", "example",     "family",     "global",   "gov",    "group",
      "guru",      "home",   "info",        "int",        "invalid",  "lan",    "life",
      "live",      "local",  "localdomain", "localhost",  "media",    "mil",    "mobi",
      "museum",    "name",   "net",         "network",    "news",     "online", "org",
      "press",     "pro",    "school",      "services",   "shop",     "site",   "social",
      "solutions", "space",  "store",       "studio",     "systems",  "team",   "tech",
      "test",      "tools",  "top",         "university", "website",  "work",   "works",
      "world",     "xyz",    "zone",        "app",        "internal", "intra",  "asia",
  };
  static const char words[] = "am as at be by do in is it me my no of on or so to us we ";
  if (length > 4 && memcmp(label, "xn--", 4) == 0)
    return true;
  if (length == 2) {
    if (!g_ascii_isalpha(label[0]) || !g_ascii_isalpha(label[1]))
      return false;
    for (const char *word = words; !sure && *word != '\0'; word += 3)
      if (memcmp(word, label, 2) == 0)
        return false;
    return true;
  }
  for (size_t i = 0; i < G_N_ELEMENTS(long_ones); i++)
    if (*long_ones[i] == *label && strlen(long_ones[i]) == length &&
        memcmp(long_ones[i], label, length) == 0)
      return true;
  return false;
}

/* sure: what stands before it says that a host follows. */
static size_t
host_length(const char *text, bool sure)
{
  size_t end = 0, label = 0, labels = 0, n;
  bool digits = false;
  size_t i = 0;
  while (i < SPAN_MAX && (n = span_of(text + i, is_label)) > 0) {
    labels++;
    for (size_t k = i; k < i + n; k++)
      digits |= g_ascii_isdigit(text[k]) || text[k] == '-';
    label = i;
    i += n;
    if (labels > 1 && is_top_level(text + label, n, sure || labels > 2 || digits))
      end = i;
    if (text[i] != '.' || !is_label(text[i + 1]))
      break;
    i++;
  }
  /* "5322.from", "resolver.adr.x": what follows is part of the same word */
  return end == i || (end > 0 && text[end] != '.') ? end : 0;
}

static bool
ends_with_word(const char *text, const char *at, const char *word)
{
  size_t length = strlen(word);
  return (size_t)(at - text) >= length && memcmp(at - length, word, length) == 0;
}

/* The host that was spoken to, or asked for: its name says nothing, whatever a block list is
 * called. */
static bool
is_spoken_to(const Context *context, const char *at)
{
  static const char *const signs[] = {"connect to ",
                                      "connection to ",
                                      "connection with ",
                                      "conversation with ",
                                      "talking to ",
                                      "host ",
                                      "name=",
                                      "mx "};
  for (size_t i = 0; i < G_N_ELEMENTS(signs); i++)
    if (ends_with_word(context->text, at, signs[i]))
      return true;
  return false;
}

/* "example.com/help" is a URL without its scheme. */
static Name
with_path(const char *at, size_t length)
{
  if (at[length] != '/' || !in_path(at[length + 1]))
    return (Name){length, "HOST"};
  return (Name){length + span_of(at + length, in_path), "URL"};
}

static Name
find_host(const Context *context, const char *at)
{
  static const char *const signs[] = {"<", "(", "[", "=", "host ", "domain ", "from ", "by ", "@"};
  size_t first = span_of(at, is_label), length = 0;
  if (at[first] == '.') {
    const NamesKnown *known = context->known;
    bool possible = known->n > known->n_recipients && !is_spoken_to(context, at);
    size_t senders = possible ? known_sender_domain(context->known, at) : 0;
    if (senders > 0)
      return (Name){senders, "SENDER"};
    bool sure = false;
    for (size_t i = 0; !sure && i < G_N_ELEMENTS(signs); i++)
      sure = ends_with_word(context->text, at, signs[i]);
    length = host_length(at, sure);
  }
  if (length == 0 && ends_with_word(context->text, at, "name="))
    length = first;
  return length > 0 ? with_path(at, length) : no_name;
}

/* Addresses */

static size_t
domain_length(const char *text)
{
  if (*text == '[') {
    size_t n = 1;
    while (n < SPAN_MAX && (is_label(text[n]) || text[n] == '.' || text[n] == ':'))
      n++;
    return text[n] == ']' ? n + 1 : 0;
  }
  size_t n = 0;
  while (n < SPAN_MAX && (is_label(text[n]) || (text[n] == '.' && is_label(text[n + 1]))))
    n++;
  return n;
}

/* Octets before the "@"; 0 = there is no local part. */
static size_t
local_length(const char *text)
{
  if (*text == '"') {
    size_t n = 1;
    while (text[n] != '\0' && text[n] != '"' && n < 65)
      n += text[n] == '\\' && text[n + 1] != '\0' ? 2 : 1;
    return text[n] == '"' && text[n + 1] == '@' ? n + 1 : 0;
  }
  return span_of(text, is_atext);
}

static Name
find_address(const Context *context, const char *at)
{
  size_t local = local_length(at);
  if (local == 0 || at[local] != '@')
    return no_name;
  size_t domain = domain_length(at + local + 1);
  if (domain == 0)
    return no_name;
  size_t length = local + 1 + domain;
  return (Name){length, known_placeholder(context->known, at, length)};
}

/* URLs, files, commands */

static Name
find_url(const char *at)
{
  static const char *const beginnings[] = {"http://", "https://", "ftp://", "www.", "mailto:"};
  for (size_t i = 0; i < G_N_ELEMENTS(beginnings); i++) {
    size_t n = strlen(beginnings[i]);
    if (strncmp(at, beginnings[i], n) != 0 || is_blank(at[n]))
      continue;
    while (n < SPAN_MAX * 4 && at[n] > ' ' && at[n] < 0x7f && strchr("<>\"'(){}", at[n]) == NULL)
      n++;
    while (strchr(".,;:!?", at[n - 1]) != NULL)
      n--;
    return (Name){n, "URL"};
  }
  return no_name;
}

static Name
find_path(const char *at)
{
  if (*at == '"' && at[1] == '|') {
    size_t n = 0;
    while (n < SPAN_MAX && at[n + 1] != '\0' && at[n + 1] != '"')
      n++;
    return at[n + 1] == '"' ? (Name){n + 2, "PATH"} : no_name;
  }
  if (*at != '/')
    return no_name;
  size_t n = span_of(at, in_path);
  while (n > 0 && strchr(".:?", at[n - 1]) != NULL)
    n--;
  return memchr(at + 1, '/', n > 0 ? n - 1 : 0) != NULL ? (Name){n, "PATH"} : no_name;
}

/* What a file, a header field or a message is called, or says, in quotes */
static Name
find_quote(const Context *context, const char *at)
{
  static const char *const before[] = {
      "text ",       "word ",        "words ",       "phrase ",         "string ",
      "pattern ",    "attachment ",  "attachment: ", "file ",           "filename ",
      "file name ",  "subject ",     "subject: ",    "header ",         "field ",
      "named ",      "titled ",      "filename=",    "name=",           "your message ",
      "your mail ",  "your email ",  "your e-mail ", "ihre nachricht ", "votre message ",
      "su mensaje ", "sua mensagem "};
  if (*at != '"' && *at != '\'')
    return no_name;
  for (size_t i = 0; i < G_N_ELEMENTS(before); i++) {
    if (!ends_with_word(context->text, at, before[i]))
      continue;
    size_t n = 1;
    while (n < SPAN_MAX && at[n] != '\0' && at[n] != *at)
      n++;
    return at[n] == *at ? (Name){n + 1, "QUOTE"} : no_name;
  }
  return no_name;
}

/* The recipient's local part alone */

static bool
is_named(const Context *context, const char *at, size_t length)
{
  static const char *const before[] = {"<",     "(",        "\"",       "'",    "[",
                                       "user ", "mailbox ", "account ", "for ", "recipient ",
                                       "to ",   "alias ",   "address "};
  static const char *const after[] = {"...", ": ", ">", "\"", "'"};
  for (size_t i = 0; i < length; i++)
    if (!g_ascii_isalpha(at[i]))
      return true;
  for (size_t i = 0; i < G_N_ELEMENTS(before); i++)
    if (ends_with_word(context->text, at, before[i]))
      return true;
  for (size_t i = 0; i < G_N_ELEMENTS(after); i++)
    if (g_str_has_prefix(at + length, after[i]))
      return true;
  return false;
}

static Name
find_local(const Context *context, const char *at)
{
  for (gsize i = 0; i < context->known->n_recipients; i++) {
    const Known *own = &context->known->all[i];
    if (own->local >= LOCAL_MIN && strncmp(at, own->address, own->local) == 0 &&
        !is_label(at[own->local]) && is_named(context, at, own->local))
      return (Name){own->local, "RECIPIENT"};
  }
  return no_name;
}

/* "quota... user unknown": Sendmail puts the address before its words, and a local address has no
 * domain. The reply begins there, or after its codes. */
static Name
find_sendmail(const Context *context, const char *at)
{
  size_t n = span_of(at, is_label);
  if (n == 0 || strncmp(at + n, "... ", 4) != 0)
    return no_name;
  const char *before = at;
  while (before > context->text && strchr("0123456789.- ", before[-1]) != NULL)
    before--;
  return before == context->text || ends_with_word(context->text, before, "smtp;")
             ? (Name){n, "ADDRESS"}
             : no_name;
}

/* What a server calls a message: "queued as 4Zk0", "(id 4Zk0)". A digit tells it from a word. */
static Name
find_id(const Context *context, const char *at)
{
  enum { ID_MIN = 6 };
  static const char *const before[] = {
      " id ", "(id ", " id: ", "(id: ", " id=", "(id=", "[id ", "queued as "};
  size_t n = span_of(at, is_label), digits = strcspn(at, "0123456789");
  if (n < ID_MIN || digits >= n)
    return no_name;
  for (size_t i = 0; i < G_N_ELEMENTS(before); i++)
    if (ends_with_word(context->text, at, before[i]))
      return (Name){n, "ID"};
  return no_name;
}

static Name
find_name(const Context *context, const char *at)
{
  Name name = find_url(at);
  if (name.length == 0)
    name = find_address(context, at);
  if (name.length == 0)
    name = find_path(at);
  if (name.length == 0)
    name = find_quote(context, at);
  if (name.length == 0)
    name = find_local(context, at);
  if (name.length == 0)
    name = find_sendmail(context, at);
  if (name.length == 0)
    name = find_host(context, at);
  return name;
}

/* A name that never tells anything. */
static bool
is_mute(const Context *context, const char *at, const Name *name)
{
  static const char *const mute[] = {"RECIPIENT", "PATH", "QUOTE", "ID"};
  for (size_t i = 0; i < G_N_ELEMENTS(mute); i++)
    if (strcmp(name->placeholder, mute[i]) == 0)
      return true;
  return is_spoken_to(context, at);
}

/* A name can begin here: not within a word, and within non-ASCII text everywhere. */
static bool
may_begin(const char *text, const char *at)
{
  return at == text || !(is_label(at[-1]) || at[-1] == '.' || at[-1] == '@');
}

/* Without one of these, or the recipient's local part, a run of characters holds no name. */
static bool
is_telling(const char *run, size_t length)
{
  for (size_t i = 0; i < length; i++)
    if (strchr("@./\"'=", run[i]) != NULL)
      return true;
  return false;
}

static void
append_text(GString *all, GString *plain, const char *begin, const char *end)
{
  g_string_append_len(all, begin, end - begin);
  g_string_append_len(plain, begin, end - begin);
}

static void
append_name(GString *all, GString *plain, const Context *context, const char *at, const Name *name)
{
  g_string_append(all, name->placeholder);
  if (is_mute(context, at, name))
    g_string_append(plain, name->placeholder);
  else
    g_string_append_len(plain, at, (gssize)name->length);
}

char *
names_hide(const char *folded, NamesKnown *known, char **plain)
{
  NamesKnown nobody = {0};
  const Context context = {folded, known != NULL ? known : &nobody};
  GString *all = g_string_new(NULL), *rest = g_string_new(NULL);
  const char *run_end = folded, *done = folded, *p = folded;
  bool telling = false;
  while (*p != '\0') {
    if (p >= run_end) {
      size_t length = strcspn(p, " \n");
      run_end = p + length + 1;
      telling = is_telling(p, length);
    }
    Name name = no_name;
    if (may_begin(folded, p))
      name = telling ? find_name(&context, p) : find_local(&context, p);
    if (name.length == 0 && may_begin(folded, p))
      name = find_id(&context, p);
    if (name.length > 0) {
      append_text(all, rest, done, p);
      append_name(all, rest, &context, p, &name);
      done = p + name.length;
    }
    p += MAX(name.length, 1);
  }
  append_text(all, rest, done, p);
  char *text = g_string_free(rest, plain == NULL);
  if (plain != NULL)
    *plain = text;
  return g_string_free(all, FALSE);
}

/* The octets of the placeholder that stands at text; 0 = none does. */
static size_t
placeholder_length(const char *text)
{
  static const char *const placeholders[] = {"RECIPIENT", "SENDER", "ADDRESS", "HOST",
                                             "URL",       "PATH",   "QUOTE",   "ID"};
  for (size_t i = 0; i < G_N_ELEMENTS(placeholders); i++)
    if (g_str_has_prefix(text, placeholders[i]))
      return strlen(placeholders[i]);
  return 0;
}

/* Blanks at its ends stay, as single ones. */
static void
append_folded(GString *out, const char *text, size_t length)
{
  g_autofree char *piece = g_strndup(text, length);
  g_autofree char *folded = fold(piece);
  if (*piece == ' ' && out->len > 0)
    g_string_append_c(out, ' ');
  g_string_append(out, folded);
  if (length > 1 && piece[length - 1] == ' ')
    g_string_append_c(out, ' ');
}

char *
names_fold(const char *utf8)
{
  GString *out = g_string_new(NULL);
  const char *begin = utf8, *p = utf8;
  while (*p != '\0') {
    size_t length = placeholder_length(p);
    if (length > 0) {
      append_folded(out, begin, (size_t)(p - begin));
      g_string_append_len(out, p, (gssize)length);
      begin = p + length;
    }
    p += MAX(length, 1);
  }
  append_folded(out, begin, (size_t)(p - begin));
  return g_string_free(out, FALSE);
}

bool
names_is_name(const char *fragment)
{
  g_autofree char *hidden = names_hide(fragment, NULL, NULL);
  return strcmp(hidden, fragment) != 0;
}
