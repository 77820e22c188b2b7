#ifndef HOOKSWITCH_LIBPQ_H
#define HOOKSWITCH_LIBPQ_H

#include <libpq-fe.h>

#include "err.h"

/*
 * The functions of libpq that are used, loaded at the first need (see
 * library.h): "pq->PQfinish(connection)"; and how one connects.
 */

#define LIBPQ_FUNCTIONS(FUNCTION)                                              \
	FUNCTION(PQclear)                                                      \
	FUNCTION(PQcmdTuples)                                                  \
	FUNCTION(PQconnectdbParams)                                            \
	FUNCTION(PQconninfo)                                                   \
	FUNCTION(PQconninfoFree)                                               \
	FUNCTION(PQconninfoParse)                                              \
	FUNCTION(PQconsumeInput)                                               \
	FUNCTION(PQenterPipelineMode)                                          \
	FUNCTION(PQerrorMessage)                                               \
	FUNCTION(PQfinish)                                                     \
	FUNCTION(PQexecParams)                                                 \
	FUNCTION(PQflush)                                                      \
	FUNCTION(PQfreemem)                                                    \
	FUNCTION(PQgetResult)                                                  \
	FUNCTION(PQgetisnull)                                                  \
	FUNCTION(PQgetvalue)                                                   \
	FUNCTION(PQhost)                                                       \
	FUNCTION(PQisBusy)                                                     \
	FUNCTION(PQnfields)                                                    \
	FUNCTION(PQntuples)                                                    \
	FUNCTION(PQpipelineSync)                                               \
	FUNCTION(PQresultErrorField)                                           \
	FUNCTION(PQresultStatus)                                               \
	FUNCTION(PQsendPrepare)                                                \
	FUNCTION(PQsendQueryParams)                                            \
	FUNCTION(PQsendQueryPrepared)                                          \
	FUNCTION(PQserverVersion)                                              \
	FUNCTION(PQsetNoticeReceiver)                                          \
	FUNCTION(PQsetnonblocking)                                             \
	FUNCTION(PQsocket)                                                     \
	FUNCTION(PQsslInUse)                                                   \
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

/*
 * Connects.  string is libpq's connection string or URI, name becomes
 * application_name.  What the string says wins over our defaults
 * (connect_timeout of 2 s, keepalives).
 *
 * A string that does not parse is refused with ERR_SETTING and without
 * libpq's text, which would quote it with its password; ERR_DATABASE if there
 * is no connection to be had, ERR_MEMORY.  The caller ends *out, which may be
 * NULL or not whatever is returned, with PQfinish.
 */
enum err libpq_connect(const struct libpq *pq, PGconn **out, const char *string,
	const char *name, struct reason *reason) NODISCARD;

#endif
