# Turns the SQL files given as arguments into C: for each NAME.sql a "const
# struct statement statement_NAME" (src/statement.h), or with -v kind=query a
# query_NAME, with -v kind=read a read_NAME.  ":Name::type" becomes "$n"; the
# same name is the same n.  Comments are left out.  With -v header=1 only the
# declarations are written.

function fail(text) {
	printf "%s: %s\n", FILENAME, text > "/dev/stderr"
	failed = 1
	exit 1
}

function c_type(type) {
	if (type ~ /^varchar\([0-9]+\)$/)
		return "SQL_VARCHAR"
	if (type !~ /^(text|integer|bigint|timestamptz|jsonb|bytea)$/)
		fail("type " type " is not one that src/statement.h knows")
	return "SQL_" toupper(type)
}

# The number of the placeholder ":name::type".
function placeholder(name, type,    length_text) {
	if (name in number) {
		if (types[number[name]] != type)
			fail(":" name " is used with two types")
		return number[name]
	}
	number[name] = ++n
	if (n > 32)
		fail("more than 32 parameters (STATEMENT_PLACEHOLDERS)")
	names[n] = name
	types[n] = type
	length_text = type
	gsub(/[^0-9]/, "", length_text)
	lengths[n] = length_text == "" ? 0 : length_text
	return n
}

# Replaces the placeholders of one line.
function translate(line,    out, token, colon) {
	out = ""
	while (match(line, /:[A-Za-z_][A-Za-z0-9_]*::[a-z]+(\([0-9]+\))?/)) {
		token = substr(line, RSTART + 1, RLENGTH - 1)
		colon = index(token, "::")
		out = out substr(line, 1, RSTART - 1) "$" \
			placeholder(substr(token, 1, colon - 1), substr(token, colon + 2)) \
			"::" substr(token, colon + 2)
		line = substr(line, RSTART + RLENGTH)
		if (line ~ /^[A-Za-z0-9_[(]/)
			fail("a type that src/statement.h does not know: " token line)
	}
	if (line ~ /(^|[^:]):[A-Za-z_]/ || out ~ /(^|[^:]):[A-Za-z_]/)
		fail("a parameter without a type: " line)
	return out line
}

# The text inside a C string, a line for each of its lines.  Not with gsub:
# awks differ in what a backslash means there.
function quoted(text,    out, i, c) {
	out = ""
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == "\n")
			out = out "\\n\"\n\t\t\""
		else
			out = out (c == "\\" || c == "\"" ? "\\" : "") c
	}
	return out
}

# Whether the statement does nothing but ask for the answer to a request: by its
# name.
function is_reply() {
	return name ~ /_reply$/
}

# Whether the statement's result is wanted.  One that selects from nothing
# calls a function only for what that does.
function is_query() {
	return sql !~ /(^|[ \n(])(INSERT|UPDATE|DELETE)[ \n]/ && sql ~ /[ \n]FROM[ \n]/
}

function finish(    i) {
	if (name == "")
		return
	sub(/;[ \n]*$/, "", sql)
	if (sql ~ /;/)
		fail("more than one statement")
	if (header) {
		printf "extern const struct statement %s_%s;\n", kind, name
		return
	}
	if (n > 0) {
		printf "\nstatic const struct placeholder placeholders_%s[] = {\n", name
		for (i = 1; i <= n; i++)
			printf "\t{\"%s\", %s, %d},\n", names[i], c_type(types[i]), lengths[i]
		print "};"
	}
	printf "\nconst struct statement %s_%s = {\n", kind, name
	printf "\t.name = \"%s\",\n\t.sql = \"%s\",\n", name, quoted(sql)
	if (n > 0)
		printf "\t.placeholders = placeholders_%s,\n\t.n = %d,\n", name, n
	printf "\t.is_query = %s,\n", is_query() ? "true" : "false"
	printf "\t.is_reply = %s,\n};\n", is_reply() ? "true" : "false"
}

BEGIN {
	if (kind == "")
		kind = "statement"
	plural = kind == "query" ? "queries" : kind "s"
	guard = "HOOKSWITCH_" toupper(plural) "_H"
	print "/* Made from SQL by sql/embed.awk. */"
	if (header)
		print "#ifndef " guard "\n#define " guard "\n\n#include \"statement.h\"\n"
	else
		print "#include \"config.h\"\n\n#include \"" plural ".h\""
}

FNR == 1 {
	finish()
	name = FILENAME
	sub(/^.*\//, "", name)
	sub(/\.sql$/, "", name)
	sql = ""
	n = 0
	split("", number)
}

{
	sub(/[ \t]*--.*$/, "")
	sub(/^[ \t]+/, "")
	if ($0 != "")
		sql = sql (sql == "" ? "" : "\n") translate($0)
}

END {
	if (!failed) {
		finish()
		if (header)
			print "\n#endif"
	}
}
