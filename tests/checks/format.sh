#!/bin/sh
# Every .c and .h is as clang-format writes it.  Other versions than the one
# that the tree was formatted with lay tables out in another way.

version=14
cd "${HOOKSWITCH_SOURCE:-.}" || exit 1

for candidate in "$CLANG_FORMAT" clang-format-$version clang-format; do
	case $("${candidate:-false}" --version 2>/dev/null) in
	*" version $version."*)
		directories=
		for directory in src cgi-bin cli tests; do
			[ -d $directory ] && directories="$directories $directory"
		done
		# In a build within the source tree these are made.
		find $directories -name '*.[ch]' ! -name 'statements.[ch]' \
			! -name 'reads.[ch]' ! -name 'queries.[ch]' \
			! -name shipped_files.c -exec \
			"$candidate" --dry-run -Werror {} +
		exit
		;;
	esac
done
echo "there is no clang-format $version"
exit 77
