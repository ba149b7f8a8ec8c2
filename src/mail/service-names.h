/* The sending services whose events the readers understand (readers/services.h), by name. */
#pragma once

extern const char *const service_names[]; /* in alphabetical order; NULL ends the array */
