#include "config.h"

#include "twiml.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "libxml.h"
#include "limit.h"
#include "utf8.h"

#define PARSE_OPTIONS                                                          \
	(XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_NOERROR |             \
		XML_PARSE_NOWARNING)

struct filling {
	const struct libxml *xml;
	const struct form *form;
	struct buf text; /* of the node at hand */
};

/* Whether XML 1.0 can hold a character: no control, no U+FFFE or U+FFFF. */
static bool
is_xml_char(const char *text, size_t len)
{
	unsigned char first = (unsigned char)text[0];

	if (len == 1)
		return first >= 0x20 || strchr("\t\n\r", first) != NULL;
	return len != 3 || (memcmp(text, "\xEF\xBF\xBE", 3) != 0 &&
				   memcmp(text, "\xEF\xBF\xBF", 3) != 0);
}

static enum err
add_value(struct buf *out, const struct parameter *parameter)
{
	size_t at = 0;
	enum err err = ERR_OK;

	if (parameter == NULL)
		return ERR_OK;
	while (err == ERR_OK && at < parameter->value_len) {
		const char *text = parameter->value + at;
		size_t step = utf8_char(text, parameter->value_len - at);

		if (step > 0 && *text != '\0' && is_xml_char(text, step))
			err = buf_add(out, text, step);
		at += step > 0 ? step : 1;
	}
	return err;
}

/*
 * The length of the placeholder "{Name}" at the start of text, 0 if there is
 * none.  Twilio's names have letters, digits, "_", "." and "-".
 */
static size_t
placeholder_len(const char *text)
{
	size_t len = 1;

	if (text[0] != '{' || !isalpha((unsigned char)text[1]))
		return 0;
	while (isalnum((unsigned char)text[len]) ||
		(text[len] != '\0' && strchr("_.-", text[len]) != NULL))
		len++;
	return text[len] == '}' ? len + 1 : 0;
}

/* Writes template with its placeholders replaced into filling->text. */
static enum err
fill_text(struct filling *filling, const char *template)
{
	enum err err = ERR_OK;

	buf_clear(&filling->text);
	while (err == ERR_OK && *template != '\0') {
		size_t len = placeholder_len(template);
		char name[256];

		if (len == 0 || len - 2 >= sizeof name) {
			err = buf_add(&filling->text, template, 1);
			template ++;
			continue;
		}
		memcpy(name, template + 1, len - 2);
		name[len - 2] = '\0';
		err = add_value(&filling->text, form_find(filling->form, name));
		template += len;
	}
	return err;
}

/* Fills in a text node; its content is text, not markup, to libxml2. */
static enum err
fill_text_node(struct filling *filling, xmlNode *node)
{
	const char *template = (const char *)node->content;
	enum err err;

	if (template == NULL || strchr(template, '{') == NULL)
		return ERR_OK;
	err = fill_text(filling, template);
	if (err == ERR_OK)
		filling->xml->xmlNodeSetContent(
			node, (const xmlChar *)buf_text(&filling->text));
	return err;
}

/* Every text node of a list, of its attributes and of what is below. */
static enum err
fill_nodes(struct filling *filling, xmlNode *node)
{
	enum err err = ERR_OK;

	for (; err == ERR_OK && node != NULL; node = node->next) {
		if (node->type == XML_TEXT_NODE)
			err = fill_text_node(filling, node);
		if (node->type != XML_ELEMENT_NODE)
			continue;
		for (xmlAttr *attribute = node->properties;
			err == ERR_OK && attribute != NULL;
			attribute = attribute->next)
			err = fill_nodes(filling, attribute->children);
		if (err == ERR_OK)
			err = fill_nodes(filling, node->children);
	}
	return err;
}

/* Where libxml2 writes to, and what came of it. */
struct output {
	struct buf *buf;
	enum err err;
};

static int
append(void *context, const char *data, int len)
{
	struct output *output = context;

	if (output->err == ERR_OK)
		output->err = buf_add(output->buf, data, (size_t)len);
	return output->err == ERR_OK ? len : -1;
}

static enum err
write_document(struct buf *out, const struct libxml *xml, xmlDoc *document,
	xmlNode *root)
{
	struct output output = {out, ERR_OK};
	xmlOutputBuffer *buffer =
		xml->xmlOutputBufferCreateIO(append, NULL, &output, NULL);

	if (buffer == NULL)
		return ERR_MEMORY;
	output.err = buf_add_text(out, TWIML_HEAD);
	xml->xmlNodeDumpOutput(buffer, document, root, 0, 0, "UTF-8");
	if (xml->xmlOutputBufferClose(buffer) < 0 && output.err == ERR_OK)
		output.err = ERR_MEMORY;
	if (output.err == ERR_OK)
		output.err = buf_add_text(out, "\n");
	return output.err;
}

/* *root gets the document's <Response>. */
static enum err
check_document(const struct libxml *xml, xmlDoc *document, xmlNode **root,
	struct reason *reason)
{
	*root = xml->xmlDocGetRootElement(document);
	if (document->intSubset != NULL)
		return err_reason(reason, ERR_MALFORMED,
			"the document has a DOCTYPE, which TwiML does not");
	if (*root == NULL ||
		strcmp((const char *)(*root)->name, "Response") != 0)
		return err_reason(reason, ERR_MALFORMED,
			"the document's root is not <Response>");
	return ERR_OK;
}

/* libxml2's own words about why it could not parse. */
static enum err
parse_failure(
	const struct libxml *xml, xmlParserCtxt *parser, struct reason *reason)
{
	const xmlError *error = xml->xmlCtxtGetLastError(parser);

	if (error == NULL || error->message == NULL)
		return err_reason(reason, ERR_MALFORMED,
			"the document is not well-formed XML");
	return err_reason(reason, ERR_MALFORMED,
		"the document is not well-formed XML: line %d: %.*s",
		error->line, (int)strcspn(error->message, "\n"),
		error->message);
}

enum err
twiml_fill(struct buf *out, const char *text, size_t len,
	const struct form *form, struct reason *reason)
{
	struct filling filling = {.form = form};
	xmlParserCtxt *parser = NULL;
	xmlDoc *document = NULL;
	xmlNode *root;
	size_t before = out->len;
	enum err err = libxml_load(&filling.xml, reason);

	if (err != ERR_OK)
		return err;
	buf_init(&filling.text, LIMIT_TWIML);
	parser = filling.xml->xmlNewParserCtxt();
	if (parser == NULL) {
		err = err_reason(reason, ERR_MEMORY, "out of memory");
		goto out;
	}
	document = filling.xml->xmlCtxtReadMemory(
		parser, text, (int)len, NULL, NULL, PARSE_OPTIONS);
	if (document == NULL) {
		err = parse_failure(filling.xml, parser, reason);
		goto out;
	}
	err = check_document(filling.xml, document, &root, reason);
	if (err != ERR_OK)
		goto out;
	err = fill_nodes(&filling, root);
	if (err == ERR_OK)
		err = write_document(out, filling.xml, document, root);
	if (err != ERR_OK)
		err = err_reason(
			reason, err, "the answer is %s", err_text(err));
out:
	if (libxml_ran_short())
		err = err_reason(reason, ERR_MEMORY, "out of memory");
	if (err != ERR_OK && out->data != NULL) {
		out->len = before; /* nothing half written */
		out->data[before] = '\0';
	}
	if (document != NULL)
		filling.xml->xmlFreeDoc(document);
	if (parser != NULL)
		filling.xml->xmlFreeParserCtxt(parser);
	buf_free(&filling.text);
	return err;
}

/* The owner's file, filled in.  False if the built-in document is to serve. */
static bool
answer_from_file(struct buf *out, const char *directory, const char *file,
	const struct form *form, const struct log *log)
{
	char path[LIMIT_SETTING + 64];
	struct reason reason = {""};
	struct buf text;
	enum err err;

	(void)snprintf(path, sizeof path, "%s/%s", directory, file);
	buf_init(&text, LIMIT_TWIML);
	errno = 0;
	err = file_read(&text, path, &reason);
	if (err != ERR_OK && errno == ENOENT) {
		log_line(log, LOG_DEBUG, "there is no reply file \"%s\"", path);
		goto out;
	}
	if (err == ERR_OK)
		err = twiml_fill(out, buf_text(&text), text.len, form, &reason);
	if (err != ERR_OK)
		log_line(log, LOG_ERROR,
			"reply file \"%s\" is not used, the default answer "
			"is: %s",
			path, reason.text);
out:
	buf_free(&text);
	return err == ERR_OK;
}

const struct twiml_reply *
twiml_choose(const struct twiml_reply *replies, const struct form *form)
{
	while (replies->parameter != NULL &&
		form_find(form, replies->parameter) == NULL)
		replies++;
	return replies;
}

const char *
twiml_answer(struct buf *out, const struct twiml_reply *reply,
	const char *directory, const struct form *form, const struct log *log)
{
	if (directory != NULL &&
		answer_from_file(out, directory, reply->file, form, log))
		return buf_text(out);
	return reply->otherwise;
}
