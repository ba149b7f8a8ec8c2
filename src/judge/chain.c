#include "config.h"

#include "judge/chain.h"

static void
link_free(gpointer data)
{
  ChainLink *link = data;
  g_free(link->detail);
  g_free(link);
}

GPtrArray *
chain_new(void)
{
  return g_ptr_array_new_with_free_func(link_free);
}

void
chain_add(GPtrArray *chain, const char *step, const char *format, ...)
{
  if (chain == NULL)
    return;
  ChainLink *link = g_new0(ChainLink, 1);
  va_list args;
  va_start(args, format);
  link->step = step;
  link->detail = g_strdup_vprintf(format, args);
  va_end(args);
  g_ptr_array_add(chain, link);
}
