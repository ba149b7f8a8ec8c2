#include "config.h"

#include "intake/maillog-accepted.h"

#include <arpa/inet.h>
#include <string.h>

/* --- hosts --- */

GStrv
maillog_relays(const char *text)
{
  g_autofree char *lower = g_ascii_strdown(text, -1);
  g_auto(GStrv) words = g_strsplit_set(lower, ", \t", -1);
  gsize n = 0;
  for (char **word = words; *word != NULL; word++) {
    if (strspn(*word, "abcdefghijklmnopqrstuvwxyz0123456789.-_:") < strlen(*word))
      return NULL;
    if (**word != '\0')
      words[n++] = g_steal_pointer(word);
    else
      g_clear_pointer(word, g_free);
  }
  words[n] = NULL;
  return g_steal_pointer(&words);
}

bool
maillog_is_address(const char *text)
{
  struct in6_addr any;
  return inet_pton(AF_INET, text, &any) == 1 || inet_pton(AF_INET6, text, &any) == 1;
}

bool
maillog_is_internal(const char *address)
{
  struct in_addr ip4;
  struct in6_addr ip6;
  if (inet_pton(AF_INET, address, &ip4) == 1) {
    guint32 ip = g_ntohl(ip4.s_addr);
    return ip >> 24 == 127 || ip >> 24 == 10 || ip >> 20 == 0xac1 || ip >> 16 == 0xc0a8 ||
           ip >> 16 == 0xa9fe;
  }
  if (inet_pton(AF_INET6, address, &ip6) == 1)
    return IN6_IS_ADDR_LOOPBACK(&ip6) || IN6_IS_ADDR_LINKLOCAL(&ip6) ||
           (ip6.s6_addr[0] & 0xfe) == 0xfc;
  return true; /* not an address: a socket */
}

static bool
is_below(const char *host, const char *domain)
{
  size_t length = strlen(host), tail = strlen(domain);
  return length >= tail && g_ascii_strcasecmp(host + length - tail, domain) == 0 &&
         (length == tail || host[length - tail - 1] == '.');
}

static bool
is_relay(const char *host, const char *address, const GStrv relays)
{
  for (char **relay = relays; relay != NULL && *relay != NULL; relay++)
    if (is_below(host, *relay) || g_ascii_strcasecmp(address, *relay) == 0)
      return true;
  return false;
}

/* "mx.example.net[192.0.2.1]:25" or "mx.example.net [192.0.2.1]", the port being optional. */
static bool
is_remote(const char *text, size_t length, const GStrv relays)
{
  g_autofree char *copy = g_strndup(text, length);
  char *open = strchr(copy, '['), *close = open != NULL ? strchr(open, ']') : NULL;
  if (close == NULL || (close[1] == ':' && strcmp(close + 1, ":25") != 0))
    return false;
  *open = *close = '\0';
  g_strchomp(copy);
  return !maillog_is_internal(open + 1) && !is_relay(copy, open + 1, relays);
}

/* --- lines --- */

/* The value of a field and its length, up to one of the octets in end; NULL if there is no such
 * field. */
static const char *
value_of(const char *fields, const char *name, const char *end, size_t *length)
{
  const char *field = strstr(fields, name);
  if (field == NULL)
    return NULL;
  field += strlen(name);
  *length = strcspn(field, end);
  return field;
}

/* The fields before status are the server's own; what follows it is a stranger's text. */
bool
maillog_accepted_postfix(const char *program, const char *fields, const GStrv relays)
{
  const char *status = strstr(fields, ", status=");
  size_t length;
  if (status == NULL || !g_str_has_prefix(status, ", status=sent") ||
      !g_str_has_prefix(fields, ", relay=") ||
      g_strstr_len(program, (gssize)strcspn(program, " "), "/smtp[") == NULL)
    return false;
  g_autofree char *own = g_strndup(fields, (gsize)(status - fields));
  const char *dsn = value_of(own, ", dsn=", ",", &length);
  if (dsn != NULL && *dsn != '2')
    return false;
  const char *relay = value_of(own, ", relay=", ",", &length);
  return relay != NULL && is_remote(relay, length, relays);
}

/* The first quotation mark begins a stranger's text. */
bool
maillog_accepted_exim(const char *fields, const GStrv relays)
{
  g_autofree char *own = g_strndup(fields, strcspn(fields, "\""));
  size_t router_length = 0, transport_length = 0, length;
  const char *router = value_of(own, "R=", " ", &router_length);
  const char *transport = value_of(own, "T=", " ", &transport_length);
  if ((router != NULL && g_strstr_len(router, (gssize)router_length, "smarthost") != NULL) ||
      (transport != NULL && g_strstr_len(transport, (gssize)transport_length, "smarthost") != NULL))
    return false;
  const char *host = strstr(own, "H=");
  if (host == NULL) /* an older log: the router says that the host is the domain's own */
    return router != NULL && g_str_has_prefix(router, "dnslookup");
  const char *close = strchr(host, ']');
  length = close != NULL ? (size_t)(close - host) + strcspn(close, " ") : 0;
  return length > 2 && is_remote(host + 2, length - 2, relays);
}
