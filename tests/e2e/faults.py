"""Ways to take the database away, or the spool, and what to ask when they are back."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg2

import payloads
from database import Database, now
from load import send_messages
from postgresql import SITE
from processes import PATIENCE, Program, accepts, find_program, free_port, wait_until
from twilio import new_sid

ADMIN = "postgres"
NOWHERE = "host=/nonexistent dbname=none"


def administer(cluster, *statements):
    """As superuser, each statement a transaction of its own."""
    cluster.run_psql(ADMIN, SITE, *[word for text in statements for word in ("-c", text)])


@contextmanager
def connected(cluster):
    """A connection of a test's own: a fixture's goes with the server that is stopped."""
    database = Database(cluster)
    try:
        yield database
    finally:
        database.close()


# Each of the next four is an outage for as long as it lasts.

@contextmanager
def stopped(cluster):
    with cluster.stopped():
        yield


@contextmanager
def read_only(cluster):
    """As a primary that has become a standby: connections stay, what they write is refused."""
    name = "default_transaction_read_only"
    with connected(cluster) as database:
        def wait_for(value):
            wait_until(lambda: database.one(f"SHOW {name}")[name] == value, f"{name} is {value}")
            # The server tells one session after the other. When it takes a new one, all know.
            with connected(cluster):
                pass

        administer(cluster, f"ALTER SYSTEM SET {name} = on", "SELECT pg_reload_conf()")
        try:
            wait_for("on")
            yield
        finally:
            administer(cluster, f"ALTER SYSTEM RESET {name}", "SELECT pg_reload_conf()")
            wait_for("off")


@contextmanager
def no_connections(cluster):
    administer(cluster, f"ALTER ROLE {SITE} CONNECTION LIMIT 0")
    disconnect(cluster)
    try:
        yield
    finally:
        administer(cluster, f"ALTER ROLE {SITE} CONNECTION LIMIT -1")


@contextmanager
def table_missing(cluster):
    administer(cluster, "ALTER TABLE hookswitch.messages RENAME TO messages_away")
    try:
        yield
    finally:
        administer(cluster, "ALTER TABLE hookswitch.messages_away RENAME TO messages")


# And what a log line says of it.
OUTAGES = {
    stopped: "could not connect",
    read_only: "read-only",
    no_connections: "too many connections for role",
    table_missing: "does not exist",
}


@contextmanager
def constraint(cluster, condition):
    """A rule of the owner's, called "no_such_message", that some messages break."""
    administer(cluster, "ALTER TABLE hookswitch.messages ADD CONSTRAINT no_such_message"
                        f" CHECK ({condition}) NOT VALID")
    try:
        yield
    finally:
        administer(cluster, "ALTER TABLE hookswitch.messages DROP CONSTRAINT no_such_message")


@contextmanager
def trigger(cluster, body, kind="TRIGGER", when="BEFORE INSERT", clause=""):
    """A trigger of the owner's on messages, for as long as this lasts."""
    administer(cluster, "CREATE FUNCTION hookswitch.owners() RETURNS trigger LANGUAGE plpgsql"
                        f" AS $$ BEGIN {body} RETURN NEW; END $$",
               f"CREATE {kind} owners {when} ON hookswitch.messages {clause}"
               " FOR EACH ROW EXECUTE FUNCTION hookswitch.owners()")
    try:
        yield
    finally:
        administer(cluster, "DROP TRIGGER owners ON hookswitch.messages",
                   "DROP FUNCTION hookswitch.owners()")


def refused_at_commit(cluster, condition):
    """A rule that PostgreSQL looks at only when all statements are through."""
    return trigger(cluster, f"IF {condition} THEN RAISE 'no such message' USING ERRCODE = '23514';"
                            " END IF;", "CONSTRAINT TRIGGER", "AFTER INSERT",
                   "DEFERRABLE INITIALLY DEFERRED")


@contextmanager
def locked(cluster, table, sid):
    """Somebody else's transaction has the row."""
    connection = psycopg2.connect(cluster.conninfo)
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT FROM hookswitch.{table} WHERE sid = %s FOR UPDATE", (sid,))
            assert cursor.rowcount == 1
        yield
    finally:
        connection.close()


def disconnect(cluster):
    administer(cluster, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                        f" WHERE usename = '{SITE}'")


def kill_database(cluster):
    """SIGKILL to the server and all its processes, as the kernel does it when out of memory."""
    # It must not start another one meanwhile, which nobody would know of.
    os.kill(cluster.program.pid, signal.SIGSTOP)
    wait_until(lambda: _state(cluster.program.pid) == "T", "PostgreSQL stands still")
    children = _descendants(cluster.program.pid)
    cluster.kill()
    for pid in children:
        _kill(pid)
    wait_until(lambda: not any(map(_alive, children)), "PostgreSQL's processes have ended")


def kill_endpoint(server, name):
    """SIGKILL to the processes of an endpoint that the server itself has started."""
    for pid in _descendants(server.program.pid):
        if f"{name}.fcgi" in _command_line(pid):
            _kill(pid)


@contextmanager
def unreachable():
    """A host that does not even answer to a connection's first packet: its port.

    The queue of connections nobody has accepted is full, so the kernel drops what comes.
    """
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        address = listener.getsockname()
        for _ in range(20):
            filler = stack.enter_context(socket.socket())
            filler.settimeout(0.2)
            try:
                filler.connect(address)
            except TimeoutError:
                break
        else:
            raise RuntimeError("the queue does not fill")
        yield address[1]


@contextmanager
def black_hole():
    """A server that takes connections and never says a word: its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@contextmanager
def pooler(cluster):
    """PgBouncer in transaction mode, with one connection for everybody: its port."""
    port = free_port()
    folder = cluster.directory / "pooler"
    folder.mkdir()
    (folder / "pgbouncer.ini").write_text(f"""
[databases]
{SITE} = host={cluster.directory} port={cluster.port} dbname={SITE} user={SITE}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 1
""")
    program = Program([find_program("pgbouncer"), folder / "pgbouncer.ini"], cluster.log,
                      cluster.owner)
    try:
        wait_until(lambda: accepts(port), "PgBouncer accepts connections", program, cluster.log)
        yield port
    finally:
        program.stop()
        shutil.rmtree(folder)


class Spool:
    """A spool directory of the site's owner, outside the document root."""

    def __init__(self, server, path=None):
        self.server = server
        self.path = path or server.site.directory(f"spool-{secrets.token_hex(4)}", 0o700)

    @contextmanager
    def in_use(self, **changes):
        """The server has this spool, and other settings if they are given."""
        with self.server.settings(HOOKSWITCH_SPOOL=self.path, **changes):
            yield self

    @contextmanager
    def alone(self):
        """The server has this spool, and a database that is not there; then only the spool."""
        site = self.server.site
        site.configure(HOOKSWITCH_SPOOL=self.path, HOOKSWITCH_DATABASE=NOWHERE)
        try:
            yield
        finally:
            site.configure(HOOKSWITCH_SPOOL=self.path)

    def names(self, folder):
        path = self.path / folder
        return sorted(os.listdir(path)) if path.exists() else []

    def waiting(self):
        return self.names("new")

    def put(self, name, data):
        """A record as somebody else has left it."""
        path = self.path / "new" / name
        path.write_bytes(data)
        path.chmod(0o600)
        self.server.site.own(path)

    def reasons(self, folder):
        """{name of a record that was set aside: why}"""
        names = self.names(folder)
        texts = {name[:-len(".reason")]: (self.path / folder / name).read_text()
                 for name in names if name.endswith(".reason")}
        assert {name for name in names if not name.endswith(".reason")} == set(texts), names
        return texts

    def becomes_empty(self, patience=5):
        """By itself, if the machine is not so busy that a piece has to end before; `drain` sends
        requests for it."""
        deadline = time.monotonic() + patience
        while self.waiting() and time.monotonic() < deadline:
            time.sleep(0.01)
        return not self.waiting()

    def drain(self, cluster, twilio, but=()):
        """Requests, each of which a piece is replayed behind, until nothing is left but these."""
        wait_until_stored(cluster, twilio)
        left = len(self.waiting())
        deadline = time.monotonic() + PATIENCE + left / 1000
        while self.waiting() != sorted(but):
            assert time.monotonic() < deadline, f"{len(self.waiting())} of {left} are left"
            answer = twilio.send("recording", payloads.recording_status(
                twilio.account, new_sid("CA"), new_sid("RE")))
            assert answer.status == 204
            time.sleep(0.01)

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


@contextmanager
def file_system(server, *options):
    """A file system of its own in the site's home, the site owner's."""
    path = server.site.directory(f"disk-{secrets.token_hex(4)}", 0o700)
    user, group = server.site.owner or (os.geteuid(), os.getegid())
    options = ",".join((f"mode=0700,uid={user},gid={group}", *options))
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path],
                          capture_output=True, text=True)
    try:
        if made.returncode:
            raise PermissionError(made.stderr)
        yield path
    finally:
        if not made.returncode:  # lazily: a process may be at work in there
            subprocess.run(["umount", "-l", path], check=True)
        path.rmdir()


class Load:
    """Messages one round after the other, for as long as the context lasts."""

    def __init__(self, environment, server, account, folder, count=200, connections=8):
        self.arguments = environment, server, account, count, connections
        self.folder = Path(folder)
        self.answers = Counter()
        self.taken = []
        self.failure = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    @property
    def sent(self):
        return sum(self.answers.values())

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        if self.failure:
            raise self.failure

    def _run(self):
        try:
            while not self._stop.is_set():
                self._round()
        except Exception as failure:  # told by __exit__
            self.failure = failure

    def _round(self):
        taken = self.folder / "taken"
        prefix = "SM" + secrets.token_hex(8) + "x"
        self.answers.update(send_messages(*self.arguments, prefix, taken).answers)
        self.taken += taken.read_text().split()


def check_stored_once(database, sids):
    """Each in the ledger and in its table, and not twice; returns how many rows there are."""
    for sql in ("SELECT sid FROM hookswitch.messages",
                "SELECT subject_sid AS sid FROM hookswitch.webhook_events"):
        stored = Counter(row["sid"] for row in database.rows(sql))
        lost = [sid for sid in sids if sid not in stored]
        twice = [sid for sid in sids if stored[sid] > 1]
        assert not lost, f"{len(lost)} acknowledged and lost, such as {lost[0]}"
        assert not twice, f"{len(twice)} stored twice, such as {twice[0]}"
    return len(stored)


def wait_until_stored(cluster, twilio, endpoint="sms"):
    """Sends messages until one gets into the database itself; returns its SID.

    An endpoint that has found the database away does not look again for a second or more.
    """
    sids = []

    def is_stored():
        if sids:
            time.sleep(0.1)  # what is sent meanwhile may fill a spool
        sids.append(new_sid("SM"))
        answer = twilio.send(endpoint, payloads.inbound_sms(twilio.account, sids[-1]))
        if answer is None or answer.status not in (200, 204):
            return False
        return [e for e in database.events(sids[-1]) if e["source"] == "webhook"]

    with connected(cluster) as database:
        wait_until(is_stored, "a message is stored")
    return sids[-1]


def wait_until_taken(cluster):
    """What others send from now on gets into this very database, and not by way of the spool."""
    start = now()
    with connected(cluster) as database:
        wait_until(lambda: database.rows("SELECT FROM hookswitch.webhook_events"
                                         " WHERE received_at > %s AND source = 'webhook' LIMIT 1",
                                         start), "the database has taken a message")


def _descendants(pid):
    """Process ids of children, of theirs, and so on."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        parents[int(stat.parent.name)] = int(fields[1])
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found[1:]


def _command_line(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def _state(pid):
    """A letter of proc(5); none where there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[0]


def _alive(pid):
    return _state(pid) not in ("", "Z")


def _kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
