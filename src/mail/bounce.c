#include "config.h"

#include "mail/bounce.h"

#include <string.h>

static const char *const kind_names[N_KINDS] = {
    [KIND_BOUNCE] = "bounce",         [KIND_DELAY] = "delay",
    [KIND_SUCCESS] = "success",       [KIND_COMPLAINT] = "complaint",
    [KIND_AUTO_REPLY] = "auto_reply", [KIND_CHALLENGE] = "challenge",
    [KIND_OTHER] = "other",           [KIND_UNREADABLE] = "unreadable",
};

static const char *const action_names[N_ACTIONS] = {
    [ACTION_NONE] = "",           [ACTION_FAILED] = "failed",
    [ACTION_DELAYED] = "delayed", [ACTION_DELIVERED] = "delivered",
    [ACTION_RELAYED] = "relayed", [ACTION_EXPANDED] = "expanded",
};

static const char *const stage_names[N_STAGES] = {
    [STAGE_NONE] = "",     [STAGE_CONNECT] = "connect", [STAGE_EHLO] = "ehlo",
    [STAGE_MAIL] = "mail", [STAGE_RCPT] = "rcpt",       [STAGE_DATA] = "data",
    [STAGE_EOM] = "eom",
};

static const char *const trust_names[N_TRUSTS] = {
    [TRUST_UNSIGNED] = "unsigned", [TRUST_SENT] = "sent",       [TRUST_BAD_TAG] = "bad_tag",
    [TRUST_EXPIRED] = "expired",   [TRUST_MATCHED] = "matched", [TRUST_VERIFIED] = "verified",
};

Report *
report_new(void)
{
  Report *report = g_new0(Report, 1);
  report->kind = KIND_OTHER;
  report->recipients = g_ptr_array_new_with_free_func((GDestroyNotify)recipient_free);
  return report;
}

void
report_free(Report *report)
{
  if (report == NULL)
    return;
  g_free(report->reader);
  g_free(report->reporting_mta);
  g_free(report->report_message_id);
  g_free(report->original_message_id);
  g_free(report->envelope_id);
  g_free(report->list_id);
  g_free(report->subscriber);
  g_free(report->event);
  g_free(report->signature);
  g_free(report->feedback_id);
  g_free(report->subject);
  g_free(report->return_path);
  g_free(report->author);
  g_free(report->senders);
  recipient_free(report->nameless);
  g_ptr_array_unref(report->recipients);
  g_free(report);
}

void
recipient_free(Recipient *recipient)
{
  if (recipient == NULL)
    return;
  g_free(recipient->recipient);
  g_free(recipient->final_recipient);
  g_free(recipient->original_recipient);
  g_free(recipient->diagnostic);
  g_free(recipient->notice);
  g_free(recipient->remote_mta);
  g_free(recipient->sender);
  verdict_clear(&recipient->verdict);
  g_free(recipient);
}

void
verdict_clear(Verdict *verdict)
{
  g_free(verdict->provider);
  g_free(verdict->rule);
  g_free(verdict->matched);
  g_free(verdict->masked);
  memset(verdict, 0, sizeof *verdict);
}

Recipient *
report_add_recipient(Report *report)
{
  if (report->recipients->len >= BOUNCE_RECIPIENTS_MAX) {
    report->notes |= NOTE_RECIPIENTS_CUT;
    return NULL;
  }
  Recipient *recipient = g_new0(Recipient, 1);
  g_ptr_array_add(report->recipients, recipient);
  return recipient;
}

Recipient *
report_recipient(const Report *report, guint index)
{
  return g_ptr_array_index(report->recipients, index);
}

Recipient *
report_name_recipient(Report *report, const char *address)
{
  Recipient *recipient = g_steal_pointer(&report->nameless);
  if (recipient == NULL)
    return NULL;
  bounce_set(&recipient->recipient, address, BOUNCE_ADDRESS_MAX);
  g_ptr_array_add(report->recipients, recipient);
  return recipient;
}

/* The octets of the control character there, 0 if it is another character: C0, DEL, or C1, which a
 * terminal may obey as well. */
static size_t
control_length(const char *text)
{
  const guchar *p = (const guchar *)text;
  if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
    return 2;
  return p[0] < 0x20 || p[0] == 0x7f;
}

bool
bounce_has_controls(const char *text)
{
  for (; *text != '\0'; text++)
    if (control_length(text) > 0)
      return true;
  return false;
}

static void
blank_controls(char *text)
{
  char *to = text;
  while (*text != '\0') {
    size_t length = control_length(text);
    *to++ = length > 0 ? ' ' : *text;
    text += MAX(length, 1);
  }
  *to = '\0';
}

/* (transfer full) (nullable) */
static char *
tidy(const char *text, size_t max)
{
  if (text == NULL)
    return NULL;
  /* Cut before copying, so that a huge value costs no more than a small one. The cut may split a
   * character; that is removed below. */
  size_t length = strnlen(text, max + 4);
  g_autofree char *clean = g_utf8_make_valid(text, (gssize)length);
  if (strlen(clean) > max)
    *g_utf8_find_prev_char(clean, clean + max + 1) = '\0';
  blank_controls(clean);
  g_strstrip(clean);
  return *clean != '\0' ? g_steal_pointer(&clean) : NULL;
}

void
bounce_set(char **field, const char *text, size_t max)
{
  char *old = *field; /* text may point into it */
  *field = tidy(text, max);
  g_free(old);
}

const char *
trust_name(Trust trust)
{
  return (unsigned)trust < N_TRUSTS ? trust_names[trust] : "";
}

static bool
find_name(const char *const *names, int first, int n, const char *name, int *out)
{
  for (int i = first; i < n; i++)
    if (strcmp(names[i], name) == 0) {
      *out = i;
      return true;
    }
  return false;
}

const char *
kind_name(Kind kind)
{
  return (unsigned)kind < N_KINDS ? kind_names[kind] : "";
}

const char *
action_name(Action action)
{
  return (unsigned)action < N_ACTIONS ? action_names[action] : "";
}

const char *
stage_name(Stage stage)
{
  return (unsigned)stage < N_STAGES ? stage_names[stage] : "";
}

bool
action_from_name(const char *name, Action *out)
{
  int i;
  if (!find_name(action_names, ACTION_FAILED, N_ACTIONS, name, &i))
    return false;
  *out = (Action)i;
  return true;
}

bool
stage_from_name(const char *name, Stage *out)
{
  int i;
  if (!find_name(stage_names, STAGE_CONNECT, N_STAGES, name, &i))
    return false;
  *out = (Stage)i;
  return true;
}
