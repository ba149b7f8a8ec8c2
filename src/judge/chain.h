/* The chain of evidence: how a verdict was reached, step by step, for explain. */
#pragma once

#include <glib.h>

typedef struct {
  const char *step; /* "reply", "provider", "rule", ...; static */
  char *detail;
} ChainLink;

/* (element-type ChainLink) (transfer full) */
GPtrArray *chain_new(void);

/* Appends a link. chain may be NULL; step must be a static string. */
void chain_add(GPtrArray *chain, const char *step, const char *format, ...) G_GNUC_PRINTF(3, 4);
