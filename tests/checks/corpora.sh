#!/bin/sh
# Runs each fuzz target over its corpus; a target that does not like what it
# sees ends with a signal.
#
# environment: HOOKSWITCH_SOURCE, HOOKSWITCH_BUILD
set -eu

for corpus in "$HOOKSWITCH_SOURCE"/tests/corpus/*/; do
	name=$(basename "$corpus")
	echo "$name"
	"$HOOKSWITCH_BUILD/tests/fuzz/fuzz_$name" "$corpus"*
done
