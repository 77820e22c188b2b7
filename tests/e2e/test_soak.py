"""Memory of one process over many requests: it must not grow. Longer with `make soak`."""

import os
import re
import secrets
from pathlib import Path

import pytest

from load import send_messages
from webservers import ApacheProxyFcgi

FIRST = 1000
REQUESTS = int(os.environ.get("HOOKSWITCH_SOAK", "10000"))
CONNECTIONS = 4
# A larger batch than any before makes libpq's buffers larger, once.  Losing the least that malloc
# gives out with each request would be 300 KiB.
GROWTH_KIB = 192


def test_memory_does_not_grow(farm, environment, database, account):
    if environment.wrapper:
        pytest.skip("HOOKSWITCH_WRAPPER's own memory would be measured")
    if not (environment.fcgi_dir / "tests" / "load" / "load").exists():
        pytest.skip("tests/load/load is not built (libcurl is missing)")
    server = farm.get(ApacheProxyFcgi)
    pid = server.endpoints["sms"].pid
    prefix = "SM" + secrets.token_hex(8)
    assert send(environment, server, account, FIRST, prefix + "a").answers == {200: FIRST}
    before = resident(pid)
    outcome = send(environment, server, account, REQUESTS, prefix + "b")
    after = resident(pid)
    print(f"\n{REQUESTS} requests, {outcome.per_second:.0f}/s:"
          f" {before} KiB after the first {FIRST}, {after} KiB at the end")
    assert outcome.answers == {200: REQUESTS}
    assert database.counts()["messages"] == FIRST + REQUESTS
    assert after - before <= GROWTH_KIB


def send(environment, server, account, count, prefix):
    return send_messages(environment, server, account, count, CONNECTIONS, prefix)


def resident(pid):
    """KiB in memory."""
    return int(re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M)[1])
