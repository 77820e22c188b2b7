#!/bin/sh
# The page in console/: what others wrote is never read as markup, nothing is
# fetched from another host, no script or style stands inline, its policy says
# the same in each place, and each of its files is installed.

cd "${HOOKSWITCH_SOURCE:-.}" || exit 1
status=0

wrong() {
	echo "$*"
	status=1
}

# none WHAT PATTERN FILE...: no line matches, comments apart.
none() {
	what=$1
	pattern=$2
	shift 2
	found=$(grep -nE -- "$pattern" "$@" /dev/null |
		grep -vE -e '^[^:]+:[0-9]+:[[:space:]]*(//|\*)' -e '= "http://www\.w3\.org/2000/svg";$')
	[ -z "$found" ] || wrong "$what:
$found"
}

none "text is to be set as text" \
	'(inner|outer)HTML|insertAdjacentHTML|document\.write|setHTML|srcdoc|DOMParser|createContextualFragment|parseFromString' \
	console/*.js
none "no text is to be run" '\beval\(|new Function|javascript:|set(Timeout|Interval)\("' \
	console/*.js console/*.html
none "no other host" '(https?:)?//[a-z0-9]' console/*.html console/*.css
none "no other host" '["`'\''](https?:)?//' console/*.js
none "nothing fetched by the style" 'url\(|@import' console/*.css
none "no inline script or style" '<script>|<style|[[:space:]](on[a-z]+|style)=' console/*.html
none "no inline style" '"style"' console/*.js

# policy FILE: its Content-Security-Policy, alone.
policy() {
	grep -v '^[[:space:]]*#' "$1" |
		grep -oE "default-src 'none'[^\"]*" | head -n 1
}

page=$(policy console/index.html)
[ -n "$page" ] || wrong "console/index.html: no Content-Security-Policy"
for file in apache/console.htaccess lighttpd/hookswitch.conf; do
	# A page cannot say in itself who may put it into a frame.
	[ "$(policy "$file")" = "$page; frame-ancestors 'none'" ] ||
		wrong "$file: another Content-Security-Policy than console/index.html"
done

for file in console/*.html console/*.css console/*.js console/*.svg; do
	grep -q "^	$file\( \\\\\)\{0,1\}$" Makefile.am ||
		wrong "$file: not installed by Makefile.am"
done
exit $status
