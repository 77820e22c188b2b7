#include "config.h"

#include "inventory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sid.h"
#include "terminal.h"

/* product, path of the list, its name, what a resource's path begins and ends
 * with */
static const struct list {
	enum twilio_product product;
	const char *path, *name, *before, *after;
} lists[WEBHOOK_KIND__MAX] = {
	[WEBHOOK_NUMBER] = {TWILIO_API,
			    "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json"
		"?PageSize=1000",					   "incoming_phone_numbers",
			    "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/",
			    ".json"											   },
	[WEBHOOK_SERVICE] = {TWILIO_MESSAGING, "/v1/Services?PageSize=1000",
			    "services",							       "/v1/Services/", ""     },
	[WEBHOOK_APPLICATION] = {TWILIO_API,
			    "/2010-04-01/Accounts/{AccountSid}/Applications.json"
		"?PageSize=1000",					   "applications",
			    "/2010-04-01/Accounts/{AccountSid}/Applications/",                                         ".json"},
};

/* The numbers of a service, likewise. */
#define SENDERS_AFTER "/PhoneNumbers?PageSize=1000"
#define SENDERS_NAME "phone_numbers"

/* What reads a list needs. */
struct reading {
	struct inventory *inventory;
	enum webhook_kind kind;
	const struct webhook_resource *service; /* whose numbers these are */
	size_t size;                            /* allocated */
	enum err err;
};

/* Makes room for one more. */
static enum err
grow(struct reading *reading)
{
	struct inventory *inventory = reading->inventory;
	size_t size = reading->size > 0 ? 2 * reading->size : 64;
	struct webhook_resource *resources;
	struct json **documents;

	if (inventory->n == INVENTORY_MOST)
		return ERR_TOO_LARGE;
	if (inventory->n < reading->size)
		return ERR_OK;
	resources = reallocarray(
		inventory->resources, size, sizeof *inventory->resources);
	if (resources != NULL)
		inventory->resources = resources;
	documents = reallocarray(
		inventory->documents, size, sizeof *inventory->documents);
	if (documents != NULL)
		inventory->documents = documents;
	if (resources == NULL || documents == NULL)
		return ERR_MEMORY;
	reading->size = size;
	return ERR_OK;
}

static bool
take_resource(void *context, const struct json *resource)
{
	struct reading *reading = context;
	struct inventory *inventory = reading->inventory;
	struct json *document = NULL;

	reading->err = grow(reading);
	if (reading->err == ERR_OK)
		reading->err = json_keep(&document, resource);
	if (reading->err != ERR_OK)
		return false;
	inventory->documents[inventory->n] = document;
	inventory->resources[inventory->n++] = (struct webhook_resource){
		.kind = reading->kind, .document = document};
	terminal_progress("reading %ss: %zu", webhook_kind_text(reading->kind),
		inventory->n);
	return true;
}

static int
compare(const void *a, const void *b)
{
	const struct webhook_resource *const *left = a;
	const struct webhook_resource *const *right = b;

	return strcmp(webhook_sid(*left), webhook_sid(*right));
}

/* Once all of it is read: there can be thousands to be found. */
static enum err
sort(struct inventory *inventory)
{
	inventory->by_sid = calloc(inventory->n + 1, sizeof *inventory->by_sid);
	if (inventory->by_sid == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < inventory->n; i++)
		inventory->by_sid[i] = &inventory->resources[i];
	qsort(inventory->by_sid, inventory->n, sizeof *inventory->by_sid,
		compare);
	return ERR_OK;
}

static int
compare_key(const void *key, const void *item)
{
	const struct webhook_resource *const *resource = item;

	return strcmp(key, webhook_sid(*resource));
}

static struct webhook_resource *
find(const struct inventory *inventory, enum webhook_kind kind, const char *sid)
{
	struct webhook_resource **found = bsearch(sid, inventory->by_sid,
		inventory->n, sizeof *inventory->by_sid, compare_key);

	return found != NULL && (*found)->kind == kind ? *found : NULL;
}

/* One of a service's numbers, which has the SID that the number has. */
static bool
take_sender(void *context, const struct json *sender)
{
	struct reading *reading = context;
	struct webhook_resource *number = find(reading->inventory,
		WEBHOOK_NUMBER, json_member_text(sender, "sid"));

	if (number != NULL)
		number->service = reading->service;
	return true;
}

static enum err
read_senders(struct reading *reading, struct twilio *twilio,
	const struct webhook_resource *service, struct reason *reason)
{
	char path[sizeof "/v1/Services/" SENDERS_AFTER + SID_MOST];
	const char *sid = webhook_sid(service);

	if (!sid_is_plain(sid))
		return err_reason(reason, ERR_IO,
			"Twilio's answer has a messaging service with the SID "
			"\"%.60s\"",
			sid);
	(void)snprintf(
		path, sizeof path, "/v1/Services/%s%s", sid, SENDERS_AFTER);
	reading->service = service;
	return twilio_list(twilio, TWILIO_MESSAGING, path, SENDERS_NAME,
		take_sender, reading, reason);
}

static const struct webhook_resource *
find_application(const struct inventory *inventory,
	const struct webhook_resource *number, const char *member)
{
	return find(inventory, WEBHOOK_APPLICATION,
		json_member_text(number->document, member));
}

/* What goes before the numbers. */
static enum err
link_numbers(
	struct reading *reading, struct twilio *twilio, struct reason *reason)
{
	struct inventory *inventory = reading->inventory;
	enum err err = ERR_OK;

	for (size_t i = 0; i < inventory->n && err == ERR_OK; i++) {
		struct webhook_resource *resource = &inventory->resources[i];

		if (resource->kind == WEBHOOK_SERVICE)
			err = read_senders(reading, twilio, resource, reason);
		if (resource->kind != WEBHOOK_NUMBER)
			continue;
		resource->voice_application = find_application(
			inventory, resource, "voice_application_sid");
		resource->sms_application = find_application(
			inventory, resource, "sms_application_sid");
	}
	return err;
}

static enum err
read_list(struct reading *reading, struct twilio *twilio,
	enum webhook_kind kind, struct reason *reason)
{
	const struct list *list = &lists[kind];
	enum err err;

	reading->kind = kind;
	err = twilio_list(twilio, list->product, list->path, list->name,
		take_resource, reading, reason);
	if (err == ERR_OK && reading->err == ERR_TOO_LARGE)
		return err_reason(reason, reading->err,
			"the account has more than %d resources",
			INVENTORY_MOST);
	if (err == ERR_OK && reading->err != ERR_OK)
		return err_reason(reason, reading->err, "out of memory");
	return err;
}

enum err
inventory_read(struct inventory *inventory, struct twilio *twilio,
	struct reason *reason)
{
	struct reading reading = {.inventory = inventory};
	enum err err = ERR_OK;

	memset(inventory, 0, sizeof *inventory);
	for (int i = 0; i < WEBHOOK_KIND__MAX && err == ERR_OK; i++)
		err = read_list(&reading, twilio, (enum webhook_kind)i, reason);
	if (err == ERR_OK && sort(inventory) != ERR_OK)
		err = err_reason(reason, ERR_MEMORY, "out of memory");
	if (err == ERR_OK)
		err = link_numbers(&reading, twilio, reason);
	terminal_progress_end();
	return err;
}

void
inventory_free(struct inventory *inventory)
{
	for (size_t i = 0; i < inventory->n; i++)
		json_free(inventory->documents[i]);
	free(inventory->by_sid);
	free(inventory->documents);
	free(inventory->resources);
	memset(inventory, 0, sizeof *inventory);
}

const struct webhook_resource *
inventory_find(const struct inventory *inventory, enum webhook_kind kind,
	const char *sid)
{
	return find(inventory, kind, sid);
}

enum err
inventory_send(struct twilio *twilio, enum webhook_kind kind, const char *sid,
	const struct buf *form, struct twilio_result *result,
	struct reason *reason)
{
	char path[256];

	memset(result, 0, sizeof *result);
	if (!sid_is_plain(sid))
		return err_reason(
			reason, ERR_MALFORMED, "\"%.60s\" is no SID", sid);
	(void)snprintf(path, sizeof path, "%s%s%s", lists[kind].before, sid,
		lists[kind].after);
	return twilio_send(twilio, lists[kind].product,
		form != NULL ? "POST" : "GET", path, form, result, reason);
}
