/* An open file of mail, decompressed if need be by gzip, xz or zstd. These run as processes of
 * their own, found in PATH and without a shell; what they write is read like a file. Only commands
 * that people run use this, never a delivery. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/error.h"

typedef struct MailInput MailInput;

/* NULL and *error (DATA), which does not name the file, if the file cannot be opened, or if the
 * program is not there. */
MailInput *mail_input_open(const char *path, GError **error);

/* A descriptor to read from, which stays the input's. */
int mail_input_fd(const MailInput *input);

/* To be called at the end of the file: false and *error (DATA) if the decompressor failed, so that
 * what was read is not all. */
bool mail_input_finish(MailInput *input, GError **error);

void mail_input_free(MailInput *input);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailInput, mail_input_free)
