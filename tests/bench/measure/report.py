# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table that a run prints, and the same as JSON."""

import sys
from dataclasses import dataclass

HEADS = ("what", "ours", "±", "beside", "its", "±", "ratio", "aim", "")


@dataclass(frozen=True)
class Aim:
    """Of the ratio of ours to the other's; where there is no other, of ours."""

    least: float = None
    most: float = None

    def is_met(self, value):
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def __str__(self):
        return f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"


class Row:
    """@figure: ours; @than: what it is compared with, and @other its figure, or None for both"""

    def __init__(self, name, unit, figure, than=None, other=None, aim=None):
        self.name = name
        self.unit = unit
        self.figure = figure
        self.than = than
        self.other = other
        self.aim = aim

    @property
    def ratio(self):
        return self.figure.value / self.other.value if self.other and self.other.value else None

    @property
    def met(self):
        """None where there is no aim, or nothing to hold it against."""
        value = self.figure.value if self.other is None else self.ratio
        if self.aim is None or value is None:
            return None
        return self.aim.is_met(value)

    def cells(self):
        met = {None: "", True: "met", False: "NOT MET"}[self.met]
        other = ("", "", "") if self.other is None else (self.than, number(self.other.value), share(self.other))
        return (self.name, f"{number(self.figure.value)} {self.unit}", share(self.figure), *other,
                "" if self.ratio is None else f"{self.ratio:.2f}", "" if self.aim is None else str(self.aim), met)

    def to_json(self):
        def told(figure):
            return None if figure is None else {"value": figure.value, "rounds": figure.rounds, "count": figure.count}

        return {"name": self.name, "unit": self.unit, "ours": told(self.figure), "than": self.than, "other": told(self.other),
                "ratio": self.ratio, "aim": None if self.aim is None else str(self.aim), "met": self.met}


def number(value):
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def share(figure):
    return f"{100 * figure.spread:.0f}%" if len(figure.rounds) > 1 else ""


class Report:
    """@facts: {what: text} that the figures depend on; @size: of the file, in bytes

    For the plot: sizes is {way and who: [(bytes, MiB/s)]}; pings is {way: [(seconds since the start, ms)]};
    ping_alone is the 99th percentile of those without a file, in ms"""

    def __init__(self, facts, size):
        self.facts = dict(facts)
        self.size = size
        self.rows = []
        self.sizes = {}
        self.pings = {}
        self.ping_alone = None

    def add(self, *arguments, **named):
        row = Row(*arguments, **named)
        self.rows.append(row)
        # A run takes minutes: whoever watches sees what it has found.
        print(f"    {'  '.join(cell for cell in row.cells() if cell)}", file=sys.stderr, flush=True)

    @property
    def missed(self):
        return [row.name for row in self.rows if row.met is False]

    def to_text(self):
        table = [HEADS, *(row.cells() for row in self.rows)]
        widths = [max(len(row[column]) for row in table) for column in range(len(HEADS))]
        right = {1, 2, 4, 5, 6}
        lines = [f"{what}: {text}" for what, text in self.facts.items()] + [""]
        for row in table:
            cells = [cell.rjust(width) if column in right else cell.ljust(width)
                     for column, (cell, width) in enumerate(zip(row, widths))]
            lines.append("  ".join(cells).rstrip())
        return "\n".join(lines) + "\n"

    def to_json(self):
        return {"facts": self.facts, "bytes": self.size, "rows": [row.to_json() for row in self.rows], "sizes": self.sizes,
                "pings": self.pings, "ping alone": self.ping_alone}
