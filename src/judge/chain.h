/* The chain of evidence: how a verdict came about, step by step, for explain. */
#pragma once

#include <glib.h>

typedef struct {
  const char *step; /* "reply", "provider", "rule", ... (static) */
  char *detail;
} ChainLink;

/* (element-type ChainLink) (transfer full) */
GPtrArray *chain_new(void);

/* Appends a link; chain may be NULL. step is borrowed for good. */
void chain_add(GPtrArray *chain, const char *step, const char *format, ...) G_GNUC_PRINTF(3, 4);
