/*
 * The executables: one for each endpoint, which the build names in ENDPOINT.
 */
#include "config.h"

#include "endpoints.h"
#include "service.h"

int
main(void)
{
	return service_main(&ENDPOINT, endpoints);
}
