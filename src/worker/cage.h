/* The inside of the worker: what a process gives up before it reads untrusted bytes, and what it
 * does then. */
#pragma once

#include <stdbool.h>

#include "mail/converters.h"
#include "judge/rules.h"

typedef struct {
  gint64 memory; /* octets of address space */
  int cpu;       /* seconds of CPU for each message */
  int wall;      /* seconds for each message; the parent enforces it */
  bool required; /* no message is read if the kernel cannot filter system calls */
  bool once;     /* the process ends by itself after its first answer */
  const char *const *subscriber_headers; /* for readers_read(); borrowed; NULL = none */
} CageLimits;

/* What closes the cage. Without the filter, the rest of what cage_enter does still limits what a
 * worker can use up, but not what it may do. */
typedef enum {
  CAGE_FILTER = 1 << 0,   /* system calls: filter.h */
  CAGE_LANDLOCK = 1 << 1, /* files, network, signals: landlock.h */
} CageLayer;

/* A mask of the layers that this program has, and that the kernel offers. */
unsigned cage_layers(void);

enum {
  CAGE_CHANNEL = 3,    /* the only open descriptor */
  CAGE_NO_CHANNEL = 1, /* exit status: it could not be read or written */
  CAGE_NO_PARSER = 2,  /* exit status: GMime could not be loaded */
};

/* For a newly forked process, before the first octet of a message: opens the converters for
 * charsets, closes all descriptors but channel, which becomes CAGE_CHANNEL, and gives up everything
 * else. False if limits->required and the filter could not be installed. Without GMime, it ends the
 * process. */
bool cage_enter(int channel, const CageLimits *limits, ConverterSet charsets);

/* Answers windows until the channel is closed, or one if limits->once. Returns an exit status: 0 or
 * CAGE_NO_CHANNEL. */
int cage_serve(const Rules *rules, const CageLimits *limits);
