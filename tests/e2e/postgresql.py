"""A private PostgreSQL cluster, and the site's one plain database user in it."""

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import psycopg2.extras

from processes import Program, find_program, free_port, wait_until

SITE = "site"

# Rows that webhooks make; anything else in the schema (its version, say) stays.
TABLES = (
    "webhook_events", "calls", "messages", "message_media", "recordings", "rooms",
    "room_participants", "room_events", "channels", "sessions", "campaigns", "appointments",
)


class Cluster:
    """PostgreSQL on a socket and a loopback port of its own, as this process's child.

    As a child (and not through pg_ctl) it can be killed and started again: an orphan might
    stay a zombie whose lock files look alive.
    """

    def __init__(self):
        self.owner = _database_owner()
        self.port = free_port()
        self.directory = Path(tempfile.mkdtemp(prefix="hs-pg-"))
        self.directory.chmod(0o755)
        self.log = self.directory / "log"
        self.data = self.directory / "data"
        self.program = None
        self._give(self.directory)

    def create(self, install_sql):
        """Make the cluster, a user that owns one database and nothing else, the schema."""
        self._run("initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "-E", "UTF8",
                  "--locale=C.UTF-8", "--no-sync")
        self.start()
        self.run_psql("postgres", "postgres", "-c", f"CREATE ROLE {SITE} LOGIN",
                   "-c", f"CREATE DATABASE {SITE} OWNER {SITE}")
        self.install(install_sql)

    def install(self, install_sql):
        self.run_psql(SITE, SITE, "-f", install_sql)

    def start(self):
        # fsync off survives a killed server; only a killed machine would lose data.
        self.program = Program(
            [_binary("postgres"), "-D", self.data, "-p", self.port, "-k", self.directory,
             "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "log_connections=on",
             "-c", "log_line_prefix=%m [%p] ", "-c", "timezone=UTC"],
            self.log, self.owner)
        wait_until(self._accepts, "PostgreSQL accepts connections", self.program, self.log)

    def stop(self):
        """Smart shutdown would wait for the endpoints' connections: a fast one instead."""
        self.program.interrupt()

    def kill(self):
        self.program.kill()

    def close(self):
        if self.program:
            self.stop()
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
        return (f"host=127.0.0.1 port={port or self.port} dbname={SITE} user={SITE}"
                " sslmode=disable gssencmode=disable")

    def _accepts(self):
        try:
            psycopg2.connect(host=str(self.directory), port=self.port, dbname="postgres",
                             user="postgres").close()
            return True
        except psycopg2.OperationalError:
            return False

    def run_psql(self, user, database, *arguments):
        self._run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.directory,
                  "-p", self.port, "-U", user, "-d", database, *arguments)

    def _run(self, name, *arguments):
        # psql reads the source tree, which the cluster's owner may not be able to.
        owner = self.owner if name == "initdb" else {}
        result = subprocess.run([_binary(name), *map(str, arguments)], capture_output=True,
                                text=True, cwd="/", **owner)
        if result.returncode:
            raise RuntimeError(f"{name} failed:\n{result.stdout}{result.stderr}")

    def _give(self, path):
        if self.owner:
            os.chown(path, self.owner["user"], self.owner["group"])


class Database:
    """Questions to the site's database."""

    def __init__(self, cluster):
        self.connection = psycopg2.connect(
            cluster.conninfo, cursor_factory=psycopg2.extras.RealDictCursor)
        self.connection.autocommit = True

    def rows(self, sql, *values):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values)
            return [dict(row) for row in cursor.fetchall()]

    def one(self, sql, *values):
        rows = self.rows(sql, *values)
        assert len(rows) == 1, f"{len(rows)} rows instead of one: {sql} {values}"
        return rows[0]

    def row(self, table, sid):
        return self.one(f"SELECT * FROM hookswitch.{table} WHERE sid = %s", sid)

    def events(self, subject):
        """The ledger of one call, message, recording or room."""
        return self.rows("SELECT * FROM hookswitch.webhook_events WHERE subject_sid = %s"
                         " ORDER BY id", subject)

    def counts(self):
        """Rows in each table."""
        union = " UNION ALL ".join(
            f"SELECT '{table}' AS name, count(*) AS n FROM hookswitch.{table}" for table in TABLES)
        return {row["name"]: row["n"] for row in self.rows(union)}

    def empty(self):
        tables = ", ".join(f"hookswitch.{table}" for table in TABLES)
        with self.connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {tables} CASCADE")

    def close(self):
        self.connection.close()


def _binary(name):
    """Debian keeps the server's programs out of PATH; take the newest version's."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"),
                      key=lambda path: int(path.parent.name.partition(".")[0]), reverse=True)
    return find_program(name, *versions)


def _database_owner():
    """PostgreSQL refuses to run as root: {} is this user, otherwise arguments for Popen."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError("running as root, and neither postgres nor nobody exists")
