"""One of the five systems as its owner has moved it here: shipped configuration, tables, a spool.

What the tests of the five say is in their own files; here is only what they do it with.
"""

import secrets
import shutil
import subprocess
from contextlib import contextmanager

import wire
from database import TABLES, Database
from twilio import Twilio


class System:
    """Twilio on one side, the owner's database and settings on the other."""

    def __init__(self, server, account, environment, cluster):
        self.server = server
        self.account = account
        self.environment = environment
        self.cluster = cluster
        self.spool = server.site.directory(f"spool-{secrets.token_hex(4)}", 0o700)
        self.replies = server.site.directory(f"replies-{secrets.token_hex(4)}")
        self.settings = {"HOOKSWITCH_SPOOL": self.spool, "HOOKSWITCH_REPLIES": self.replies}
        self.database = Database(cluster)
        for table in TABLES:  # of a few rows that is quicker than to truncate
            self.run(f"DELETE FROM hookswitch.{table}")
        self.set()

    def remove(self):
        self.server.site.configure()
        self.database.close()
        shutil.rmtree(self.spool)
        shutil.rmtree(self.replies)

    # Twilio

    def post(self, address, params):
        """A signed request to an address as it is set in Twilio's console."""
        return Twilio(self.server, self.account).send(None, params, path=address)

    def get(self, address):
        """Somebody asks, without a signature."""
        return wire.send(self.server.port, wire.Request("GET", address))

    # The owner

    def set(self, **settings):
        """Change the settings file; None takes a setting out."""
        self.settings.update(settings)
        self.server.site.configure(**self.settings)

    def reply_file(self, name, twiml):
        self.server.site.write(self.replies / name, twiml)

    @contextmanager
    def database_away(self):
        """PostgreSQL is stopped, and started again.

        Programs that run on do not ask a database again for a second that was away. So that no
        test has to wait, they know it by another address meanwhile.
        """
        usual = self.settings.get("HOOKSWITCH_DATABASE", self.cluster.conninfo)
        self.set(HOOKSWITCH_DATABASE=self.cluster.tcp_conninfo())
        self.database.close()
        with self.cluster.stopped():
            yield
        self.set(HOOKSWITCH_DATABASE=usual)
        self.database = Database(self.cluster)

    def waiting(self):
        """How many requests wait in the spool."""
        return len(list((self.spool / "new").glob("*"))) if (self.spool / "new").exists() else 0

    def replay(self):
        """As cron does it: `hookswitch replay`; all that waits has to be stored."""
        done = subprocess.run([self.environment.fcgi_dir / "hookswitch", "replay", "--config",
                               self.server.site.private / "hookswitch.conf"],
                              capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), done
        assert self.waiting() == 0, done.stdout

    # The database

    def rows(self, sql, *values):
        return self.database.rows(sql, *values)

    def one(self, sql, *values):
        """The only row."""
        return self.database.one(sql, *values)

    def row(self, table, sid):
        return self.database.row(table, sid)

    def value(self, sql, *values):
        """The only value of the only row."""
        value, = self.one(sql, *values).values()
        return value

    def values(self, sql, *values):
        """The only column, in the order of the rows."""
        return [value for row in self.rows(sql, *values) for value in row.values()]

    def run(self, sql, *values):
        """A statement without a result."""
        with self.database.connection.cursor() as cursor:
            cursor.execute(sql, values)

    @contextmanager
    def database_setting(self, name, value):
        """A row of table settings says something else for a while."""
        usual = self.value("SELECT value FROM hookswitch.settings WHERE name = %s", name)
        change = "UPDATE hookswitch.settings SET value = %s WHERE name = %s"
        self.run(change, value, name)
        try:
            yield
        finally:
            self.run(change, usual, name)
