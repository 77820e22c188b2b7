#ifndef HOOKSWITCH_BYTE_RANGE_H
#define HOOKSWITCH_BYTE_RANGE_H

/*
 * Which part of a file a client wants: the header Range (RFC 9110, 14).
 */

enum byte_range {
	BYTE_RANGE_WHOLE, /* all of it */
	BYTE_RANGE_PART,
	BYTE_RANGE_NONE, /* a part that the file does not have */
};

/*
 * Reads the header's value, NULL for none, of a file of size bytes.  *first
 * and *len get what is to be sent: of BYTE_RANGE_NONE nothing, and of
 * BYTE_RANGE_PART at least one byte.  What is no range of bytes, or several at
 * a time, counts as no header, as a server may have it.
 */
enum byte_range byte_range_read(const char *header, unsigned long long size,
	unsigned long long *first, unsigned long long *len);

#endif
