/* The sending services whose events are understood: where each of them writes what. */
#pragma once

#include <stdbool.h>

#include "readers/event.h"

/* What an event reports. */
typedef enum {
  MEANS_OTHER,       /* not known */
  MEANS_BOUNCE,      /* given up; the reply tells why */
  MEANS_DELAY,       /* still being tried */
  MEANS_SUCCESS,     /* delivered */
  MEANS_COMPLAINT,   /* called spam by the recipient */
  MEANS_UNSUBSCRIBE, /* the recipient wants no more: a matter of the list, not of delivery */
  MEANS_NOTHING,     /* about delivery: opened, clicked, refused for what the sender did */
} Meaning;

/* An event whose type begins with these words. */
typedef struct {
  const char *type;
  Meaning meaning;
} EventType;

/* All but name, title and types are paths (event.h); NULL = the service does not say. */
typedef struct {
  const char *name;       /* as --from takes it */
  const char *title;      /* as people write it */
  const char *mark;       /* what only its events have */
  const char *type;       /* several: joined */
  const char *id;         /* several: together they are the event's and no other's */
  const char *signature;  /* several, in its envelope: what proves that the service wrote it */
  const char *recipients; /* an array; NULL = the event has one recipient */
  const char *address;    /* of each recipient */
  const char *reply;      /* what the receiving server said */
  const char *code;       /* its reply code, if it is not part of the reply */
  const char *status;     /* its enhanced status code */
  const char *words;      /* several: what the service itself says about the cause */
  const char *host;       /* that replied */
  const char *reporter;   /* the service's own host */
  const char *time;
  const char *message_id; /* the Message-ID of the message that was sent */
  const char *subject;    /* of that message */
  const char *fallback;   /* the type of what has none */
  const EventType *types; /* in the order in which they are tried; ends with a NULL type */
} Service;

extern const Service service_table[]; /* ends with a row whose name is NULL */

/* (transfer none) (nullable) */
const Service *service_find(const char *name);

/* Whether the event is marked as the service's; what is in its lists of bounces is not. */
bool service_marks(const Service *service, const Event *event);

/* The service whose event this is. (transfer none) (nullable) */
const Service *service_of(const Event *event);

/* What an event of that type reports. */
Meaning service_meaning(const Service *service, const char *type);
