"""A group's table, for people and for the README, and its goals."""

from dataclasses import dataclass

COLUMNS = ("", "requests/s", "p50", "p99", "longest", "memory", "connections",
           "Hookswitch takes so many times its requests")


@dataclass(frozen=True)
class Held:
    """What a contender held under load."""

    kib: int
    connections: int


@dataclass(frozen=True)
class Goal:
    text: str
    is_reached: bool

    def __str__(self):
        return f"{'reached' if self.is_reached else 'MISSED'}: {self.text}"


def table(group, rounds, held):
    """Lines of Markdown. Figures are medians over the rounds, "longest" the longest of all; ratios
    are taken within each round, and in brackets is the least and the greatest of them."""
    yield f"**{group.title}**"
    yield ""
    yield f"| {' | '.join(COLUMNS)} |"
    yield f"|{'---|' * len(COLUMNS)}"
    for title in rounds.slices:
        ratio = ""
        if title != group.ours.title:
            spread = rounds.ratio(group.ours.title, title)
            ratio = f"{spread.median:.2f} ({spread.least:.2f}-{spread.most:.2f})"
        yield f"| {' | '.join((title, *figures(rounds, title), *holding(held, title), ratio))} |"


def figures(rounds, title):
    yield f"{rounds.spread(title, 'per_second').median:.0f}"
    for name in ("p50", "p99"):
        yield f"{rounds.spread(title, name).median:.2f} ms"
    yield f"{rounds.spread(title, 'longest').most:.0f} ms"


def holding(held, title):
    if title not in held:
        return "", ""
    return f"{held[title].kib / 1024:.1f} MiB", str(held[title].connections)


def goals(group, rounds, held):
    """Of those contenders that were there."""
    ours = group.ours.title
    for peer in group.peers:
        theirs = peer.kind.title
        if peer.goal and theirs in rounds.slices:
            ratio = rounds.ratio(ours, theirs).median
            yield Goal(f"{ratio:.2f} times {theirs}, of {peer.goal:g}", ratio >= peer.goal)
        if peer.is_quicker and theirs in rounds.slices:
            ratio = rounds.ratio(ours, theirs, "p99").median
            yield Goal(f"p99 {ratio:.2f} times that of {theirs}, below 1", ratio < 1)
        if peer.memory and theirs in held:
            part = held[ours].kib / held[theirs].kib
            yield Goal(f"{part:.3f} of the memory of {theirs}, below {peer.memory:g}",
                       part < peer.memory)
    if group.longest:
        longest = rounds.spread(ours, "longest").most
        yield Goal(f"longest {longest:.0f} ms, below {group.longest:g}", longest < group.longest)
