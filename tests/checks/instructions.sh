#!/bin/sh
# What a request costs the processor between input and output, in instructions
# as valgrind counts them: no more than a tenth above what is recorded in
# tests/bench/instructions.txt.
#
# usage: instructions.sh [record]
#
# With "record", as "make instructions" has it, the file is written anew: in
# the commit that means the change.  The program is compiled with flags of its
# own, and told of a processor without the instructions that not all have, so
# that the same source gives the same figure wherever the compiler and the
# libraries are those that the file names; elsewhere there is nothing to
# compare with.
#
# environment: HOOKSWITCH_BUILD, where config.h and src/statements.c are

cd "${HOOKSWITCH_SOURCE:-.}" || exit 1
build=${HOOKSWITCH_BUILD:-.}
recorded=tests/bench/instructions.txt
requests=100

if [ ! -f "$build/config.h" ]; then
	echo "there is no config.h in $build; set HOOKSWITCH_BUILD"
	exit 1
fi
for tool in gcc valgrind pkg-config; do
	if ! command -v $tool >/dev/null; then
		echo "there is no $tool"
		exit 77
	fi
done
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# minor VERSION: 3.0 of 3.0.19, since a corrected library costs the same.
minor() {
	echo "$1" | cut -d. -f1,2
}

versions() {
	echo "gcc $(gcc -dumpversion | cut -d. -f1)," \
		"$(getconf GNU_LIBC_VERSION)," \
		"libcrypto $(minor "$(pkg-config --modversion libcrypto)")," \
		"jansson $(minor "$(pkg-config --modversion jansson)")," \
		"$(uname -m)"
}

# Those of a build with the defaults.
flags='-std=c11 -O2 -g -DHAVE_CONFIG_H -D_GNU_SOURCE -fstack-protector-strong
	-fstack-clash-protection -fcf-protection=full
	-ftrivial-auto-var-init=zero -fno-strict-overflow
	-fno-delete-null-pointer-checks -fPIE -pie -U_FORTIFY_SOURCE
	-D_FORTIFY_SOURCE=2'
modules='buf digest err form intake json kind opt_out plan row signature
	statement timestamp url utf8'
endpoints='recording sms status video-room voice webhook whatsapp'

compile() {
	sources=
	for module in $modules; do
		sources="$sources src/$module.c"
	done
	for endpoint in $endpoints; do
		sources="$sources cgi-bin/$endpoint.c"
	done
	# shellcheck disable=SC2046,SC2086 # lists of words
	gcc $flags -I"$build" -I"$build/src" -Isrc -Icgi-bin \
		$(pkg-config --cflags libcrypto jansson) -o "$work/instructions" \
		tests/bench/instructions.c $sources "$build/src/statements.c" \
		-l:libjansson.a -l:libcrypto.a
}

# count REQUEST: instructions for each.
count() {
	GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-ERMS OPENSSL_ia32cap=0 \
		valgrind --tool=callgrind --collect-atstart=no \
		--toggle-collect=measured --callgrind-out-file=/dev/null \
		"$work/instructions" "$1" $requests 2>"$work/said" ||
		{ cat "$work/said" >&2; return 1; }
	awk -v n=$requests '/ Collected : / { printf "%d\n", $4 / n }' "$work/said"
}

if [ "$1" != record ] && ! grep -qxF "with $(versions)" $recorded; then
	echo "nothing is recorded for $(versions)"
	exit 77
fi
if ! compile; then
	echo "tests/bench/instructions.c does not compile"
	exit 1
fi

if [ "$1" = record ]; then
	{
		echo "# Instructions for each request; written by \"make instructions\"."
		echo "with $(versions)"
		for request in message call-status; do
			now=$(count $request) || exit 1
			echo "$request $now"
		done
	} >"$work/recorded"
	cat "$work/recorded" && cp "$work/recorded" $recorded
	exit
fi

status=0
for request in message call-status; do
	known=$(awk -v request=$request '$1 == request { print $2 }' $recorded)
	now=$(count $request) || exit 1
	echo "$request: $now instructions, recorded are $known"
	if [ -z "$known" ] || [ "$now" -gt $((known + known / 10)) ]; then
		echo "$request: more than a tenth above what is recorded"
		status=1
	fi
done
exit $status
