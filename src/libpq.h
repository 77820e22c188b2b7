#ifndef HOOKSWITCH_LIBPQ_H
#define HOOKSWITCH_LIBPQ_H

#include <libpq-fe.h>

#include "err.h"

/*
 * The functions of libpq that connection.c uses, loaded at the first need (see
 * library.h): "pq->PQfinish(connection)".
 */

#define LIBPQ_FUNCTIONS(FUNCTION)                                              \
	FUNCTION(PQclear)                                                      \
	FUNCTION(PQconnectdbParams)                                            \
	FUNCTION(PQconninfoFree)                                               \
	FUNCTION(PQconninfoParse)                                              \
	FUNCTION(PQconsumeInput)                                               \
	FUNCTION(PQenterPipelineMode)                                          \
	FUNCTION(PQerrorMessage)                                               \
	FUNCTION(PQfinish)                                                     \
	FUNCTION(PQflush)                                                      \
	FUNCTION(PQfreemem)                                                    \
	FUNCTION(PQgetResult)                                                  \
	FUNCTION(PQgetvalue)                                                   \
	FUNCTION(PQisBusy)                                                     \
	FUNCTION(PQnfields)                                                    \
	FUNCTION(PQntuples)                                                    \
	FUNCTION(PQpipelineSync)                                               \
	FUNCTION(PQresultErrorField)                                           \
	FUNCTION(PQresultStatus)                                               \
	FUNCTION(PQsendPrepare)                                                \
	FUNCTION(PQsendQueryParams)                                            \
	FUNCTION(PQsendQueryPrepared)                                          \
	FUNCTION(PQsetNoticeReceiver)                                          \
	FUNCTION(PQsetnonblocking)                                             \
	FUNCTION(PQsocket)                                                     \
	FUNCTION(PQstatus)

struct libpq {
#define LIBPQ_MEMBER(name) __typeof__(&name) name;
	LIBPQ_FUNCTIONS(LIBPQ_MEMBER)
#undef LIBPQ_MEMBER
};

/*
 * *out gets the functions, which stay until the process ends; it is the same
 * table each time.  ERR_SETTING if the library is not there.
 */
enum err libpq_load(const struct libpq **out, struct reason *reason) NODISCARD;

#endif
