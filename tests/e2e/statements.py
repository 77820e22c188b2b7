"""The statements that endpoints run, run one by one: what two connections do to each other."""

import re
import threading

import psycopg2

PLACEHOLDER = re.compile(r":([A-Za-z_]\w*)(?=::[a-z])")


class Statements:
    """The files of sql/statements/, as psycopg2 takes them."""

    def __init__(self, source):
        self.texts = {path.stem: _translate(path.read_text())
                      for path in (source / "sql" / "statements").glob("*.sql")}

    def run(self, connection, names, **parameters):
        """Run statements in order, leaving the transaction open."""
        with connection.cursor() as cursor:
            for name in names.split():
                self.execute(cursor, name, parameters)

    def execute(self, cursor, name, parameters):
        """Run one; parameters that are missing are NULL."""
        cursor.execute(self.texts[name], _Values(parameters))


class Blocked:
    """Statements that are expected to wait for another connection."""

    def __init__(self, watcher, connection, action):
        self.watcher = watcher
        self.pid = connection.info.backend_pid
        self.error = None
        self.thread = threading.Thread(target=self._work, args=(action,))
        self.thread.start()

    def is_waiting(self):
        with self.watcher.cursor() as cursor:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", (self.pid,))
            return cursor.fetchone()[0]

    def finish(self):
        self.thread.join(30)
        assert not self.thread.is_alive()
        if self.error:
            raise self.error

    def _work(self, action):
        try:
            action()
        except psycopg2.Error as error:
            self.error = error


class _Values(dict):
    def __missing__(self, name):
        return None


def _translate(text):
    text = re.sub(r"--.*", "", text).replace("%", "%%")
    return PLACEHOLDER.sub(r"%(\1)s", text)
