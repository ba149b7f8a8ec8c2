/* The inside of the worker: what a process gives up before it looks at a stranger's bytes, and
 * what it does then. */
#pragma once

#include "judge/rules.h"

typedef struct {
  gint64 memory; /* octets of address space */
  int cpu;       /* seconds of CPU a message */
  int wall;      /* seconds a message, which the parent watches over */
} CageLimits;

enum { CAGE_CHANNEL = 3 }; /* the one descriptor inside */

/* Called in a newly forked process: keeps channel alone of all descriptors, as CAGE_CHANNEL, and
 * takes on the limits. */
void cage_enter(int channel, const CageLimits *limits);

/* Answers windows until the channel is closed. Returns an exit status. */
int cage_serve(const Rules *rules, const CageLimits *limits);
