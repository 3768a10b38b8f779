# SPDX-License-Identifier: LGPL-2.1-or-later
"""What counts as growth. Knows numbers only.

Samples are taken while nothing runs. What is least in the last third of them may not be more than what is
least in the second third and a slack. The first third is for caches to fill, and for agents that are killed:
who is sampled after it has lived through all of the rest. The least, since a sample may meet something that is
about to end; a leak is in each of them."""

# name: [how much more is no growth, why]
SLACK = {
    "memory": (3072, "KiB; pages that the sanitizer's allocator has touched and not given back yet"),
    "descriptors": (0, "each is somebody's"),
    "threads": (2, "GLib's pool of threads keeps some for 15 s"),
    "processes": (0, "all programs have ended"),
    "files": (32, "results of guest-exec are kept for 120 s, and are more after a busy minute"),
    "parts": (8, "interrupted copies leave a part each; they go to 8 names"),
    "temporary": (0, "nobody leaves files in /tmp"),
}
LEAST_SAMPLES = 6


def thirds(series):
    third = len(series) // 3
    return series[third:2 * third], series[-third:]


def judge(series):
    """@series: {(whose, what): numbers}. Returns sentences on what has grown."""
    found = []
    for (whose, what), numbers in sorted(series.items()):
        if len(numbers) < LEAST_SAMPLES:
            continue
        before, after = (min(part) for part in thirds(numbers))
        slack, _ = SLACK[what]
        if after > before + slack:
            found.append(f"{whose}: {what} grew from {before} to {after}, which is more than {slack}: {numbers}")
    return found
