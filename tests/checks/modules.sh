#!/bin/sh
# The page's modules that need no browser, by Node.js where there is one.

cd "${HOOKSWITCH_SOURCE:-.}" || exit 1
major=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p')
if [ "${major:-0}" -lt 18 ]; then
	echo "Node.js 18 or later is missing"
	exit 77
fi
exec node --test tests/console/*.test.js
