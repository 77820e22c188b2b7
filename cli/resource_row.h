#ifndef HOOKSWITCH_RESOURCE_ROW_H
#define HOOKSWITCH_RESOURCE_ROW_H

#include <stdbool.h>

#include "resource.h"

/*
 * For resource.c and the files of its tables, resource_call.c and so on: what
 * the webhooks of each kind of resource are made of.
 */

/* Room for a time as Twilio writes it. */
#define RESOURCE_MOMENT 48

/* A parameter, and the member of the resource that it has its value from. */
struct resource_pair {
	const char *parameter, *member; /* NULL ends */
};

/* One kind of webhook that a resource can prove; is_proven is NULL at the end.
 */
struct resource_row {
	bool (*is_proven)(const struct json *document); /* NULL: it always is */
	const char *parameter;         /* that names what it tells */
	const char *event;             /* NULL: the resource's status */
	const struct endpoint *tables; /* that apply to it */
	/* Writes when it happened, as Twilio does; "" if that is not known. */
	void (*moment)(const struct json *document, char out[RESOURCE_MOMENT]);
	const struct resource_pair *more; /* beside those of every row */
	/* NULL, or: adds what is no member of the resource */
	enum err (*add)(const struct resource *resource, struct buf *form);
};

struct resource_tables {
	const char *name;
	const struct resource_row *const *rows; /* NULL ends */
	const struct resource_pair *pairs;      /* of every webhook about it */
};

extern const struct resource_tables resource_call;
extern const struct resource_tables resource_message;
extern const struct resource_tables resource_recording;
extern const struct resource_tables resource_room;
extern const struct resource_tables resource_participant;

/* Whether a member is that text, or one of those that NULL ends. */
bool resource_has(
	const struct json *document, const char *member, const char *text);
bool resource_has_any(const struct json *document, const char *member,
	const char *const *texts);

/* The first of the two members that is a time, as it stands there; or "". */
void resource_moment(const struct json *document, const char *first,
	const char *other, char out[RESOURCE_MOMENT]);

/* Seconds since 1970 as webhooks about calls and messages have a time. */
void resource_write_moment(long long seconds, char out[RESOURCE_MOMENT]);

#endif
