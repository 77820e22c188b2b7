"""What `make bench` rests on, briefly: each contender takes signed messages, refuses others, and
leaves the rows that it acknowledged; and the benchmark notices where one does not."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

from arena import make
from contenders import BareLighttpd, EmptyCgid, HookswitchRefusing
from groups import GROUPS
from measure import EmptyStarted, RefusingStarted, Slice, Verifier
from report import Held, goals, table
from rounds import Rounds

MESSAGES = 32
SECONDS = 0.1
KINDS = {kind for group in GROUPS.values()
         for kind in (group.ours, *(peer.kind for peer in group.peers))}
STORE_NOTHING = (BareLighttpd, EmptyCgid, EmptyStarted, HookswitchRefusing, RefusingStarted)


@pytest.fixture
def arena(environment, cluster, settings, database):
    for program in ("load/load", "bench/bare", "bench/empty"):
        if not (environment.fcgi_dir / "tests" / program).exists():
            pytest.skip(f"tests/{program} is not built")
    verifier = Verifier(cluster)
    yield SimpleNamespace(environment=environment, cluster=cluster, settings=settings,
                          verifier=verifier)
    verifier.close()


@pytest.fixture
def start(arena):
    """A contender of a kind, started."""
    started = []

    def start(kind):
        reason = kind.unavailable()
        if reason:
            pytest.skip(reason)
        contender = make(arena, kind)
        started.append(contender)
        contender.start()
        return contender

    yield start
    for contender in started:
        contender.close()


@pytest.mark.parametrize("kind", sorted(KINDS, key=lambda kind: kind.__name__))
def test_contender(start, database, kind):
    contender = start(kind)
    contender.warm_up(MESSAGES)
    before = database.counts()
    taken = contender.slice(SECONDS)
    assert taken.per_second > 0
    assert 0 < taken.p50 <= taken.p99 <= taken.longest
    after = database.counts()
    stored = {table: after[table] - before[table] for table in ("messages", "webhook_events")}
    assert stored["messages"] == stored["webhook_events"]
    assert (stored["messages"] > 0) == (kind not in STORE_NOTHING)
    if contender.holds:
        held = contender.hold(SECONDS)
        assert held.kib > 1024
        assert held.connections > 0


def test_a_contender_that_checks_no_signatures(start, monkeypatch):
    monkeypatch.setattr(BareLighttpd, "checks_signatures", True)
    with pytest.raises(RuntimeError, match="answered {200: "):
        start(BareLighttpd).warm_up(MESSAGES)


def test_a_contender_that_stores_nothing(start, monkeypatch):
    monkeypatch.setattr(BareLighttpd, "application", "bare")
    with pytest.raises(RuntimeError, match="32 messages were acknowledged, and 0 are in messages"):
        start(BareLighttpd).warm_up(MESSAGES)


def test_a_contender_that_refuses_everything(start, monkeypatch):
    monkeypatch.setattr(EmptyCgid, "expected", 200)
    with pytest.raises(RuntimeError, match="answered {403: 32}"):
        start(EmptyCgid).warm_up(MESSAGES)


class Fake:
    """Takes as many requests a second as it is told, slice for slice."""

    def __init__(self, title, *rates):
        self.title = title
        self.rates = iter(rates)

    def slice(self, _):
        rate = next(self.rates)
        return Slice(rate, 1e3 / rate, 2e3 / rate, 3e3 / rate)


@pytest.fixture
def rounds():
    """The machine was half as fast in the second round."""
    rounds = Rounds([Fake("Hookswitch", 800, 400, 900), Fake("PHP-FPM", 400, 100, 300),
                     Fake("Node.js", 100, 50, 100)])
    rounds.run(3, 1, lambda: None)
    return rounds


def test_ratios_are_taken_within_a_round(rounds):
    ratio = rounds.ratio("Hookswitch", "PHP-FPM")
    assert (ratio.least, ratio.median, ratio.most) == (2, 3, 4)
    line, = [line for line in table(GROUPS["lighttpd"], rounds, {}) if "PHP-FPM" in line]
    assert line == "| PHP-FPM | 300 | 3.33 ms | 6.67 ms | 30 ms |  |  | 3.00 (2.00-4.00) |"


def test_goals(rounds):
    held = {"Hookswitch": Held(1000, 1), "Node.js": Held(5000, 16)}
    assert [str(goal) for goal in goals(GROUPS["lighttpd"], rounds, held)] == [
        "reached: 3.00 times PHP-FPM, of 2.5",
        "reached: p99 0.33 times that of PHP-FPM, below 1",
        "reached: 8.00 times Node.js, of 3.5",
        "reached: p99 0.12 times that of Node.js, below 1",
        "MISSED: 0.200 of the memory of Node.js, below 0.1",
    ]
    assert [str(goal) for goal in goals(GROUPS["fcgid"], rounds, {})] == [
        "reached: longest 8 ms, below 1000",
    ]
