/* The last resort of a delivery: whichever signal ends it, the mail server must try again.
 *
 * Mail servers disagree on what death by a signal means: Exim takes SIGTERM for a successful
 * delivery, and any other signal for a bounce, and the message is lost. So no signal may end us in
 * its usual way, and neither may a time limit of the mail server: ours is shorter. */
#pragma once

/* From now on, after this many seconds and on each signal that would end the process, it prints one
 * line to standard error and exits with status 75. */
void tempfail_arm(unsigned seconds);
