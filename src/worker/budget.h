/* The CPU time of a worker. The kernel ends it with SIGXCPU when a message has used up its share.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* In the worker, before its first message: seconds for that, and a hard limit for its whole life.
 */
void budget_begin(int seconds);

/* In the parent, before each other message. False if the worker has too little left: then the
 * message needs a new one. */
bool budget_renew(pid_t worker, int seconds);
