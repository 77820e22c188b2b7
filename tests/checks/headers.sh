#!/bin/sh
# Each header compiles alone, after config.h as in every .c, and twice.
# CC and CPPFLAGS are the build's; HOOKSWITCH_BUILD is where config.h is.

cd "${HOOKSWITCH_SOURCE:-.}" || exit 1
build=${HOOKSWITCH_BUILD:-.}
if [ ! -f "$build/config.h" ]; then
	echo "there is no config.h in $build; set HOOKSWITCH_BUILD"
	exit 1
fi
status=0

for header in src/*.h cgi-bin/*.h cli/*.h; do
	name=${header##*/}
	# $CC and $CPPFLAGS hold several words.
	if ! printf '#include "config.h"\n#include "%s"\n#include "%s"\n' \
		"$name" "$name" |
		${CC:-cc} $CPPFLAGS -I"$build" -I"$build/src" -Isrc -Icgi-bin -Icli \
			-std=c11 -Wall -Wextra -Werror -fsyntax-only -x c -; then
		echo "$header: does not compile alone"
		status=1
	fi
done
exit $status
