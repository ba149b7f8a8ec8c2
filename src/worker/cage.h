/* The inside of the worker: what a process gives up before it reads untrusted bytes, and what it
 * does then. */
#pragma once

#include "judge/rules.h"

typedef struct {
  gint64 memory; /* octets of address space */
  int cpu;       /* seconds of CPU for each message */
  int wall;      /* seconds for each message; the parent enforces it */
} CageLimits;

enum { CAGE_CHANNEL = 3 }; /* the only open descriptor */

/* For a newly forked process: closes all descriptors but channel, which becomes CAGE_CHANNEL, and
 * sets the limits. */
void cage_enter(int channel, const CageLimits *limits);

/* Answers windows until the channel is closed. Returns an exit status. */
int cage_serve(const Rules *rules, const CageLimits *limits);
