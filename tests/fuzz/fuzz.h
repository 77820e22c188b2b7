#ifndef HOOKSWITCH_FUZZ_H
#define HOOKSWITCH_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/*
 * A fuzz target.  libFuzzer calls it with inputs of its own making
 * (configure --enable-fuzzing); replay.c calls it with each file of the
 * corpus, in make check, with any compiler.  A target ends the process when
 * what it checks does not hold.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process unless the condition holds. */
#define FUZZ_REQUIRE(condition)                                                \
	do {                                                                   \
		if (!(condition))                                              \
			__builtin_trap();                                      \
	} while (0)

#endif
