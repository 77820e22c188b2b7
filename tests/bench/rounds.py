"""Contenders measured in turns, and how they compare within each round."""

import statistics
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """A figure over all rounds."""

    least: float
    median: float
    most: float

    @classmethod
    def of(cls, figures):
        figures = list(figures)
        return cls(min(figures), statistics.median(figures), max(figures))


class Rounds:
    """The slices of each contender, in order."""

    def __init__(self, contenders):
        self.contenders = contenders
        self.slices = {contender.title: [] for contender in contenders}

    def run(self, n, seconds, before_round):
        """The order turns round each time, so that nobody always comes behind the same one."""
        for number in range(n):
            before_round()
            order = self.contenders if number % 2 == 0 else self.contenders[::-1]
            for contender in order:
                taken = contender.slice(seconds)
                self.slices[contender.title].append(taken)
                print(f"  round {number + 1} of {n}: {contender.title}:"
                      f" {taken.per_second:.0f}/s, p99 {taken.p99:.1f} ms, longest"
                      f" {taken.longest:.0f} ms", file=sys.stderr, flush=True)

    def spread(self, title, figure):
        return Spread.of(getattr(taken, figure) for taken in self.slices[title])

    def ratio(self, title, other, figure="per_second"):
        """How many times the other's, within each round."""
        return Spread.of(getattr(mine, figure) / getattr(theirs, figure)
                         for mine, theirs in zip(self.slices[title], self.slices[other]))
