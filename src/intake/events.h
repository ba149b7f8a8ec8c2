/* A body or a file with events of sending services, which are read one after the other like the
 * messages of an mbox: JSON objects one after the other (also one per line), an array of them, or a
 * page of an interface that has them in "items", "results", "events" or "Bounces"; the form in
 * which Mailchimp sends such an array; or the rows of a CSV file. Finds where an event begins and
 * ends, and no more: what it says is read by the worker. Memory is bounded, whatever the body. */
#pragma once

#include "intake/spool.h"

typedef struct Events Events;

/* Whether a body or a file begins like events in JSON, or in that form. */
bool events_are(const char *head, size_t length);

/* Reads head, which has been read already, and then from fd, which stays the caller's. service: of
 * which all events are, so that they need not be recognised; NULL = not known. Only with a service
 * may it be CSV. */
Events *events_new(int fd, const char *head, size_t length, const char *service);
void events_free(Events *events);

/* Reads the next event into spool, as the body of a message whose Content-Type says what it is.
 * *found is false at the end. */
bool events_next(Events *events, Spool *spool, bool *found, GError **error);

/* The digest that an event has however often, and in whatever company, it is sent. id: of the
 * report (bounce.h). */
void events_digest(const char *id, guint8 out[DIGEST_SIZE]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Events, events_free)
