# What scripts/demo, scripts/test and scripts/bench share.  Sourced; the caller has "set -eu"
# and stands in the source root.

# say TEXT: what is going on, for whoever is watching.
say() {
	printf '\n== %s\n' "$*"
}

die() {
	printf '%s: %s\n' "$0" "$*" >&2
	exit 1
}

# as_root COMMAND...: as we are if we are root, else through sudo.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

is_installed() {
	dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null |
		grep -qx installed
}

# We want the servers' programs only.  Debian also makes a database cluster,
# starts a server as soon as it is installed and again whenever the system
# does, and switches a module on in an Apache that was there before.  What is
# changed on the system for good is therefore this: the packages are there;
# of those that were not there before, the servers are disabled as with
# "update-rc.d NAME disable", Apache's modules fcgid and security2, and
# unique_id that the latter switches on, as with "a2dismod fcgid", PostgreSQL
# has no cluster "main"; and Debian's name for suexec leads to
# apache2-suexec-custom's (update-alternatives).  Packages that were there
# stay as they were.  These two files exist during the installation:
policy=/usr/sbin/policy-rc.d
no_cluster=/etc/postgresql-common/createcluster.d/hookswitch.conf
# And this one afterwards only if it did before:
unique_id=/etc/apache2/mods-enabled/unique_id.load

keep_services_down() {
	if [ ! -e "$policy" ]; then
		# First, so that an interrupted tee leaves nothing either.
		policy_is_ours=yes
		printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
		as_root chmod 755 "$policy"
	fi
	as_root mkdir -p "${no_cluster%/*}"
	echo 'create_main_cluster = false' | as_root tee "$no_cluster" >/dev/null
}

# disable_new PACKAGE...: where they did get installed.
disable_new() {
	for package; do
		is_installed "$package" || continue
		case $package in
		apache2 | lighttpd | pgbouncer | php8.2-fpm)
			as_root update-rc.d "$package" disable
			;;
		postgresql-common)
			as_root update-rc.d postgresql disable
			;;
		libapache2-mod-fcgid)
			as_root a2dismod -q fcgid
			;;
		libapache2-mod-security2)
			as_root a2dismod -q security2 ${unique_id_if_new:+unique_id}
			;;
		esac || say "could not disable what $package starts" >&2
	done
}

# Undoes keep_services_down; what was installed stays down.  Also the way out
# after an interruption, and not to be interrupted itself.
end_installation() {
	trap '' HUP INT TERM
	if [ "$policy_is_ours" = yes ]; then
		as_root rm -f "$policy"
	fi
	as_root rm -f "$no_cluster"
	# shellcheck disable=SC2086 # a list of names
	disable_new $missing >/dev/null
	trap - EXIT HUP INT TERM
}

# install_packages NAME...: those Debian packages that are not there yet.
install_packages() {
	missing=
	for package; do
		is_installed "$package" || missing="$missing $package"
	done
	if [ -z "$missing" ]; then
		return
	fi
	say "installing$missing"
	if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
		die "needs root or sudo to install:$missing"
	fi
	policy_is_ours=no
	unique_id_if_new=
	[ -e "$unique_id" ] || unique_id_if_new=unique_id
	# A signal alone would end dash without a look at EXIT.
	trap end_installation EXIT
	trap 'exit 130' HUP INT TERM
	keep_services_down
	as_root apt-get -qq update
	# shellcheck disable=SC2086 # a list of names
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
		--no-install-recommends install $missing >/dev/null
	end_installation
}

# What it takes to build, to run the demo's servers, and to run the tests'.
# postgresql-common, which the others would bring, is named because it is
# what starts PostgreSQL: see disable_new.
build_packages='gcc libc6-dev binutils make autoconf automake
	autoconf-archive pkg-config libfcgi-dev libpq-dev libssl-dev
	libxml2-dev libjansson-dev libcurl4-openssl-dev'
demo_packages='postgresql-common postgresql lighttpd python3'
test_packages="$demo_packages spawn-fcgi apache2 libapache2-mod-fcgid
	apache2-suexec-custom python3-pytest python3-pytest-xdist python3-psycopg2
	pgbouncer postgresql-15-pgtap
	libtap-parser-sourcehandler-pgtap-perl
	libcmocka-dev chromium chromium-driver nodejs clang clang-format
	libclang-rt-14-dev valgrind mandoc libapache2-mod-security2
	lighttpd-modules-lua"
# What scripts/bench compares with.  Node.js need not be Debian's.
bench_packages='php8.2-fpm php8.2-cgi php8.2-pgsql'

# use_unbuilt_source: a source tree that holds a build of its own can have no
# other builds; then a copy of it is what the rest works on.
use_unbuilt_source() {
	if [ ! -e config.status ]; then
		return
	fi
	say "copying the source: this directory holds a build of its own"
	rm -rf build/source
	mkdir -p build/source
	tar -cf - --exclude=./build --exclude=./.git . |
		tar -xf - -C build/source
	cd build/source
	make -s distclean
}

# make_configure: from a clone; a release has it.
make_configure() {
	if [ ! -x configure ] || [ configure.ac -nt configure ] ||
		[ Makefile.am -nt Makefile.in ]; then
		say "making configure"
		autoreconf -fi
	fi
}
