/* The numbers that people see: f12 is a failure (failure_id), m34 a message (message_id). */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
  char kind; /* 'f' or 'm' */
  gint64 number;
} Id;

/* Parses "f12", "m34" and "12", which is a failure. */
bool id_parse(const char *text, Id *out);

/* The same, without "12": for operands that could be other text. */
bool id_parse_named(const char *text, Id *out);
