/*
 * Runs a fuzz target over the files named on the command line.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "buf.h"
#include "file.h"
#include "fuzz.h"

#define LIMIT_INPUT (1024 * 1024)

int
main(int argc, char *argv[])
{
	struct reason reason = {""};
	struct buf input;

	buf_init(&input, LIMIT_INPUT);
	printf("1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++) {
		buf_clear(&input);
		if (file_read(&input, argv[i], &reason) != ERR_OK) {
			printf("Bail out! %s\n", reason.text);
			return EXIT_FAILURE;
		}
		(void)LLVMFuzzerTestOneInput(
			(const uint8_t *)buf_text(&input), input.len);
		printf("ok %d - %s\n", i, argv[i]);
	}
	buf_free(&input);
	return EXIT_SUCCESS;
}
