"""A plugin of pytest: runs the tests that are switched off because their makers have no server for them, and
writes down how each test went."""

import json
import os

REASON = "Mock server tests are disabled"

told = {}


def is_switched_off(mark):
    return mark.name == "skip" and mark.kwargs.get("reason") == REASON


def pytest_collection_modifyitems(items):
    for item in items:
        for node in item.iter_parents():
            node.own_markers = [mark for mark in node.own_markers if not is_switched_off(mark)]


def pytest_runtest_logreport(report):
    # A test that fails when it is set up or ends failed, whatever it did between.
    if report.failed:
        told[report.nodeid] = ("failed", report.longreprtext.splitlines()[-1])
    elif report.skipped:
        reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        told[report.nodeid] = ("skipped", reason.removeprefix("Skipped: "))
    elif report.when == "call":
        told.setdefault(report.nodeid, ("passed", ""))


def pytest_sessionfinish(exitstatus):
    # What cannot be read is no test that passed.
    if exitstatus <= 1:
        with open(os.environ["CONFORMANCE_REPORT"], "w", encoding="utf-8") as file:
            json.dump([[name, *how] for name, how in told.items()], file)
