#!/bin/sh
# The manual pages: without fault for mandoc, and complete.  Prints what is
# missing.
set -eu

cd "${HOOKSWITCH_SOURCE:-.}"
command_page=man/hookswitch.1
settings_page=man/hookswitch.conf.5
endpoints_page=man/hookswitch-endpoints.8

if ! command -v mandoc >/dev/null; then
	echo "mandoc is missing"
	exit 77
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0

# words FILE...: every word of letters, digits and "_", once.
words() {
	cat "$@" | tr -cs 'A-Za-z0-9_' '\n' | LC_ALL=C sort -u
}

# missing TEXT LEFT RIGHT: fails for each line of LEFT that RIGHT lacks.
missing() {
	LC_ALL=C comm -23 "$2" "$3" >"$scratch/missing"
	if [ -s "$scratch/missing" ]; then
		sed "s|^|$1: |" "$scratch/missing"
		status=1
	fi
}

# An empty list would agree with anything.
filled() {
	if [ ! -s "$1" ]; then
		echo "found no $2"
		status=1
	fi
}

mandoc -Tlint -W warning man/* || status=1

# Settings: those that settings.c quotes, those with an entry of their own,
# and those that the pages speak of anywhere.
grep -Eo '"(HOOKSWITCH|TWILIO)_[A-Z_]+"' src/settings.c | tr -d '"' |
	LC_ALL=C sort -u >"$scratch/settings"
sed -n 's/^\.It Ev //p' "$settings_page" | LC_ALL=C sort -u >"$scratch/entries"
words man/* | grep -E '^(HOOKSWITCH|TWILIO)_' >"$scratch/named"
filled "$scratch/settings" "settings in src/settings.c"
missing "no entry in $settings_page" "$scratch/settings" "$scratch/entries"
missing "not in src/settings.c" "$scratch/entries" "$scratch/settings"
missing "not in src/settings.c" "$scratch/named" "$scratch/settings"

# Webhook parameters: ":Name::type" with a capital letter.
cat sql/statements/*.sql | grep -Eo ':[A-Z][A-Za-z0-9]*::' | tr -d ':' |
	LC_ALL=C sort -u >"$scratch/parameters"
words "$endpoints_page" >"$scratch/described"
filled "$scratch/parameters" "parameters in sql/statements"
missing "not in $endpoints_page" "$scratch/parameters" "$scratch/described"

# The command: the names of its commands, and the long options that cli/*.[ch]
# have in their tables or compare with; each has an entry of its own.
sed -n '/^const struct command /,/^};/s/^\t\.name = "\([a-z-]*\)",$/\1/p' cli/*.c |
	LC_ALL=C sort -u >"$scratch/commands"
sed -n 's/^\.It Cm \([a-z-]*\).*/\1/p' "$command_page" |
	LC_ALL=C sort -u >"$scratch/command-entries"
filled "$scratch/commands" "commands in cli/*.c"
missing "no entry in $command_page" \
	"$scratch/commands" "$scratch/command-entries"
missing "no command in cli/*.c" \
	"$scratch/command-entries" "$scratch/commands"

cat cli/*.[ch] | tr '\n\t' '  ' >"$scratch/cli"
{
	grep -Eo '_OPTION\( *"[a-z-]+"' "$scratch/cli" |
		sed 's/^[^"]*"\([^"]*\)".*/\1/'
	grep -Eo '"--[a-z-]+"' "$scratch/cli" | sed 's/"--\(.*\)"/\1/'
} | LC_ALL=C sort -u >"$scratch/options"
sed -n 's/^\.It Fl -*\([a-z][a-z-]*\).*/\1/p' "$command_page" |
	LC_ALL=C sort -u >"$scratch/option-entries"
filled "$scratch/options" "options in cli/*.c"
missing "no entry in $command_page" \
	"$scratch/options" "$scratch/option-entries"
missing "no option in cli/*.c" "$scratch/option-entries" "$scratch/options"

exit $status
