# What scripts/demo and scripts/test share.  Sourced; sets nothing but the
# functions below.  The caller has "set -eu" and stands in the source root.

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

# Debian starts a server as soon as it is installed, and makes a database
# cluster.  We want the programs only: nothing of the system's own is to be
# started or changed.  Undone by let_services_start.
policy=/usr/sbin/policy-rc.d
no_cluster=/etc/postgresql-common/createcluster.d/hookswitch.conf

keep_services_down() {
	if [ ! -e "$policy" ]; then
		printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
		as_root chmod 755 "$policy"
		policy_is_ours=yes
	fi
	if ! is_installed postgresql-common; then
		as_root mkdir -p "${no_cluster%/*}"
		echo 'create_main_cluster = false' |
			as_root tee "$no_cluster" >/dev/null
	fi
}

let_services_start() {
	if [ "${policy_is_ours:-no}" = yes ]; then
		as_root rm -f "$policy"
		policy_is_ours=no
	fi
	if [ -e "$no_cluster" ]; then
		as_root rm -f "$no_cluster"
	fi
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
	trap let_services_start EXIT
	keep_services_down
	as_root apt-get -qq update
	# shellcheck disable=SC2086 # a list of names
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
		--no-install-recommends install $missing >/dev/null
	let_services_start
	trap - EXIT
}

# What it takes to build, and to run a database and web servers.
build_packages='gcc libc6-dev binutils make autoconf automake
	autoconf-archive pkg-config libfcgi-dev libpq-dev libssl-dev
	libxml2-dev libjansson-dev'
server_packages='postgresql lighttpd spawn-fcgi apache2
	libapache2-mod-fcgid python3 python3-pytest python3-psycopg2'

# make_configure: from a clone; a release has it.
make_configure() {
	if [ ! -x configure ] || [ configure.ac -nt configure ] ||
		[ Makefile.am -nt Makefile.in ]; then
		say "making configure"
		autoreconf -fi
	fi
}
