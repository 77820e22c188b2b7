#!/usr/bin/python3
"""Hookswitch beside what a site's owner would write instead, on one machine, in turns.

All do the same work: check the signature, write the ledger's event and the message durably, answer
TwiML. In each round each contender gets a short slice of load, one after another, and ratios are
taken within a round, so that a machine whose speed drifts changes both sides of them. After each
slice every message that was acknowledged is looked for in the database.

environment: HOOKSWITCH_SOURCE, HOOKSWITCH_FCGI_DIR as for the end-to-end tests
"""

import argparse
import contextlib
import os
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

import machine
import report
from arena import Arena
from groups import GROUPS
from processes import handle_ending
from rounds import Rounds


def main():
    options = parse()
    handle_ending()
    missed = []
    with Arena() as arena:
        print("\n".join(machine.describe()), "\n")
        for name in options.groups:
            missed += compare(arena, GROUPS[name], options)
    for goal in missed:
        print(f"missed: {goal}")
    return 1 if missed else 0


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="times that each is measured")
    parser.add_argument("--seconds", type=float, default=3, help="for how long each time")
    parser.add_argument("groups", nargs="*", choices=[*GROUPS, []], metavar="GROUP",
                        help=f"which comparisons, of {', '.join(GROUPS)}; all unless said")
    options = parser.parse_args()
    options.groups = options.groups or list(GROUPS)
    return options


def compare(arena, group, options):
    """Print a group's table; return the goals that were missed."""
    print(f"{group.title}:", file=sys.stderr)
    with contextlib.ExitStack() as stack:
        kinds = [group.ours, *(peer.kind for peer in group.peers)]
        contenders = list(arena.start(stack, kinds))
        arena.empty()
        for contender in contenders:
            contender.warm_up(group.warm_up)
        rounds = Rounds(contenders)
        rounds.run(options.rounds, options.seconds, arena.checkpoint)
        held = {contender.title: contender.hold(options.seconds) for contender in contenders
                if contender.holds}
    for line in report.table(group, rounds, held):
        print(line)
    print()
    goals = list(report.goals(group, rounds, held))
    for goal in goals:
        print(f"- {goal}")
    print(flush=True)
    return [f"{group.title}: {goal.text}" for goal in goals if not goal.is_reached]


if __name__ == "__main__":
    sys.exit(main())
