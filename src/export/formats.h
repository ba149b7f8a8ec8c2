/* The formats of the suppression list: one row of data for each tool that imports it.
 * bouncedb-export(7) describes them. What each importer accepts is taken from its source or its
 * vendor's documentation. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "store/entry.h"

/* How a value is written in a row. */
typedef enum {
  SYNTAX_LINE, /* as it is: no value contains a character that would end it */
  SYNTAX_CSV,  /* RFC 4180, quoted if needed */
  SYNTAX_JSON, /* RFC 8259: text in quotes, null if absent */
  SYNTAX_SQLITE,
} FormatSyntax;

typedef enum { DATE_RFC3339, DATE_RFC2822, DATE_DAY } FormatDate;

enum {
  FORMAT_ANY_ADDRESS = 1 << 0, /* also quoted local parts, address literals, local parts alone */
  FORMAT_ASCII = 1 << 1,       /* only ASCII addresses */
  FORMAT_NO_FORMULA = 1 << 2,  /* no addresses that a spreadsheet would evaluate */
  FORMAT_PEOPLE = 1 << 3,      /* CSV for people: cells that it would evaluate get an apostrophe */
  FORMAT_DETAIL = 1 << 4,      /* rows need more than address, reason and date */
  FORMAT_APPENDS = 1 << 5,     /* rows can be appended */
  FORMAT_WHOLE = 1 << 6,       /* the importer always reads the whole list */
  FORMAT_HASHES = 1 << 7,      /* addresses may be replaced by their hashes */
};

/* In header, row and changes, $name stands for a value (formats-row.c lists them). */
typedef struct {
  const char *name;
  FormatSyntax syntax;
  unsigned flags;
  FormatDate date;
  const char *refuse;       /* more characters that no address may contain; NULL = none */
  gsize longest;            /* octets of an address; 0 = BOUNCE_ADDRESS_MAX */
  const char *header;       /* once per file; NULL = none */
  const char *row;          /* with a line ending, unless it is part of a batch */
  const char *changes;      /* the row if it tells what has changed; NULL = it cannot */
  const char *domain;       /* the row of a whole domain; NULL = it takes none, or as an address */
  const char *exception;    /* the row of an address there that may be written to */
  const char *open, *close; /* around a batch; NULL = there are no batches */
  guint batch;              /* rows per batch; 0 = all */
  gint64 part_rows;         /* per file, at most; 0 = no limit */
  gint64 part_octets;       /* per file, at most; 0 = no limit */
  const char *complaint, *hard,
      *soft;                 /* values of $kind: reported as spam; dead; full or failing */
  const char *what, *import; /* for people: what it is, and how it is imported */
} Format;

/* In the order of --list-formats; ends with a NULL name. */
extern const Format format_table[];
const Format *format_find(const char *name); /* (nullable) */

/* Which cells of a CSV for people get an apostrophe. Unless the guard is raw, controls and what
 * reorders text are escaped in the CSV of every format. */
typedef enum {
  GUARD_NORMAL, /* text that begins with = + - @ TAB CR; addresses that begin with = @ TAB CR */
  GUARD_SAFE,   /* addresses that begin with + or - too */
  GUARD_RAW,    /* none */
} FormatGuard;

/* Whether an address on a line of its own cannot be mistaken for anything else: it is valid UTF-8
 * without control characters, spaces, invisible characters (a byte order mark), quotes, commas,
 * colons and brackets, does not begin with '#', has at most BOUNCE_ADDRESS_MAX octets, and exactly
 * one '@' with something on both sides. */
bool format_is_plain(const char *address);

/* Whether the importer reads the address correctly, or "@domain", all addresses in a domain. */
bool format_takes(const Format *format, const char *address);

/* Append the header or a row to out. changes: it tells what has changed. */
void format_header(const Format *format, bool changes, GString *out);
void format_row(const Format *format, const Entry *row, FormatGuard guard, bool changes,
                GString *out);
