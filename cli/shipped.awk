# Turns the files given as arguments into C: for each DIRECTORY/NAME an array
# of its lines, shipped_DIRECTORY_NAME (cli/shipped.h).  Lines, since C has a
# limit on how long a string may be.

# The text inside a C string.  Not with gsub: awks differ in what a backslash
# means there.
function quoted(text,    out, i, c) {
	out = ""
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		out = out (c == "\\" || c == "\"" ? "\\" : "") c
	}
	return out
}

function finish() {
	if (name != "")
		print "\tNULL,\n};"
}

BEGIN {
	print "/* Made by cli/shipped.awk. */"
	print "#include \"config.h\"\n\n#include \"shipped.h\"\n\n#include <stddef.h>"
}

FNR == 1 {
	finish()
	name = FILENAME
	gsub(/[^A-Za-z0-9]/, "_", name)
	printf "\nconst char *const shipped_%s[] = {\n", name
}

{
	printf "\t\"%s\\n\",\n", quoted($0)
}

END {
	finish()
}
