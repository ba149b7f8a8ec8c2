/* The last resort of a delivery: whichever signal ends it, the mail server must try again.
 *
 * Mail servers disagree on what death by a signal means: Exim takes SIGTERM for a successful
 * delivery, and any other signal for a bounce, and the message is lost. So no signal may end us in
 * its usual way, and neither may a time limit of the mail server: ours is shorter. */
#pragma once

enum { TEMPFAIL_LIMIT = 300 }; /* seconds; the limits of mail servers begin at 300 (OpenSMTPD) */

/* From now on, after this many seconds and on each signal that would end the process, it prints one
 * line to standard error and exits with status 75, whatever signals and timers it inherited. */
void tempfail_arm(unsigned seconds);

/* Unblocks all signals, and no longer ignores SIGCHLD: whoever runs us may have blocked or ignored
 * them, but the lock of the database needs SIGALRM, and wait() needs SIGCHLD. Other signals that
 * are ignored, as nohup(1) does, stay so. */
void tempfail_accept_signals(void);
