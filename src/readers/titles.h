/* The title of the reader's message, as notices and their subjects quote it: it may say anything.
 */
#pragma once

/* What a subject (folded) says itself: of "Undeliverable: 5 mails to read", only what stands before
 * the colon. (transfer full) */
char *titles_own_subject(const char *subject);

/* The text (folded) without what stands in quotation marks. (transfer full) */
char *titles_drop(const char *folded);
