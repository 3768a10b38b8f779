# SPDX-License-Identifier: LGPL-2.1-or-later
"""Figures from repeated measurements: one value, and how far the rounds lie apart, which is the host's noise."""

import statistics

MIB = 1 << 20


class Figure:
    """@rounds: what each round gave; @value: what stands for all of them; @count: single measurements in it"""

    def __init__(self, value, rounds, count=None):
        self.value = value
        self.rounds = list(rounds)
        self.count = len(self.rounds) if count is None else count

    @property
    def spread(self):
        """0.1 where the rounds lie within 10 % of the value."""
        return (max(self.rounds) - min(self.rounds)) / abs(self.value) if self.value else 0.0


def percentile(samples, share):
    """The least sample that @share of all are not above."""
    return sorted(samples)[max(0, -(-len(samples) * share // 100) - 1)]


def best_rate(size, seconds):
    """MiB/s of the best round."""
    rates = [size / MIB / each for each in seconds]
    return Figure(max(rates), rates)


def median_time(rounds):
    """@rounds: lists of times"""
    every = [time for times in rounds for time in times]
    return Figure(statistics.median(every), [statistics.median(times) for times in rounds], len(every))


def percentile_time(rounds, share):
    every = [time for times in rounds for time in times]
    return Figure(percentile(every, share), [percentile(times, share) for times in rounds], len(every))


def largest(values):
    return Figure(max(values), values)
