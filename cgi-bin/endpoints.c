#include "config.h"

#include "endpoints.h"

const struct endpoint *const endpoints[] = {
	&endpoint_voice,
	&endpoint_sms,
	&endpoint_whatsapp,
	&endpoint_status,
	&endpoint_recording,
	&endpoint_video_room,
	&endpoint_webhook,
	NULL,
};
