# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pictures in one file: rates by size, and pings during a transfer, as far as they were measured. Drawn by gnuplot."""

import shutil
import subprocess
import sys

PANEL_WIDTH = 560
HEAD = """set terminal svg size {width},420 background "white" font "sans,12"
set output {output}
set multiplot layout 1,{count}
set grid
set key top left
"""
RATES = """set title "How fast files move"
set xlabel "size, MiB"
set ylabel "MiB/s"
set logscale x 4
"""
PINGS = """unset logscale
set title "Pings while a file of {size} moves"
set xlabel "seconds since its start"
set ylabel "round trip, ms"
set logscale y
"""


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def draw(report, path):
    """Says so where there is no gnuplot, or nothing to draw."""
    drawn = script(report, path)
    if drawn is None:
        print("no plot: it is of what sizes and moving measure", file=sys.stderr)
    elif not shutil.which("gnuplot"):
        print("no plot: install gnuplot-nox for it", file=sys.stderr)
    else:
        subprocess.run(["gnuplot"], input=drawn, text=True, check=True)


def script(report, path):
    """For gnuplot. None where there is nothing to draw."""
    panels = [panel for panel in (rates(report), pings(report)) if panel]
    if not panels:
        return None
    head = HEAD.format(width=PANEL_WIDTH * len(panels), output=quoted(path), count=len(panels))
    return head + "".join(panels)


def rates(report):
    drawn = [(name, [(size / (1 << 20), rate) for size, rate in points], "linespoints") for name, points in report.sizes.items()]
    return drawn and RATES + curves(drawn)


def pings(report):
    drawn = [(f"while {way}", points, "points pointtype 7 pointsize 0.2") for way, points in report.pings.items()]
    if not drawn:
        return None
    end = max(since for _, points, _ in drawn for since, _ in points)
    drawn.append(("alone, 99th percentile", [(0, report.ping_alone), (end, report.ping_alone)], "lines dashtype 2"))
    return PINGS.format(size=f"{report.size >> 20} MiB") + curves(drawn)


def curves(drawn):
    """@drawn: [(name, points, how)]"""
    data = "".join("".join(f"{x} {y}\n" for x, y in points) + "e\n" for _, points, _ in drawn)
    return "plot " + ", ".join(f"'-' title {quoted(name)} with {how}" for name, _, how in drawn) + "\n" + data
