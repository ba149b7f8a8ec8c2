#include "config.h"

#include "mail/service-names.h"

#include <stddef.h>

const char *const service_names[] = {
    "azure",    "brevo",   "mailchimp-transactional",
    "mailgun",  "mailjet", "postmark",
    "sendgrid", "ses",     "sparkpost",
    NULL,
};
