/*
 * A FastCGI program that reads the body and answers: what the web server and
 * the protocol cost by themselves.
 */
#include "config.h"

#include <fcgiapp.h>

#define ANSWER                                                                 \
	"Status: 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\n"          \
	"Content-Length: 11\r\n\r\n<Response/>"

int
main(void)
{
	FCGX_Request request;
	char body[8192];

	if (FCGX_Init() != 0 || FCGX_InitRequest(&request, 0, 0) != 0)
		return 1;
	while (FCGX_Accept_r(&request) >= 0) {
		while (FCGX_GetStr(body, sizeof body, request.in) > 0)
			;
		(void)FCGX_PutS(ANSWER, request.out);
		FCGX_Finish_r(&request);
	}
	return 0;
}
