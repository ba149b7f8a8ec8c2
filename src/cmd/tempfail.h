/* The last way out of a delivery: whatever signal ends it, the mail server is told to try again.
 *
 * Mail servers disagree on what death by a signal means: Exim takes SIGTERM for a delivery and
 * every other signal for a bounce, and the message is gone. So none of them may end us as it
 * would; neither may a time limit of theirs, which our own comes before. */
#pragma once

/* From now on: after so many seconds, and on every signal that would end the process, one line on
 * standard error and exit status 75. */
void tempfail_arm(unsigned seconds);
