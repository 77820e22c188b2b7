#!/usr/bin/python3
"""What a message costs the database: the server's processor time, statement after statement, and
that of the two rows alone which the peers write. As the endpoints send them, eight messages in a
transaction; nobody waits for the disk.

environment: HOOKSWITCH_SOURCE, HOOKSWITCH_FCGI_DIR as for the end-to-end tests
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from arena import Arena
from contenders import PEERS, started_by
from pgbench import STATEMENTS, arguments, script, statement_files
from postgresql import SITE, binary
from processes import handle_ending, wait_until

MESSAGES = 8  # in a transaction
TRANSACTIONS = 2000
ROUNDS = 5


def main():
    handle_ending()
    with Arena() as arena:
        arena.empty()
        ours = statement_files(arena.environment.source)
        parts = [(f"up to {name}", ours[:i + 1]) for i, name in enumerate(STATEMENTS)]
        parts.append(("the peers' two rows", [PEERS / "rows.sql"]))
        measure(arena, ours)  # what is done once
        taken = [[measure(arena, files) for _, files in parts] for _ in range(ROUNDS)]
    for i, (title, _) in enumerate(parts):
        print(f"{title}: {min(round[i] for round in taken):.0f} us a message")


def measure(arena, files):
    """Microseconds for each message."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "script"
        path.write_text("\n".join(script(files, MESSAGES)) + "\n")
        words = [binary("pgbench"), "-n", "-M", "prepared", "-t", TRANSACTIONS, "-f", path,
                 *arguments(), "-h", arena.cluster.directory, "-p", arena.cluster.port,
                 "-U", SITE, SITE]
        pid = int((arena.cluster.data / "postmaster.pid").read_text().split()[0])
        there, before = set(started_by(pid)), ended(pid)
        subprocess.run([str(word) for word in words], check=True, capture_output=True,
                       env={**os.environ, "PGOPTIONS": "-c synchronous_commit=off"})
        # Its time counts when the server has seen it end.
        wait_until(lambda: set(started_by(pid)) <= there, "the connection has ended")
        return (ended(pid) - before) * 1e6 / (MESSAGES * TRANSACTIONS)


def ended(pid):
    """Seconds of the processor that those took which it had started, and which have ended."""
    fields = re.sub(r"^.*\) ", "", Path(f"/proc/{pid}/stat").read_text()).split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
