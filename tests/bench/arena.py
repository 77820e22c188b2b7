"""What all contenders share: the database, its emptiness, its checkpoints."""

import os
import sys
from pathlib import Path

from database import Database
from deployment import ACCOUNT, Environment
from measure import Served, Verifier
from postgresql import ADMIN, Cluster
from webservers import WebServer

# Most contenders keep one for each request at a time, also while others are measured.
CONNECTIONS = 200


class Arena:
    """A PostgreSQL that writes durably, and contenders on it."""

    def __init__(self):
        self.environment = Environment(Path(os.environ["HOOKSWITCH_FCGI_DIR"]).resolve(),
                                       Path(os.environ["HOOKSWITCH_SOURCE"]).resolve(), "")
        self.cluster = Cluster(durable=True, connections=CONNECTIONS)
        self.verifier = None

    def __enter__(self):
        try:
            self.cluster.create(self.environment.source / "sql" / "install.sql")
            self.verifier = Verifier(self.cluster)
        except BaseException:
            self.cluster.close()
            raise
        return self

    def __exit__(self, *_):
        self.verifier.close()
        self.cluster.close()

    @property
    def settings(self):
        return {
            "TWILIO_ACCOUNT_SID": ACCOUNT.sid,
            "TWILIO_AUTH_TOKEN": ACCOUNT.token,
            "HOOKSWITCH_DATABASE": self.cluster.conninfo,
        }

    def start(self, stack, kinds):
        """Contenders of these kinds, running until the stack unwinds; those that can run here."""
        for kind in kinds:
            reason = kind.unavailable()
            if reason:
                print(f"  left out: {kind.title}: {reason}", file=sys.stderr)
                continue
            contender = make(self, kind)
            stack.callback(contender.close)
            contender.start()
            yield contender

    def empty(self):
        database = Database(self.cluster)
        database.empty()
        database.close()

    def checkpoint(self):
        """Now, so that none falls into a slice."""
        self.cluster.run_psql(ADMIN, ADMIN, "-c", "CHECKPOINT")


def make(arena, kind):
    """A contender of that kind, not started yet."""
    if issubclass(kind, WebServer):
        return Served(arena.environment, arena.verifier, kind(arena.environment, arena.settings))
    return kind(arena)
