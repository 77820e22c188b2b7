#ifndef HOOKSWITCH_ENDPOINTS_H
#define HOOKSWITCH_ENDPOINTS_H

#include "endpoint.h"

/* All that take webhooks; NULL ends. */
extern const struct endpoint *const endpoints[];

/* The endpoints, each in the file of its name. */
extern const struct endpoint endpoint_voice;
extern const struct endpoint endpoint_sms;
extern const struct endpoint endpoint_whatsapp;
extern const struct endpoint endpoint_status;
extern const struct endpoint endpoint_recording;
extern const struct endpoint endpoint_video_room;
extern const struct endpoint endpoint_webhook;

/* What takes no webhooks, and is not in the table. */
extern const struct endpoint endpoint_events;
extern const struct endpoint endpoint_health;

#endif
