#include "config.h"

#include "judge/spelling.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

/* In the order of the octets of its variant, so that a longer one follows what it begins with; of
 * two octets at least. NULL: the words stay, though they begin with a variant. */
static const struct {
  const char *variant, *usual;
} spellings[] = {
    {"acccount", "account"},
    {"accnt", "account"},
    {"accout", "account"},
    {"acct", "account"},
    {"accts", "accounts"},
    {"acnt", "account"},
    {"acnts", "accounts"},
    {"acount", "account"},
    {"adddress", "address"},
    {"addess", "address"},
    {"addr", "address"},
    {"addres", "address"},
    {"addreses", "addresses"},
    {"addrress", "address"},
    {"addrs", "addresses"},
    {"alllowed", "allowed"},
    {"allwed", "allowed"},
    {"alowed", "allowed"},
    {"aren't", "are not"},
    {"arent", "are not"},
    {"atachment", "attachment"},
    {"athentication", "authentication"},
    {"attachmnt", "attachment"},
    {"attmt", "attachment"},
    {"autentication", "authentication"},
    {"authenication", "authentication"},
    {"authentcation", "authentication"},
    {"authentified", "authenticated"},
    {"autheticated", "authenticated"},
    {"authetication", "authentication"},
    {"authorisd", "authorised"},
    {"authorzied", "authorized"},
    {"autorised", "authorised"},
    {"autorized", "authorized"},
    {"availabe", "available"},
    {"availble", "available"},
    {"availiable", "available"},
    {"avaliable", "available"},
    {"avilable", "available"},
    {"black list", "blacklist"},
    {"black listed", "blacklisted"},
    {"black lists", "blacklists"},
    {"black-list", "blacklist"},
    {"black-listed", "blacklisted"},
    {"black-lists", "blacklists"},
    {"blackist", "blacklist"},
    {"blacklsted", "blacklisted"},
    {"block list", "blocklist"},
    {"block listed", "blocklisted"},
    {"block lists", "blocklists"},
    {"block-list", "blocklist"},
    {"block-listed", "blocklisted"},
    {"block-lists", "blocklists"},
    {"can not", "cannot"},
    {"can't", "cannot"},
    {"cannnot", "cannot"},
    {"canot", "cannot"},
    {"cant", "cannot"},
    {"cert", "certificate"},
    {"certficate", "certificate"},
    {"certifcate", "certificate"},
    {"certs", "certificates"},
    {"conection", "connection"},
    {"conections", "connections"},
    {"conn", "connection"},
    {"conncetion", "connection"},
    {"conneciton", "connection"},
    {"connecton", "connection"},
    {"conns", "connections"},
    {"couldn't", "could not"},
    {"couldnt", "could not"},
    {"credentails", "credentials"},
    {"creds", "credentials"},
    {"data base", "database"},
    {"databse", "database"},
    {"db", "database"},
    {"delievered", "delivered"},
    {"delievery", "delivery"},
    {"deliverd", "delivered"},
    {"delivred", "delivered"},
    {"delivry", "delivery"},
    {"dest", "destination"},
    {"destintion", "destination"},
    {"didn't", "did not"},
    {"didnt", "did not"},
    {"dir", "directory"},
    {"directoy", "directory"},
    {"diretory", "directory"},
    {"disabeld", "disabled"},
    {"disbaled", "disabled"},
    {"dissabled", "disabled"},
    {"dlvry", "delivery"},
    {"dlvy", "delivery"},
    {"doamin", "domain"},
    {"doen't", "does not"},
    {"does'nt", "does not"},
    {"doesn not", "does not"},
    {"doesn't", "does not"},
    {"doesnt", "does not"},
    {"dom", "domain"},
    {"domian", "domain"},
    {"don't", "do not"},
    {"dont", "do not"},
    {"dose not", "does not"},
    {"dosn't", "does not"},
    {"dosnt", "does not"},
    {"eixst", "exist"},
    {"excceded", "exceeded"},
    {"exceded", "exceeded"},
    {"excedeed", "exceeded"},
    {"exceds", "exceeds"},
    {"exceeeded", "exceeded"},
    {"exceeeds", "exceeded"},
    {"exeeded", "exceeded"},
    {"exeeds", "exceeds"},
    {"exisit", "exist"},
    {"existant", "existent"},
    {"exits not", "exist"},
    {"exsist", "exist"},
    {"exsists", "exists"},
    {"exsit", "exist"},
    {"gray listed", "greylisted"},
    {"gray listing", "greylisting"},
    {"gray-listed", "greylisted"},
    {"gray-listing", "greylisting"},
    {"graylisted", "greylisted"},
    {"graylisting", "greylisting"},
    {"grey listed", "greylisted"},
    {"grey listing", "greylisting"},
    {"grey-listed", "greylisted"},
    {"grey-listing", "greylisting"},
    {"greylsted", "greylisted"},
    {"hasn't", "has not"},
    {"hasnt", "has not"},
    {"haven't", "have not"},
    {"havent", "have not"},
    {"hdr", "header"},
    {"hdrs", "headers"},
    {"hrs", "hours"},
    {"inavlid", "invalid"},
    {"insuff", "insufficient"},
    {"insufficent", "insufficient"},
    {"insuficient", "insufficient"},
    {"inv", "invalid"},
    {"invaild", "invalid"},
    {"invald", "invalid"},
    {"invlaid", "invalid"},
    {"invld", "invalid"},
    {"isn't", "is not"},
    {"isnt", "is not"},
    {"lim", "limit"},
    {"limt", "limit"},
    {"maibox", "mailbox"},
    {"mail box", "mailbox"},
    {"mail boxes", "mailboxes"},
    {"mail-box", "mailbox"},
    {"mail-boxes", "mailboxes"},
    {"mailboz", "mailbox"},
    {"mailbx", "mailbox"},
    {"malbox", "mailbox"},
    {"max", "maximum"},
    {"maximim", "maximum"},
    {"maximun", "maximum"},
    {"maxium", "maximum"},
    {"maxmum", "maximum"},
    {"mbox", "mailbox"},
    {"mboxes", "mailboxes"},
    {"mbx", "mailbox"},
    {"mbxes", "mailboxes"},
    {"meassage", "message"},
    {"mesage", "message"},
    {"mesages", "messages"},
    {"mesasge", "message"},
    {"messge", "message"},
    {"messges", "messages"},
    {"mialbox", "mailbox"},
    {"mlbx", "mailbox"},
    {"msg", "message"},
    {"msgs", "messages"},
    {"nbr", "number"},
    {"no-such-user", "no such user"},
    {"no_such_user", "no such user"},
    {"non existant", "nonexistent"},
    {"non-existant", "nonexistent"},
    {"non-existing", "nonexistent"},
    {"nonexistant", "nonexistent"},
    {"nonexistend", "nonexistent"},
    {"nonexisting", "nonexistent"},
    {"nosuchuser", "no such user"},
    {"passwd", "password"},
    {"pasword", "password"},
    {"permision", "permission"},
    {"permited", "permitted"},
    {"plase", "please"},
    {"pls", "please"},
    {"plz", "please"},
    {"premission", "permission"},
    {"premitted", "permitted"},
    {"pwd", "password"},
    {"qouta", "quota"},
    {"quotta", "quota"},
    {"rcipient", "recipient"},
    {"rcp", "recipient"},
    {"rcpt", "recipient"},
    {"rcpt before", NULL},
    {"rcpt cmd", NULL},
    {"rcpt command", NULL},
    {"rcpt first", NULL},
    {"rcpt to", NULL},
    {"rcpts", "recipients"},
    {"receieved", "received"},
    {"receipent", "recipient"},
    {"receipient", "recipient"},
    {"receipients", "recipients"},
    {"recepient", "recipient"},
    {"recepients", "recipients"},
    {"reciepient", "recipient"},
    {"reciepients", "recipients"},
    {"recieved", "received"},
    {"recip", "recipient"},
    {"recipeint", "recipient"},
    {"recipent", "recipient"},
    {"recipents", "recipients"},
    {"recipiant", "recipient"},
    {"recipinet", "recipient"},
    {"recips", "recipients"},
    {"reciptient", "recipient"},
    {"recived", "received"},
    {"recpient", "recipient"},
    {"refusd", "refused"},
    {"refussed", "refused"},
    {"rej", "rejected"},
    {"rejcted", "rejected"},
    {"rejd", "rejected"},
    {"reject'd", "rejected"},
    {"rejectd", "rejected"},
    {"rejeted", "rejected"},
    {"reputaion", "reputation"},
    {"reputtion", "reputation"},
    {"req'd", "required"},
    {"reqd", "required"},
    {"requred", "required"},
    {"requried", "required"},
    {"sendr", "sender"},
    {"serivce", "service"},
    {"servce", "service"},
    {"servr", "server"},
    {"sevice", "service"},
    {"shouldn't", "should not"},
    {"signatue", "signature"},
    {"signture", "signature"},
    {"snder", "sender"},
    {"sndr", "sender"},
    {"sndrs", "senders"},
    {"srv", "server"},
    {"srvr", "server"},
    {"suspendet", "suspended"},
    {"susspended", "suspended"},
    {"svc", "service"},
    {"svr", "server"},
    {"sys", "system"},
    {"systen", "system"},
    {"sytem", "system"},
    {"temp", "temporary"},
    {"tempoarily", "temporarily"},
    {"tempoary", "temporary"},
    {"temporaily", "temporarily"},
    {"temporarely", "temporarily"},
    {"temporarilly", "temporarily"},
    {"temporarly", "temporarily"},
    {"temporay", "temporary"},
    {"tempory", "temporary"},
    {"there's", "there is"},
    {"theres", "there is"},
    {"uknown", "unknown"},
    {"unabel", "unable"},
    {"unavaible", "unavailable"},
    {"unavail", "unavailable"},
    {"unavailabe", "unavailable"},
    {"unavailble", "unavailable"},
    {"unavaliable", "unavailable"},
    {"unavilable", "unavailable"},
    {"unk", "unknown"},
    {"unkn", "unknown"},
    {"unknonw", "unknown"},
    {"unknow", "unknown"},
    {"unknwn", "unknown"},
    {"unknwon", "unknown"},
    {"unknwown", "unknown"},
    {"unkonwn", "unknown"},
    {"unkown", "unknown"},
    {"unsufficient", "insufficient"},
    {"unvailable", "unavailable"},
    {"usesr", "user"},
    {"usr", "user"},
    {"usrs", "users"},
    {"usuer", "user"},
    {"w/o", "without"},
    {"wasn't", "was not"},
    {"wasnt", "was not"},
    {"we're", "we are"},
    {"we've", "we have"},
    {"weren't", "were not"},
    {"won't", "will not"},
    {"wont", "will not"},
    {"wouldn't", "would not"},
    {"you're", "you are"},
    {"you've", "you have"},
};

/* Of a word's neighbours, those that leave it a word: not the parts of hosts and identifiers. */
static bool
is_edge(char c)
{
  return !g_ascii_isalnum(c) && (c == '\0' || strchr(" \n\"'<>()[],;:!?~^$*", c) != NULL);
}

static bool
ends_at(const char *end)
{
  return is_edge(*end) || (*end == '.' && is_edge(end[1]));
}

/* What the order begins with. */
static unsigned
first_two(const char *word)
{
  return (unsigned)(guchar)word[0] << 8 | (guchar)word[1];
}

/* The first of the spellings that does not come before these octets. */
static size_t
first_from(unsigned two)
{
  size_t low = 0, high = G_N_ELEMENTS(spellings);
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (first_two(spellings[middle].variant) < two)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* The longest variant that stands here; -1 if there is none. */
static gssize
find(const char *word)
{
  gssize found = -1;
  const unsigned two = first_two(word);
  for (size_t i = first_from(two); i < G_N_ELEMENTS(spellings); i++) {
    const char *variant = spellings[i].variant;
    if (first_two(variant) != two)
      break;
    size_t n = 2;
    while (variant[n] != '\0' && variant[n] == word[n])
      n++;
    if (variant[n] == '\0' && ends_at(word + n))
      found = (gssize)i;
    if ((guchar)variant[n] > (guchar)word[n])
      break; /* and so do all that follow */
  }
  return found;
}

/* Between letters, as in qmail's log and in names of rules: "user_unknown". */
static bool
joins_words(const char *folded, const char *at)
{
  return at > folded && g_ascii_islower(at[-1]) && g_ascii_islower(at[1]);
}

/* The text with a blank for each underscore that joins words; NULL if there is none. (transfer
 * full) (nullable) */
static char *
part_words(const char *folded)
{
  char *parted = NULL;
  for (const char *at = strchr(folded, '_'); at != NULL; at = strchr(at + 1, '_')) {
    if (!joins_words(folded, at))
      continue;
    if (parted == NULL)
      parted = g_strdup(folded);
    parted[at - folded] = ' ';
  }
  return parted;
}

static char *
correct_words(const char *folded)
{
  GString *out = NULL;
  const char *done = folded; /* up to here, the text is in out */
  for (const char *at = folded; *at != '\0';) {
    gssize found = g_ascii_islower(*at) ? find(at) : -1;
    if (found >= 0) {
      const char *usual = spellings[found].usual;
      size_t length = strlen(spellings[found].variant);
      if (out == NULL)
        out = g_string_new(NULL);
      g_string_append_len(out, done, at - done);
      g_string_append_len(out, usual != NULL ? usual : at, usual != NULL ? -1 : (gssize)length);
      done = at += length;
    }
    while (*at != '\0' && !is_edge(*at))
      at++;
    while (*at != '\0' && is_edge(*at))
      at++;
  }
  return out != NULL ? g_string_free(g_string_append(out, done), FALSE) : NULL;
}

char *
spelling_correct(const char *folded)
{
  char *parted = part_words(folded);
  char *corrected = correct_words(parted != NULL ? parted : folded);
  if (corrected == NULL)
    return parted;
  g_free(parted);
  return corrected;
}
