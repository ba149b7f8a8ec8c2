/* Messages of Amazon SNS: what is signed of them. */
#pragma once

#include "readers/event.h"

/* What proves that the event came from SNS, with blanks between: the version of the signature, the
 * time, the topic, the SHA-256 digest of the text that is signed, the signature, and the address of
 * the certificate; nothing of this is checked here. Empty if SNS has not sent it.
 * docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html (transfer full) */
char *sns_proof(const Event *event);
