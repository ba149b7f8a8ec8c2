/* The converters from character sets that mail uses to UTF-8. iconv loads a library for most of
 * them. The worker may open no file once it has seen a message, so it opens those it is told to
 * open, and can say which others the message would have needed. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A set of charsets: bits, the meaning of which is known only here. */
typedef guint64 ConverterSet;
#define CONVERTERS_ALL G_MAXUINT64

/* Opens those in set, and lets no other be opened for the rest of the process. Charsets that iconv
 * knows without a library stay available. */
void converters_confine(ConverterSet set);

/* What was asked for in vain since the last call. 0 unless the process is confined. */
ConverterSet converters_missed(void);

/* Tells that text with this label will be converted by somebody else's call of iconv. */
void converters_expect(const char *label);

/* For g_iconv, to UTF-8. (GIConv)-1 if iconv does not know the charset, or it cannot be opened.
 * Give it back to converter_close. */
GIConv converter_open(const char *charset);
void converter_close(GIConv converter, const char *charset);
