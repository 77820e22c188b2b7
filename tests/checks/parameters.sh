#!/bin/sh
# The parameters of sql/statements/: each is one that Twilio sends (a
# misspelt one would be NULL for ever, and nobody would notice), with one
# type; and sql/embed.awk takes what it should and refuses what it should.

cd "${HOOKSWITCH_SOURCE:-.}" || exit 1
known=tests/checks/parameters.txt
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
status=0

wrong() {
	echo "$*"
	status=1
}

# ":Name::type" of every statement, without comments.
sed 's/--.*//' sql/statements/*.sql |
	grep -oE ':[A-Za-z_][A-Za-z0-9_]*::[a-z]+(\([0-9]+\))?' |
	sort -u >"$work/used"
[ -s "$work/used" ] || wrong "no parameters in sql/statements/"
sed 's/^:\(.*\)::.*/\1/' "$work/used" | uniq -d >"$work/twice"
while read -r name; do
	wrong ":$name has different types in different statements"
done <"$work/twice"
sed 's/^:\(.*\)::.*/\1/' "$work/used" | grep '^[A-Z]' | sort -u >"$work/names"
while read -r name; do
	grep -qxF "$name" $known || wrong ":$name is not in $known"
done <"$work/names"

# Runs embed.awk under the awk at hand: output in out, messages in err.
embed() {
	$awk "$@" >"$work/out" 2>"$work/err"
}

accepts() {
	printf '%s\n' "$2" >"$work/sample.sql"
	if ! embed -f sql/embed.awk "$work/sample.sql"; then
		wrong "$awk: refused, but should not be: $1"
		cat "$work/err"
	elif [ -n "$3" ] && ! grep -qF -- "$3" "$work/out"; then
		wrong "$awk: $1: the output has no $3"
		cat "$work/out"
	fi
}

refuses() {
	printf '%s\n' "$2" >"$work/sample.sql"
	if embed -f sql/embed.awk "$work/sample.sql"; then
		wrong "$awk: accepted, but should not be: $1"
	elif ! grep -qF "$work/sample.sql" "$work/err"; then
		wrong "$awk: $1: the message does not name the file"
		cat "$work/err"
	fi
}

# "SELECT :P1::text, ... :Pn::text;"
many() {
	i=1
	list=:P1::text
	while [ $i -lt "$1" ]; do
		i=$((i + 1))
		list="$list, :P$i::text"
	done
	echo "SELECT $list;"
}

ours() {
	embed -f sql/embed.awk sql/statements/*.sql ||
		wrong "$awk: refused sql/statements/: $(cat "$work/err")"
	set -- sql/statements/*.sql
	n=$(grep -c '^const struct statement statement_[a-z_]* = {$' "$work/out")
	[ "$n" -eq $# ] || wrong "$awk: $n definitions of $# statements"
	embed -v header=1 -f sql/embed.awk "$@" ||
		wrong "$awk: refused sql/statements/ for the header"
	n=$(grep -c '^extern const struct statement statement_[a-z_]*;$' "$work/out")
	[ "$n" -eq $# ] || wrong "$awk: $n declarations of $# statements"
	embed -v kind=query -f sql/embed.awk sql/commands/*.sql ||
		wrong "$awk: refused sql/commands/: $(cat "$work/err")"
	set -- sql/commands/*.sql
	n=$(grep -c '^const struct statement query_[a-z_]* = {$' "$work/out")
	[ "$n" -eq $# ] || wrong "$awk: $n definitions of $# queries"
}

taken() {
	accepts "one parameter" 'SELECT :A::text;' '.sql = "SELECT $1::text",'
	accepts "no semicolon" 'SELECT :A::text' '.sql = "SELECT $1::text",'
	accepts "its placeholder" 'SELECT :A::text;' '{"A", SQL_TEXT, 0},'
	accepts "a parameter used twice" 'SELECT :A::text, :B::text, :A::text;' \
		'"SELECT $1::text, $2::text, $1::text"'
	accepts "a length" 'SELECT :A::varchar(255);' '{"A", SQL_VARCHAR, 255},'
	accepts "an integer" 'SELECT :A::integer;' '{"A", SQL_INTEGER, 0},'
	accepts "a bigint" 'SELECT :A::bigint;' '{"A", SQL_BIGINT, 0},'
	accepts "a time" 'SELECT :A::timestamptz;' '{"A", SQL_TIMESTAMPTZ, 0},'
	accepts "JSON" 'SELECT :A::jsonb;' '{"A", SQL_JSONB, 0},'
	accepts "bytes" 'SELECT :A::bytea;' '{"A", SQL_BYTEA, 0},'
	accepts "another cast" 'SELECT a::uuid, :A::text;' '"SELECT a::uuid, $1::text"'
	accepts "a cast of a parameter" 'SELECT :A::text::uuid;' '"SELECT $1::text::uuid"'
	accepts "a comment" '-- :B; here
SELECT :A::text; -- and :C' '"SELECT $1::text"'
	accepts "two lines" 'SELECT
    :A::text;' '"SELECT\n"'
	accepts "a quote" 'SELECT "a", :A::text;' '"SELECT \"a\", $1::text"'
	accepts "a backslash" "SELECT '\\d', :A::text;" '\\d'
	accepts "a query" 'SELECT a FROM b WHERE c = :A::text;' '.is_query = true,'
	accepts "a call for what it does" 'SELECT f(:A::text);' '.is_query = false,'
	accepts "a write" 'INSERT INTO a SELECT b FROM c;' '.is_query = false,'
	accepts "32 parameters" "$(many 32)" '$32::text'
}

refused() {
	refuses "a parameter without a type" 'SELECT :A;'
	refuses "a parameter without a type at the start" ':A'
	refuses "a parameter without a type after others" 'SELECT :A::text, :B;'
	refuses "a parameter without a type before others" 'SELECT :B, :A::text;'
	refuses "a parameter without a type in a call" 'SELECT f(:A);'
	refuses "a blank before the type" 'SELECT :A ::text;'
	refuses "a type in capitals" 'SELECT :A::TEXT;'
	refuses "two types for one name" 'SELECT :A::text, :A::integer;'
	refuses "two types for one name on two lines" 'SELECT :A::text,
:A::integer;'
	refuses "two lengths for one name" 'SELECT :A::varchar(1), :A::varchar(2);'
	refuses "two statements" 'SELECT :A::text; SELECT 2;'
	refuses "two statements on two lines" 'SELECT :A::text;
SELECT 2;'
	refuses "an unknown type" 'SELECT :A::uuid;'
	refuses "a type that only begins like one" 'SELECT :A::textual;'
	refuses "a length where there is none" 'SELECT :A::text(5);'
	refuses "33 parameters" "$(many 33)"
	refuses "a varchar without a length" 'SELECT :A::varchar;'
	refuses "a type that begins like varchar" 'SELECT :A::varchars(3);'
}

# Numbers and types of one file mean nothing to the next.
apart() {
	echo 'SELECT :A::text;' >"$work/one.sql"
	echo 'SELECT :B::text, :A::integer;' >"$work/two.sql"
	if ! embed -f sql/embed.awk "$work/one.sql" "$work/two.sql"; then
		wrong "$awk: refused two files: $(cat "$work/err")"
	elif ! grep -qF '"SELECT $1::text, $2::integer"' "$work/out"; then
		wrong "$awk: the second file does not begin with \$1"
	fi
	echo 'SELECT :A;' >"$work/one.sql"
	if embed -f sql/embed.awk "$work/one.sql" "$work/two.sql"; then
		wrong "$awk: accepted a bad file before a good one"
	fi
}

found=
for awk in "$AWK" gawk mawk awk; do
	[ -n "$awk" ] && command -v "${awk%% *}" >/dev/null || continue
	case " $found " in *" $awk "*) continue ;; esac
	found="$found $awk"
	ours
	taken
	refused
	apart
done
if [ -z "$found" ]; then
	echo "there is no awk"
	exit 77
fi
exit $status
