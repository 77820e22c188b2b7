#!/bin/sh
# Each third-party header is included by exactly one module of src/, where a
# module is NAME.c and NAME.h, and libcurl's by one of cli/; and what is below
# request.h and spool.h only request*.c and spool*.c look at.  What has been
# built links no more than that: libcurl is the command's alone.
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

# One of these headers for exactly one module: $1 library, $2 expression,
# $3 the directory of the module, src unless given.
one_module() {
	place=${3:-src}
	modules=$(includers "$2" src/*.[ch] cgi-bin/*.[ch] cli/*.[ch] |
		sed 's,\.[ch]$,,' | sort -u)
	n=$(printf '%s\n' "$modules" | grep -c .)
	if [ "$n" -ne 1 ] || [ "${modules%/*}" != "$place" ]; then
		echo "$1: included by $n modules, not by one of $place/:" $modules
		status=1
	fi
}

one_module libfcgi 'fcgi[a-z_]*\.h'
one_module libpq '(postgresql/)?(libpq-|libpq/|pg_config|postgres)'
one_module OpenSSL 'openssl/'
one_module libxml2 '(libxml2/)?libxml/'
one_module jansson 'jansson\.h'
one_module libcurl 'curl/' cli

# What only the modules of a family look at: $1 header, $2 the family's names.
only_family() {
	wrong=$(includers "$1\.h" src/*.[ch] cgi-bin/*.[ch] cli/*.[ch] | grep -v "^$2[a-z_]*\.c$")
	if [ -n "$wrong" ]; then
		echo "$1.h: included by others than $2*.c:" $wrong
		status=1
	fi
}

only_family transport src/request
only_family spool_file src/spool
only_family spool_folder src/spool

for program in "${HOOKSWITCH_BUILD:-.}"/*.fcgi; do
	if [ -f "$program" ] && ${OBJDUMP:-objdump} -p "$program" |
		grep 'NEEDED.*libcurl'; then
		echo "$program: links libcurl"
		status=1
	fi
done
exit $status
