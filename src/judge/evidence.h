/* What a report says about one recipient, prepared for the rules. */
#pragma once

#include "mail/reply.h"
#include "judge/names-known.h"
#include "judge/rules.h"

/* What somebody said, folded; NULL = nothing. */
typedef struct {
  char *text;  /* its names hidden (names.h) */
  char *named; /* those hidden that never tell anything */
  char *whole; /* as it was */
  bool spelt;  /* text and named are spelt as the rules are */
} Voice;

typedef struct {
  const Rules *rules;
  const Recipient *recipient;
  Reply reply;      /* the innermost */
  Voice words;      /* the reply's */
  Voice diagnostic; /* whole */
  Voice notice;     /* the reporting system's */
  char *remote_mta; /* host that answered, lower case; NULL = unknown */
  char *reporting_mta;
  bool spoken; /* a reply with words of its own is quoted */
  bool coded;  /* the diagnostic quotes a reply with a specific enhanced status code */
  NamesKnown known;
  const ProviderInfo *provider;
  char *provider_by; /* the host or mark by which it was recognised */
  RuleInput input;
} Evidence;

/* recipient->sender has the sender's addresses, of which *known tells then which were named. rules,
 * recipient and reporting_mta (nullable) are borrowed. */
void evidence_gather(Evidence *evidence, const Rules *rules, const Recipient *recipient,
                     const char *reporting_mta);
void evidence_clear(Evidence *evidence);

/* Corrects the spelling of what was said, unless it has been. Call it before the rules read text
 * and named: often the first voice decides, and nobody reads the others. */
void voice_spell(Voice *voice);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Evidence, evidence_clear)
