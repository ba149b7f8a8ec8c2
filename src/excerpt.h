/* What a notice says about one address: the lines round it in the words of the reporting system. */
#pragma once

#include <glib.h>

/* The words about address in notice: the rest of the line that names it and the lines that belong
 * to it, unfolded to one; NULL where the notice does not name it or says no more than its name.
 * (transfer full) (nullable) */
char *excerpt_about(const char *notice, const char *address);

/* Servers that put only the first line of a reply into a diagnostic ("550-5.7.1 see") quote all
 * its lines in the notice: those lines as one, where they begin with what diagnostic holds; NULL
 * where diagnostic is whole or the notice does not have it. (transfer full) (nullable) */
char *excerpt_complete(const char *notice, const char *diagnostic);
