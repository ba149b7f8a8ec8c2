/* The title of the reader's message, as notices and their subjects quote it: it may say anything.
 */
#pragma once

/* What a subject (folded) says itself: of "Undeliverable: 5 mails to read", only what stands before
 * the colon. (transfer full) */
char *titles_own_subject(const char *subject);

/* The text with an ellipsis for the title, which is subject (nullable), or what is quoted right
 * after "your message" or "subject" in some languages and is not a reply. NULL if there is none.
 * (transfer full) (nullable) */
char *titles_hide(const char *text, const char *subject);

/* The text (folded) without what stands in quotation marks. (transfer full) */
char *titles_drop(const char *folded);
