"""The database's limit: pgbench with the statements that an incoming message runs, and nothing
else: no web server, no signature, every client a connection and a transaction of its own."""

import json
import re
import subprocess
import tempfile
from pathlib import Path

from contenders import AT_A_TIME
from deployment import ACCOUNT
from measure import MESSAGE, slice_of
from postgresql import SITE, binary

# As in cgi-bin/sms.c, for a message without media from somebody who has not said STOP.
STATEMENTS = ("event", "message_inbound")

# pgbench's variables are numbers, so that what has to be new each time is made by the server, of
# the variable whose name stands for %s.
NEW = {
    ":MessageSid::text": "('SM' || :%s::bigint)",
    ":subject_sid::text": "('SM' || :%s::bigint)",
    ":event_key::bytea": "sha256((:%s::bigint)::text::bytea)",
}

# What a statement asks for and is neither here nor in the message is NULL.
FACTS = {
    "account_sid": ACCOUNT.sid, "endpoint": "sms", "kind": "message", "source": "webhook",
    "received_at": "2026-01-01 12:00:00+00", "params": json.dumps(MESSAGE),
}


def statement_files(source):
    return [source / "sql" / "statements" / f"{name}.sql" for name in STATEMENTS]


def script(files, messages=1):
    """Lines: one transaction of so many messages, as the endpoints send it, all statements at
    once."""
    names = [f"n{i}" for i in range(messages)]
    for name in names:
        yield f"\\set {name} random(1, 9000000000000000000)"
    yield "\\startpipeline"
    for name in names:
        for path in files:
            text = re.sub(r"--.*", "", path.read_text())
            for placeholder, value in NEW.items():
                text = text.replace(placeholder, value % name)
            yield text.strip()
    yield "\\endpipeline"


def arguments():
    """What stands for a message's parameters, and for what the endpoint knows."""
    return [word for name, value in {**MESSAGE, **FACTS}.items()
            for word in ("-D", f"{name}={value}")]


class Pgbench:
    title = "pgbench, the same statements"
    holds = False

    def __init__(self, arena):
        self.source = arena.environment.source
        self.cluster = arena.cluster

    @classmethod
    def unavailable(cls):
        try:
            binary("pgbench")
        except FileNotFoundError:
            return "pgbench is not installed"
        return None

    def start(self):
        pass

    def close(self):
        pass

    def warm_up(self, requests):
        self.run("-t", max(1, requests // AT_A_TIME))

    def slice(self, seconds):
        return self.run("-T", max(1, round(seconds)))

    def run(self, *how_much):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "script"
            path.write_text("\n".join(script(statement_files(self.source))) + "\n")
            words = [binary("pgbench"), "-n", "-M", "prepared", "-c", AT_A_TIME, "-j", 2,
                     *how_much, "-f", path, "-l", f"--log-prefix={directory}/log", *arguments(),
                     "-h", self.cluster.directory, "-p", self.cluster.port, "-U", SITE, SITE]
            result = subprocess.run([str(word) for word in words], capture_output=True, text=True)
            if result.returncode or "number of failed transactions: 0 " not in result.stdout:
                raise RuntimeError(f"pgbench failed:\n{result.stdout}{result.stderr}")
            # The third word of each line: how long the transaction took.
            taken = [int(line.split()[2]) / 1e3 for log in Path(directory).glob("log.*")
                     for line in log.read_text().splitlines()]
        rate = float(re.search(r"^tps = ([\d.]+)", result.stdout, re.M)[1])
        return slice_of(len(taken) / rate, taken)
