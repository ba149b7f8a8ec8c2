#include "config.h"

#include "report/words.h"

#include <string.h>

static const struct {
  Party party;
  const char *actor, *fault;
} parties[WORDS_PARTIES] = {
    {PARTY_SENDER, "You: your sending", "Yours: your sending"},
    {PARTY_MESSAGE, "You: the content", "Yours: the content of messages"},
    {PARTY_RECIPIENT, "Nobody: bad or full address", "Nobody's: bad or full addresses"},
    {PARTY_RECEIVER, "The receiver", "The receiver's"},
    {PARTY_UNKNOWN, "Not known", "Not known"},
};

static guint
find(Party party)
{
  guint i = 0;
  while (i < WORDS_PARTIES - 1 && parties[i].party != party)
    i++;
  return i;
}

const char *
words_actor(Party party)
{
  return parties[find(party)].actor;
}

const char *
words_fault(Party party)
{
  return parties[find(party)].fault;
}

Party
words_party(guint index)
{
  return parties[index].party;
}

const char *
words_list(Party party)
{
  return party == PARTY_SENDER || party == PARTY_MESSAGE ? "No address is suppressed for this."
                                                         : NULL;
}

char *
words_remedy(const char *remedy)
{
  static const char keep[] = " Keep the recipient on the list.";
  return g_strndup(remedy, strlen(remedy) - (g_str_has_suffix(remedy, keep) ? strlen(keep) : 0));
}
