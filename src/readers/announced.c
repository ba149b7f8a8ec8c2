#include "config.h"

#include "readers/announced.h"

#include <string.h>

#include "base/fold.h"
#include "base/lines.h"
#include "mail/address.h"
#include "mail/reply.h"
#include "readers/phrases.h"

/* Whether the line says that this is the address that a message could not be delivered to. */
static bool
is_announcement(const Letter *letter, const Mention *mention)
{
  const char *notice = letter->notice;
  enum { LINE = 400 };
  static const char *const command[] = {"rcpt to:", NULL};
  if (mention_is_labelled(mention, notice, command))
    return true;
  if (reply_code_at(mention->line + strspn(mention->line, " \t<")) >= 400)
    return false; /* it is a reply itself */
  if (mention_is_called_other(mention, notice) || mention_in_summary(mention))
    return false;
  bool called = parties_is_addressee(letter->parties, mention->address) ||
                mention_is_called_recipient(mention, notice);
  size_t length = MIN((size_t)(mention->line_end - mention->line), LINE);
  g_autofree char *line = g_utf8_make_valid(mention->line, (gssize)length);
  g_autofree char *folded = fold(line);
  return (called || phrases_find(PHRASE_SENT, folded)) && phrases_find(PHRASE_FAILURE, folded);
}

/* Whether the line names another address too. */
static bool
shares_line(const GPtrArray *mentions, guint at)
{
  const Mention *mention = g_ptr_array_index(mentions, at);
  const Mention *before = at > 0 ? g_ptr_array_index(mentions, at - 1) : NULL;
  const Mention *after = at + 1 < mentions->len ? g_ptr_array_index(mentions, at + 1) : NULL;
  return (before != NULL && before->line == mention->line) ||
         (after != NULL && after->line == mention->line);
}

/* The end of the reply that is quoted below, if one is near: its paragraph, without lines that are
 * indented less. NULL if there is none. */
static const char *
find_reply_end(const Mention *mention)
{
  enum { NEAR = 6, REPLY_LINES = 40 };
  const char *line = *mention->line_end != '\0' ? mention->line_end + 1 : mention->line_end;
  bool found = false;
  size_t indent = 0;
  for (int n = 0; *line != '\0' && n < (found ? REPLY_LINES : NEAR); n++, line = line_next(line)) {
    if (found && (line_is_blank(line, line_length(line)) || strspn(line, " \t") < indent))
      break;
    if (!found && reply_code_at(line + strspn(line, " \t<-")) >= 400) {
      found = true;
      indent = strspn(line, " \t");
    }
  }
  return found ? line : NULL;
}

void
announced_follow(Announced *announced, const Letter *letter, const GPtrArray *mentions, guint at)
{
  const Mention *mention = g_ptr_array_index(mentions, at);
  bool within = announced->mention != NULL && mention->begin < announced->end;
  if (within || shares_line(mentions, at))
    return;
  const char *end = find_reply_end(mention);
  if (end != NULL && is_announcement(letter, mention))
    *announced = (Announced){.mention = mention, .end = end};
}

bool
announced_covers(const Announced *announced, const Letter *letter, const Mention *mention)
{
  return announced->mention != NULL && mention->begin < announced->end &&
         mention->begin > announced->mention->line_end &&
         !address_equal(mention->address, announced->mention->address) &&
         !parties_is_addressee(letter->parties, mention->address);
}
