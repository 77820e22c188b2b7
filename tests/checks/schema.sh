#!/bin/sh
# src/schema.h has the number of the newest migration, and install.sql applies
# every one of them.

cd "${HOOKSWITCH_SOURCE:-.}" || exit 1
newest=$(ls sql/migrations | sed -n 's/^0*\([0-9]*\)-.*\.sql$/\1/p' | sort -n | tail -1)
status=0

if ! grep -qx "#define SCHEMA_VERSION \"$newest\"" src/schema.h; then
	echo "the newest migration is $newest, and src/schema.h says:"
	grep SCHEMA_VERSION src/schema.h
	status=1
fi
for migration in sql/migrations/*.sql; do
	if ! grep -qF "\\ir ${migration#sql/}" sql/install.sql; then
		echo "$migration: sql/install.sql does not run it"
		status=1
	fi
done
exit $status
