"""A private PostgreSQL cluster, and the site's one plain database user in it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from processes import Program, find_program, free_port, wait_until

ADMIN = "postgres"
SITE = "site"

# Nobody but who runs the tests, and the server's own user, may become the superuser, who could run
# any program. The site's own user needs no password: the web servers' processes, whoever they run
# as, have to get in. What is not here is refused.
HBA = f"""
local {SITE} {SITE} trust
host {SITE} {SITE} 127.0.0.1/32 trust
local all {ADMIN} peer map=admin
local replication {ADMIN} peer map=admin
"""

class Cluster:
    """PostgreSQL on a socket of its own, and on loopback if asked, as this process's child.

    As a child (and not through pg_ctl) it can be killed and started again: an orphan might
    stay a zombie whose lock files look alive. What is committed outlives the machine, too, if it
    has to be durable.
    """

    def __init__(self, tcp=False, durable=False, connections=100):
        self.owner = _database_owner()
        self.addresses = "127.0.0.1" if tcp else ""
        self.port = free_port()
        self.directory = Path(tempfile.mkdtemp(prefix="hs-pg-"))
        self.directory.chmod(0o711)
        self.log = self.directory / "log"
        self.data = self.directory / "data"
        self.is_synchronous = False  # a commit is one when a standby has it, too
        self.fsync = "on" if durable else "off"
        self.connections = connections  # at a time
        self.program = None
        self._give(self.directory)

    def create(self, install_sql):
        """Make the cluster, a user that owns one database and nothing else, the schema."""
        self._run("initdb", "-D", self.data, "-A", "peer", "-U", ADMIN, "-E", "UTF8",
                  "--locale=C.UTF-8", "--no-sync")
        # Both exist already, so that their owner stays who it is.
        (self.data / "pg_hba.conf").write_text(HBA)
        users = {os.geteuid(), self.owner.get("user", os.geteuid())}
        (self.data / "pg_ident.conf").write_text("".join(
            f'admin "{pwd.getpwuid(user).pw_name}" {ADMIN}\n' for user in users))
        self.start()
        self.run_psql(ADMIN, ADMIN, "-c", f"CREATE ROLE {SITE} LOGIN",
                      "-c", f"CREATE DATABASE {SITE} OWNER {SITE}")
        self.install(install_sql)

    def install(self, install_sql):
        self.run_psql(SITE, SITE, "-f", install_sql)

    def copy(self, primary):
        """Become its standby, whatever this one was; not started yet."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.is_synchronous = False  # when it has become the primary, nobody follows it yet
        self._run("pg_basebackup", "-D", self.data, "-R", "-c", "fast", "--no-sync",
                  "-h", primary.directory, "-p", primary.port, "-U", ADMIN)

    def promote(self):
        self._run("pg_ctl", "promote", "-w", "-D", self.data)

    def start(self):
        # fsync off survives a killed server; only a killed machine would lose data.
        standbys = "*" if self.is_synchronous else ""
        self.program = Program(
            [binary("postgres"), "-D", self.data, "-p", self.port, "-k", self.directory,
             "-c", f"listen_addresses={self.addresses}", "-c", f"fsync={self.fsync}",
             "-c", f"max_connections={self.connections}",
             "-c", f"synchronous_standby_names={standbys}",
             "-c", "log_connections=on", "-c", "log_line_prefix=%m [%p] ", "-c", "timezone=UTC"],
            self.log, self.owner, end=signal.SIGINT)
        wait_until(self._accepts, "PostgreSQL accepts connections", self.program, self.log)

    def stop(self):
        """SIGTERM would wait for the endpoints to disconnect; SIGINT does not."""
        self.program.stop()

    def kill(self):
        self.program.kill()

    def close(self):
        try:
            if self.program:
                self.stop()
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)

    @contextmanager
    def stopped(self):
        self.stop()
        try:
            yield
        finally:
            self.start()

    @property
    def conninfo(self):
        """What a site's settings file says."""
        return f"host={self.directory} port={self.port} dbname={SITE} user={SITE}"

    def tcp_conninfo(self, port=None):
        """Over the loopback: no TLS, no Kerberos, so that a proxy can read along."""
        assert self.addresses, "this cluster listens on its socket only"
        return (f"host=127.0.0.1 port={port or self.port} dbname={SITE} user={SITE}"
                " sslmode=disable gssencmode=disable")

    def _accepts(self):
        words = [binary("pg_isready"), "-q", "-h", self.directory, "-p", self.port,
                 "-U", ADMIN, "-d", ADMIN]
        return subprocess.run([str(word) for word in words]).returncode == 0

    def has_standby(self):
        """Whether commits wait for one that is there."""
        return "sync\n" == self.run_psql(ADMIN, ADMIN, "-At", "-c",
                                         "SELECT sync_state FROM pg_stat_replication")

    def run_psql(self, user, database, *arguments):
        return self._run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.directory,
                         "-p", self.port, "-U", user, "-d", database, *arguments)

    def _run(self, name, *arguments):
        # psql reads the source tree, which the cluster's owner may not be able to.
        owner = self.owner if name != "psql" else {}
        result = subprocess.run([binary(name), *map(str, arguments)], capture_output=True,
                                text=True, cwd="/", **owner)
        if result.returncode:
            raise RuntimeError(f"{name} failed:\n{result.stdout}{result.stderr}")
        return result.stdout

    def _give(self, path):
        if self.owner:
            os.chown(path, self.owner["user"], self.owner["group"])


class Pair:
    """A primary and its synchronous standby, on loopback.

    With each failover they change places, which the connection string does not tell.
    """

    def __init__(self):
        self.primary = Cluster(tcp=True)
        self.standby = Cluster(tcp=True)
        ports = f"{self.primary.port},{self.standby.port}"
        self.conninfo = (f"host=127.0.0.1,127.0.0.1 port={ports} dbname={SITE} user={SITE}"
                         " target_session_attrs=read-write")

    def create(self, install_sql):
        self.primary.create(install_sql)

    def replicate(self):
        """The standby anew, as a copy; from now on the primary commits nothing without it."""
        self.standby.copy(self.primary)
        self.primary.is_synchronous = True
        with self.primary.stopped():  # on reloading, nothing tells when all sessions know
            pass
        self.standby.start()
        wait_until(self.primary.has_standby, "the standby is synchronous",
                   self.standby.program, self.standby.log)

    def fail_over(self):
        """The primary is dead."""
        self.standby.promote()
        self.primary, self.standby = self.standby, self.primary

    def close(self):
        try:
            self.standby.close()
        finally:
            self.primary.close()


def binary(name):
    """Debian keeps the server's programs out of PATH; take the newest version's."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"),
                      key=lambda path: int(path.parent.name.partition(".")[0]), reverse=True)
    return find_program(name, *versions)


def _database_owner():
    """PostgreSQL refuses to run as root: {} is this user, otherwise arguments for Popen."""
    if os.geteuid() != 0:
        return {}
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError:
        raise RuntimeError("running as root, and there is no user postgres") from None
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
