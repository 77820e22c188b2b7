#!/bin/sh
# scripts/lib.sh installs packages and leaves no trace of how: what holds
# services down meanwhile goes away again, also when it is interrupted;
# servers that it brought are disabled, and others left alone.  Debian's
# commands are stubs here, and their files lie in a directory of our own.
#
# environment: HOOKSWITCH_SOURCE

cd "${HOOKSWITCH_SOURCE:-.}" || exit 1

# A signal that was ignored when a shell started stays ignored, as SIGINT is
# for a command in the background: then there would be nothing to see.
if ! env --default-signal=HUP,INT,TERM true 2>/dev/null; then
	echo "env has no --default-signal"
	exit 77
fi

WORK=$(mktemp -d) || exit 1
export WORK
trap 'rm -rf "$WORK"' EXIT
trap 'exit 1' HUP INT TERM
status=0

wrong() {
	echo "$shell, $case: $*"
	status=1
}

# stub NAME: a command that does what stdin says.
stub() {
	{
		echo '#!/bin/sh'
		cat
	} >"$WORK/bin/$1"
	chmod 755 "$WORK/bin/$1"
}

mkdir "$WORK/bin"
echo 'echo 0' | stub id
stub dpkg-query <<'END'
for name; do :; done
grep -qx "$name" "$WORK/installed" && echo installed
END
stub apt-get <<'END'
case " $* " in *" install "*) ;; *) exit 0 ;; esac
[ -e "$WORK/no-cluster.conf" ] || echo "a cluster would be made" >>"$WORK/said"
"$WORK/policy-rc.d"
[ $? -eq 101 ] || echo "services would be started" >>"$WORK/said"
for name; do echo "$name"; done |
	grep -v -e '^-' -e '^install$' >>"$WORK/installed"
[ -z "$SIGNAL" ] || kill -s "$SIGNAL" "$PPID"
exit "$RESULT"
END
for name in update-rc.d a2dismod; do
	echo 'echo "${0##*/} $*" >>"$WORK/said"' | stub $name
done
cat >"$WORK/run" <<'END'
set -eu
. scripts/lib.sh
policy=$WORK/policy-rc.d
no_cluster=$WORK/no-cluster.conf
unique_id=$WORK/unique_id.load
install_packages "$@" >/dev/null
END

# expect CASE SIGNAL RESULT STATUS PACKAGE...: the exit status of installing
# them, apt-get sending SIGNAL to the shell and ending with RESULT.
expect() {
	case=$1
	SIGNAL=$2
	RESULT=$3
	export SIGNAL RESULT
	expected=$4
	shift 4
	: >"$WORK/said"
	PATH=$WORK/bin:$PATH env --default-signal=HUP,INT,TERM \
		"$shell" "$WORK/run" "$@"
	result=$?
	[ $result -eq "$expected" ] || wrong "exit status $result, not $expected"
	[ ! -e "$WORK/no-cluster.conf" ] || wrong "no-cluster.conf is left"
	rm -f "$WORK/no-cluster.conf"
}

no_policy() {
	[ ! -e "$WORK/policy-rc.d" ] || wrong "policy-rc.d is left"
	rm -f "$WORK/policy-rc.d"
}

# said LINE...: the stubs were told exactly this.
said() {
	for line; do echo "$line"; done | cmp -s - "$WORK/said" ||
		wrong "not as expected: $(cat "$WORK/said")"
}

none_was_there() {
	: >"$WORK/installed"
	expect "$@" gcc postgresql-common lighttpd apache2 libapache2-mod-fcgid \
		libapache2-mod-security2 php8.2-fpm
	no_policy
	said 'update-rc.d postgresql disable' 'update-rc.d lighttpd disable' \
		'update-rc.d apache2 disable' 'a2dismod -q fcgid' \
		'a2dismod -q security2 unique_id' 'update-rc.d php8.2-fpm disable'
}

some_were_there() {
	printf '%s\n' apache2 postgresql-common >"$WORK/installed"
	expect "some were there" '' 0 0 \
		postgresql-common lighttpd apache2 libapache2-mod-fcgid
	no_policy
	said 'update-rc.d lighttpd disable' 'a2dismod -q fcgid'
}

module_was_there() {
	touch "$WORK/unique_id.load"
	: >"$WORK/installed"
	expect "unique_id was there" '' 0 0 libapache2-mod-security2
	no_policy
	said 'a2dismod -q security2'
	rm "$WORK/unique_id.load"
}

policy_was_there() {
	printf '#!/bin/sh\nexit 101 # theirs\n' >"$WORK/policy-rc.d"
	chmod 755 "$WORK/policy-rc.d"
	: >"$WORK/installed"
	expect "policy was there" INT 0 130 lighttpd
	said 'update-rc.d lighttpd disable'
	grep -qs theirs "$WORK/policy-rc.d" || wrong "their policy-rc.d is gone"
	rm -f "$WORK/policy-rc.d"
}

for shell in sh dash bash; do
	command -v $shell >/dev/null || continue
	none_was_there "all goes well" '' 0 0
	none_was_there "apt-get fails" '' 100 100
	for signal in HUP INT TERM; do
		none_was_there "interrupted by $signal" $signal 0 130
	done
	some_were_there
	module_was_there
	policy_was_there
done
exit $status
