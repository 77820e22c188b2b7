#!/usr/bin/python3
"""Time per request as the tables grow: Hookswitch under lighttpd over two databases, one with ten
thousand webhooks of the past and one with as many as are asked for, in turns.

usage: growth.py ROWS
environment: HOOKSWITCH_SOURCE, HOOKSWITCH_FCGI_DIR as for the end-to-end tests
"""

import contextlib
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

import machine
from arena import Arena
from contenders import HookswitchLighttpd
from groups import WARM_UP
from postgresql import SITE
from processes import handle_ending
from rounds import Rounds

FEW_ROWS = 10_000
ROUNDS = 7
SECONDS = 3
# Times that a request may take with many rows what it takes with few.
GOAL = 1.3


def main():
    rows = int(sys.argv[1]) if len(sys.argv) == 2 else sys.exit("usage: growth.py ROWS")
    handle_ending()
    with contextlib.ExitStack() as stack:
        arenas = [stack.enter_context(Arena()) for _ in range(2)]
        contenders = [filled(stack, *which) for which in zip(arenas, (FEW_ROWS, rows))]
        for contender in contenders:
            contender.warm_up(WARM_UP)
        rounds = Rounds(contenders)
        rounds.run(ROUNDS, SECONDS, lambda: [arena.checkpoint() for arena in arenas])
    return report(rounds, *(contender.title for contender in contenders))


def filled(stack, arena, rows):
    """A contender whose database has so many rows."""
    started = time.monotonic()
    fill = arena.environment.source / "tests" / "e2e" / "fill.sql"
    arena.cluster.run_psql(SITE, SITE, "-v", f"rows={rows}", "-f", fill)
    print(f"{rows} webhooks made in {time.monotonic() - started:.0f} s", file=sys.stderr)
    contender, = arena.start(stack, [HookswitchLighttpd])
    contender.title = f"{rows:,} rows"
    return contender


def report(rounds, few, many):
    ratio = rounds.ratio(few, many)
    print("\n".join(machine.describe()), "\n")
    for title in (few, many):
        print(f"{title}: {rounds.spread(title, 'per_second').median:.0f} requests/s,"
              f" p99 {rounds.spread(title, 'p99').median:.2f} ms")
    print(f"time per request with {many} is {ratio.median:.2f} ({ratio.least:.2f}-{ratio.most:.2f})"
          f" times that with {few}; may be {GOAL}")
    return 0 if ratio.median <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
