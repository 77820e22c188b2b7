/*
 * The executables: one for each endpoint, which the build names in ENDPOINT.
 */
#include "config.h"

#include "endpoints.h"

int
main(void)
{
	return endpoint_main(&ENDPOINT, endpoints);
}
