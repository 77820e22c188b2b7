"""Requests while the database is away, and their replay: all of them, and how fast with `make bench`.

A figure says something of a whole machine only on one that is not busy with other work, so
that the short run asserts none.
"""

import os
import secrets
import subprocess
import time

import pytest

from faults import Spool, connected, wait_until_stored
from load import send_messages

REQUESTS = int(os.environ.get("HOOKSWITCH_BENCH", "0"))
SHORT = 500
CONNECTIONS = 64

# A second, with every request synced to the disk.
ACKNOWLEDGED = 1000
REPLAYED = 3000


@pytest.fixture
def spool(fast, cluster, twilio):
    spool = Spool(fast)
    with spool.in_use():
        yield spool
    spool.remove()
    wait_until_stored(cluster, twilio)


def test_away_and_back(fast, environment, cluster, database, account, spool):
    if not (environment.fcgi_dir / "tests" / "load" / "load").exists():
        pytest.skip("tests/load/load is not built (libcurl is missing)")
    count = REQUESTS or SHORT
    prefix = "SM" + secrets.token_hex(8)
    with cluster.stopped():
        outcome = send_messages(environment, fast, account, count, CONNECTIONS, prefix)
    assert outcome.answers == {200: count}
    assert len(spool.waiting()) == count
    replayed = count / seconds_of_replay(environment, fast)
    assert spool.waiting() == []
    with connected(cluster) as after:
        row = after.one("SELECT count(*) FROM hookswitch.messages WHERE sid LIKE %s",
                        prefix + "%")
    assert row["count"] == count
    print(f"\n{count} requests with the database away, {CONNECTIONS} at a time:"
          f" {outcome.per_second:.0f} acknowledged a second; {replayed:.0f} replayed a second")
    if REQUESTS:
        assert outcome.per_second >= ACKNOWLEDGED
        assert replayed >= REPLAYED


def seconds_of_replay(environment, server):
    """Of `hookswitch replay`, as cron runs it."""
    config = server.site.private / "hookswitch.conf"
    start = time.monotonic()
    done = subprocess.run([environment.fcgi_dir / "hookswitch", "replay", "--quiet",
                           "--config", config], capture_output=True, text=True)
    seconds = time.monotonic() - start
    assert (done.returncode, done.stderr) == (0, "")
    return seconds
