#ifndef HOOKSWITCH_LIBXML_H
#define HOOKSWITCH_LIBXML_H

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlIO.h>
#include <libxml/xmlmemory.h>

#include <stdbool.h>

#include "err.h"

/*
 * The functions of libxml2 that twiml.c uses, loaded at the first need (see
 * library.h): "xml->xmlFreeDoc(document)".
 */

#define LIBXML_FUNCTIONS(FUNCTION)                                             \
	FUNCTION(xmlCtxtReadMemory)                                            \
	FUNCTION(xmlCtxtGetLastError)                                          \
	FUNCTION(xmlDocGetRootElement)                                         \
	FUNCTION(xmlFreeDoc)                                                   \
	FUNCTION(xmlFreeParserCtxt)                                            \
	FUNCTION(xmlInitParser)                                                \
	FUNCTION(xmlMemSetup)                                                  \
	FUNCTION(xmlNewParserCtxt)                                             \
	FUNCTION(xmlNodeDumpOutput)                                            \
	FUNCTION(xmlNodeSetContent)                                            \
	FUNCTION(xmlOutputBufferClose)                                         \
	FUNCTION(xmlOutputBufferCreateIO)                                      \
	FUNCTION(xmlSetGenericErrorFunc)

struct libxml {
#define LIBXML_MEMBER(name) __typeof__(&name) name;
	LIBXML_FUNCTIONS(LIBXML_MEMBER)
#undef LIBXML_MEMBER
};

/*
 * *out gets the functions, which stay until the process ends; it is the same
 * table each time.  ERR_SETTING if the library is not there.
 */
enum err libxml_load(
	const struct libxml **out, struct reason *reason) NODISCARD;

/*
 * Whether libxml2 has run out of memory since this thread called libxml_load.
 * It then goes on without what it could not allocate, and not all of its
 * functions say so: what they have made is not to be used.
 */
bool libxml_ran_short(void);

#endif
