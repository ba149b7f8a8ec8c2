/* The returned message in a notice without MIME parts: where it begins. */
#pragma once

/* The line of text at which a returned message begins: a run of header fields that is long enough,
 * or shorter if a line announces it. NULL if there is none. Linear. */
const char *returned_find(const char *text);
