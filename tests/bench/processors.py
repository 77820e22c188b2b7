#!/usr/bin/python3
"""Where the time goes: what a message takes of the processors, of Hookswitch and of PHP-FPM, under
lighttpd and under Apache, by who takes it: the programs, the web server, PostgreSQL, and the load
that asks.

environment: HOOKSWITCH_SOURCE, HOOKSWITCH_FCGI_DIR as for the end-to-end tests
"""

import contextlib
import os
import re
import statistics
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from arena import Arena
from contenders import HookswitchLighttpd, HookswitchProxyFcgi, PhpApache, PhpLighttpd, processes
from groups import WARM_UP
from processes import handle_ending

ROUNDS = 5
SECONDS = 2
SERVERS = {"lighttpd": (HookswitchLighttpd, PhpLighttpd),
           "Apache, mod_proxy_fcgi": (HookswitchProxyFcgi, PhpApache)}
PARTS = ("programs", "web server", "PostgreSQL", "load")


def main():
    handle_ending()
    with Arena() as arena:
        for server, kinds in SERVERS.items():
            for title, parts in compare(arena, kinds):
                told = ", ".join(f"{part} {us:.0f}" for part, us in zip(PARTS, parts))
                print(f"{server}: {title}: {sum(parts):.0f} us of the processors a message: {told}")


def compare(arena, kinds):
    """Of each contender its title, and what it takes, the median of all rounds."""
    with contextlib.ExitStack() as stack:
        contenders = list(arena.start(stack, kinds))
        arena.empty()
        for contender in contenders:
            contender.warm_up(WARM_UP)
        taken = {contender.title: [] for contender in contenders}
        for _ in range(ROUNDS):
            for contender in contenders:
                arena.checkpoint()
                taken[contender.title].append(measure(arena, contender))
    return [(title, [statistics.median(parts) for parts in zip(*rounds)])
            for title, rounds in taken.items()]


def measure(arena, contender):
    """Microseconds for each message, by part."""
    messages = round(contender.rate * SECONDS)
    before = spent(arena, contender.server)
    contender.rate = contender.send(messages).per_second
    after = spent(arena, contender.server)
    return [(now - then) * 1e6 / messages for now, then in zip(after, before)]


def spent(arena, server):
    """Seconds of the processors until now, by part."""
    programs = set(server.program_ids())
    web = set(processes(server.program.pid)) - programs
    postgres = int((arena.cluster.data / "postmaster.pid").read_text().split()[0])
    return (sum(map(running, programs)), sum(map(running, web)),
            sum(map(running, processes(postgres))) + ended(postgres), ended(os.getpid()))


def running(pid):
    """Its own; none of one that is no more."""
    return seconds(pid, 11)


def ended(pid):
    """What those took which it had started, and which have ended."""
    return seconds(pid, 13)


def seconds(pid, field):
    """User's and system's, from that field after a process's name in proc(5) on."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    fields = re.sub(r"^.*\) ", "", stat).split()
    return (int(fields[field]) + int(fields[field + 1])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
