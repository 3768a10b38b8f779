#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Adds up what `meson test` left: one case for each line of TAP, one for each
test that speaks no TAP, and one failure for a test that died or leaked with
none of its lines failed. Names what failed; the last line is
'N passed, N failed[, N skipped]'."""

import json
import os
import sys
import xml.etree.ElementTree as ET


def outcome(case):
    for child in case:
        if child.tag in ("failure", "error"):
            return "failed"
        if child.tag == "skipped":
            return "skipped"
    return "passed"


def plain(test):
    """Without the suite that meson may put ahead."""
    return test.rpartition(" / ")[2].strip()


def read_cases(path):
    """[(test, case, outcome)]; a test without TAP is its own case."""
    for suite in ET.parse(path).getroot().iter("testsuite"):
        _, _, test = suite.get("name").partition(".")
        for case in suite.iter("testcase"):
            yield plain(test or case.get("name")), case.get("name"), outcome(case)


def read_broken(path):
    """The tests that did not end well, as a whole."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            test = json.loads(line)
            if test["result"] not in ("OK", "SKIP"):
                yield plain(test["name"])


def main():
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    failures = []
    for base in sys.argv[1:]:
        where = os.path.basename(base)
        if not (os.path.exists(base + ".json") and os.path.exists(base + ".junit.xml")):
            totals["failed"] += 1
            failures.append(f"{where}: it did not run")
            continue
        failed_tests = set()
        for test, case, result in read_cases(base + ".junit.xml"):
            totals[result] += 1
            if result == "failed":
                failed_tests.add(test)
                failures.append(f"{where}: {test}: {case}")
        for test in read_broken(base + ".json"):
            if test not in failed_tests:
                totals["failed"] += 1
                failures.append(f"{where}: {test}: ended badly")
    for failure in failures:
        print("FAILED", failure)
    skipped = f", {totals['skipped']} skipped" if totals["skipped"] else ""
    print(f"{totals['passed']} passed, {totals['failed']} failed{skipped}")
    return 1 if totals["failed"] or not totals["passed"] else 0


sys.exit(main())
