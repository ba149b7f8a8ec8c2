#include "config.h"

#include "readers/sns.h"

#include <string.h>

/* In the order in which they are signed; one that is missing is left out. */
static const char *const notification[] = {"Message",  "MessageId", "Subject", "Timestamp",
                                           "TopicArn", "Type",      NULL};
static const char *const confirmation[] = {"Message", "MessageId", "SubscribeURL", "Timestamp",
                                           "Token",   "TopicArn",  "Type",         NULL};

/* Which fields are signed. (transfer none) (nullable) */
static const char *const *
signed_fields(const char *type)
{
  if (strcmp(type, "Notification") == 0)
    return notification;
  bool confirms =
      strcmp(type, "SubscriptionConfirmation") == 0 || strcmp(type, "UnsubscribeConfirmation") == 0;
  return confirms ? confirmation : NULL;
}

/* Each name and each value on a line of its own. (transfer full) */
static char *
digest_fields(const Event *event, const char *const *names)
{
  GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
  for (; *names != NULL; names++) {
    g_autofree char *value = event_join_outside(event, *names);
    g_autofree char *lines = g_strconcat(*names, "\n", value, "\n", NULL);
    if (*value != '\0')
      g_checksum_update(sum, (const guchar *)lines, -1);
  }
  char *digest = g_strdup(g_checksum_get_string(sum));
  g_checksum_free(sum);
  return digest;
}

char *
sns_proof(const Event *event)
{
  g_autofree char *type = event_join_outside(event, "Type");
  const char *const *names = signed_fields(type);
  if (names == NULL)
    return g_strdup("");
  g_autofree char *start = event_join_outside(event, "SignatureVersion+Timestamp+TopicArn");
  g_autofree char *end = event_join_outside(event, "Signature+SigningCertURL");
  g_autofree char *digest = digest_fields(event, names);
  return g_strjoin(" ", start, digest, end, NULL);
}
