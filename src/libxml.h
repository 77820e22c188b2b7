#ifndef HOOKSWITCH_LIBXML_H
#define HOOKSWITCH_LIBXML_H

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "err.h"

/*
 * The functions of libxml2 that twiml.c uses, loaded at the first need (see
 * library.h): "xml->xmlFreeDoc(document)".
 */

#define LIBXML_FUNCTIONS(FUNCTION)                                             \
	FUNCTION(xmlBufferContent)                                             \
	FUNCTION(xmlBufferCreate)                                              \
	FUNCTION(xmlBufferFree)                                                \
	FUNCTION(xmlBufferLength)                                              \
	FUNCTION(xmlCtxtReadMemory)                                            \
	FUNCTION(xmlCtxtGetLastError)                                          \
	FUNCTION(xmlDocGetRootElement)                                         \
	FUNCTION(xmlFreeDoc)                                                   \
	FUNCTION(xmlFreeParserCtxt)                                            \
	FUNCTION(xmlInitParser)                                                \
	FUNCTION(xmlNewParserCtxt)                                             \
	FUNCTION(xmlNodeDump)                                                  \
	FUNCTION(xmlNodeSetContent)                                            \
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

#endif
