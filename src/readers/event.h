/* What a sending service says of one message, as a tree of named values: a JSON object, or a row of
 * CSV with the names of its columns. The only module that knows Jansson, which bounds nesting and
 * numbers, and refuses text that is not UTF-8 or has a name twice in one object. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Event Event;

/* Does what the first event would otherwise do: afterwards, no file is opened. */
void event_init(void);

/* The JSON object at the beginning of text, after blanks; what follows it is ignored. Line ends
 * inside strings are dropped, because mail systems fold long lines. Opens the envelopes in which
 * services send events: of Amazon SNS and EventBridge, Mailgun and SparkPost. NULL if text is not
 * that. (transfer full) (nullable) */
Event *event_from_json(const char *text);

/* text: two records of RFC 4180, the names and the values. (transfer full) (nullable) */
Event *event_from_csv(const char *text);

void event_free(Event *event);

/* The text, number or word at the first of paths that is there and not empty. "a.b|c" means the
 * member b of a, or else c; a number is the index in an array, and * the first member. (transfer
 * full) (nullable) */
char *event_get(const Event *event, const char *paths);

/* The values at several paths, as "a.b|c+d", with a blank between them. Never NULL. (transfer full)
 */
char *event_join(const Event *event, const char *paths);

/* The same for paths in the envelope of the event, or in the event itself if it had none. */
char *event_join_outside(const Event *event, const char *paths);

/* The elements of the array at the first of paths that has one, each as an event; otherwise a list
 * of the event itself. (element-type Event) (transfer full) */
GPtrArray *event_elements(const Event *event, const char *paths);

/* The event itself, if it is a mere value such as an address; NULL if it has members. (transfer
 * full) (nullable) */
char *event_value(const Event *event);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Event, event_free)
