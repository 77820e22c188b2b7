#!/bin/sh
# Each third-party header is included by exactly one module of src/, where a
# module is NAME.c and NAME.h, and libcurl's by cli/http*.c alone and the
# headers that only they look at.  What is below request.h and spool.h only
# request*.c and spool*.c look at.  What has been built links no more than that:
# libcurl is the command's alone.
#
# environment: HOOKSWITCH_BUILD

cd "${HOOKSWITCH_SOURCE:-.}" || exit 1
status=0

# Prints the files among the arguments after the first that include it.
includers() {
	pattern=$1
	shift
	grep -lE "^[[:blank:]]*#[[:blank:]]*include[[:blank:]]*[<\"]($pattern)" "$@"
}

# One of these headers for exactly one module: $1 library, $2 expression.
one_module() {
	modules=$(includers "$2" src/*.[ch] cgi-bin/*.[ch] cli/*.[ch] |
		sed 's,\.[ch]$,,' | sort -u)
	n=$(printf '%s\n' "$modules" | grep -c .)
	if [ "$n" -ne 1 ] || [ "${modules%/*}" != src ]; then
		echo "$1: included by $n modules, not by one of src/:" $modules
		status=1
	fi
}

one_module libfcgi 'fcgi[a-z_]*\.h'
one_module libpq '(postgresql/)?(libpq-|libpq/|pg_config|postgres)'
one_module OpenSSL 'openssl/'
one_module libxml2 '(libxml2/)?libxml/'
one_module jansson 'jansson\.h'

# What only the .c of a family look at: $1 header, as an expression, $2 the
# family, $3 headers that may, too, as an expression.
only_family() {
	wrong=$(includers "$1" src/*.[ch] cgi-bin/*.[ch] cli/*.[ch] |
		grep -vE "^($2[a-z_]*\.c${3:+|$3})$")
	if [ -n "$wrong" ]; then
		echo "$1: included by others than $2*.c:" $wrong
		status=1
	fi
}

only_family 'transport\.h' src/request
only_family 'spool_(file|folder)\.h' src/spool
only_family 'curl/' cli/http 'cli/http_(transfer|trouble|url)\.h'
only_family 'http_(transfer|trouble|url)\.h' cli/http

for program in "${HOOKSWITCH_BUILD:-.}"/*.fcgi; do
	if [ -f "$program" ] && ${OBJDUMP:-objdump} -p "$program" |
		grep 'NEEDED.*libcurl'; then
		echo "$program: links libcurl"
		status=1
	fi
done
exit $status
