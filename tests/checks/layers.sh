#!/bin/sh
# Each third-party header is included by exactly one module of src/, where a
# module is NAME.c and NAME.h; and only request*.c look below request.h.

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
	modules=$(includers "$2" src/*.[ch] | sed 's,^src/,,; s,\.[ch]$,,' | sort -u)
	n=$(printf '%s\n' "$modules" | grep -c .)
	if [ "$n" -ne 1 ]; then
		echo "$1: included by $n modules of src/, not by one:" $modules
		status=1
	fi
	others=$(includers "$2" cgi-bin/*.[ch] cli/*.[ch])
	if [ -n "$others" ]; then
		echo "$1: included outside of src/:" $others
		status=1
	fi
}

one_module libfcgi 'fcgi[a-z_]*\.h'
one_module libpq '(postgresql/)?(libpq-|libpq/|pg_config|postgres)'
one_module OpenSSL 'openssl/'
one_module libxml2 '(libxml2/)?libxml/'
one_module jansson 'jansson\.h'

wrong=$(includers 'transport\.h' src/*.[ch] cgi-bin/*.[ch] cli/*.[ch] | grep -v '^src/request[a-z_]*\.c$')
if [ -n "$wrong" ]; then
	echo "transport.h: included by others than src/request*.c:" $wrong
	status=1
fi
exit $status
