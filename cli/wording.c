#include "config.h"

#include "wording.h"

#include <ctype.h>

char
wording_first(const char *sentence)
{
	unsigned char first = (unsigned char)sentence[0];

	if (first == '\0' || isupper((unsigned char)sentence[1]))
		return sentence[0];
	return (char)tolower(first);
}
