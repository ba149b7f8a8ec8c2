/* A reply as rule files, tests and `bouncedb rules test` write it: words of the form @name=value,
 * then the diagnostic as a report would quote it.
 *
 *   @mta=HOST        the host that answered         @status=D.S.N   the report's Status field
 *   @reporting=HOST  the host that wrote the report @stage=STAGE    connect ehlo mail rcpt data eom
 *   @sender=ADDRESS  one of the sender's        @recipient=ADDRESS
 *   @action=delayed  instead of failed              @notice         what follows is not the
 *                                                   diagnostic but the reporting system's words */
#pragma once

#include "base/error.h"
#include "mail/bounce.h"

/* *reporting_mta (transfer full) is set to NULL if none is named. NULL on error. (transfer full) */
Recipient *rule_sample_parse(const char *text, char **reporting_mta, GError **error);
