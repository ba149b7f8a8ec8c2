/* The forms in which the suppression list is handed out: one row of data for each tool that imports
 * it. bouncedb-export(7) describes them; what each importer takes was read in its source or in its
 * vendor's documentation. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "store/entry.h"

/* How a value stands in a row. */
typedef enum {
  SYNTAX_LINE, /* as it is: every value is free of what would end it */
  SYNTAX_CSV,  /* RFC 4180, quoted where needed */
  SYNTAX_JSON, /* RFC 8259: text in quotes, absent values null */
  SYNTAX_SQLITE,
} FormatSyntax;

typedef enum { DATE_RFC3339, DATE_RFC2822, DATE_DAY } FormatDate;

enum {
  FORMAT_ANY_ADDRESS = 1 << 0, /* also quoted local parts, address literals, local parts alone */
  FORMAT_ASCII = 1 << 1,       /* no address with other letters */
  FORMAT_NO_FORMULA = 1 << 2,  /* none that a spreadsheet on the way would run */
  FORMAT_PEOPLE = 1 << 3,      /* a CSV for people: such cells get an apostrophe instead */
  FORMAT_DETAIL = 1 << 4,      /* rows need more than address, reason and date */
  FORMAT_APPENDS = 1 << 5,     /* a further row can be written behind the others */
  FORMAT_WHOLE = 1 << 6,       /* read as a whole: the importer knows no increments */
  FORMAT_HASHES = 1 << 7,      /* addresses may be replaced by their hashes */
};

/* In header, row and changes, $name stands for a value (formats-row.c lists them). */
typedef struct {
  const char *name;
  FormatSyntax syntax;
  unsigned flags;
  FormatDate date;
  const char *refuse;       /* further characters that no address may hold; NULL = none */
  const char *header;       /* once in every file; NULL = none */
  const char *row;          /* with its line's end where it is no part of a batch */
  const char *changes;      /* the row with what happened to it; NULL = there is no such form */
  const char *open, *close; /* round a batch; NULL = there are none */
  guint batch;              /* rows; 0 = all in one */
  gint64 part_rows;         /* of a file; 0 = any number */
  gint64 part_octets;       /* of a file; 0 = any number */
  const char *complaint, *hard, *soft; /* what $kind says: spam complaint, dead, full or failing */
  const char *what, *import;           /* for people: what it is; how it is imported */
} Format;

/* In order of --list-formats; ends with a NULL name. */
extern const Format format_table[];
const Format *format_find(const char *name); /* (nullable) */

/* Which cells of a CSV for people get an apostrophe. */
typedef enum {
  GUARD_NORMAL, /* text that begins with = + - @ TAB CR; addresses that begin with = @ TAB CR */
  GUARD_SAFE,   /* addresses that begin with + or - too */
  GUARD_RAW,    /* none */
} FormatGuard;

/* Whether an address can stand in a line of its own and be taken for nothing else: no control,
 * blank, invisible sign (a byte order mark), quote, comma, colon or bracket, valid UTF-8, not
 * beginning with '#', at most BOUNCE_ADDRESS_MAX octets, exactly one '@' with something on both
 * sides. */
bool format_is_plain(const char *address);

/* Whether the importer would take the address for what it is. */
bool format_takes(const Format *format, const char *address);

/* Append to out: the header, or a row. changes: in the form that tells what happened. */
void format_header(const Format *format, bool changes, GString *out);
void format_row(const Format *format, const Entry *row, FormatGuard guard, bool changes,
                GString *out);
