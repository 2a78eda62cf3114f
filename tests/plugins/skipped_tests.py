"""Pytest plugin: tests that did not run are listed by reason, and too many of them fail the run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import pytest

RAN = ("passed", "failed", "error", "xfailed", "xpassed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--least-run",
        type=float,
        default=0.0,
        metavar="PERCENT",
        help="fail where fewer of the collected tests ran",
    )


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a passing run if too few tests ran; a worker of xdist has no reporter."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    least = session.config.getoption("--least-run")
    if reporter is not None and percent_run(reporter.stats) < least:
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    stats = terminalreporter.stats
    if not stats.get("skipped"):
        return
    share, least = percent_run(stats), terminalreporter.config.getoption("--least-run")
    terminalreporter.section(f"did not run: {100 - share:.1f} % of the tests")
    for line in lines(stats["skipped"]):
        terminalreporter.line(line)
    if share < least:
        terminalreporter.line(f"At least {least:g} % must run, so this run fails.", red=True)


def percent_run(stats: Mapping[str, Sequence[pytest.TestReport]]) -> float:
    """Return the percentage of tests that ran; 100 if there were none."""
    skipped = {report.nodeid for report in stats.get("skipped", ())}
    ran = {report.nodeid for kind in RAN for report in stats.get(kind, ())} - skipped
    return 100 * len(ran) / len(ran | skipped) if ran | skipped else 100.0


def lines(skipped: Iterable[pytest.TestReport]) -> list[str]:
    """Return each reason, followed by the tests it prevented."""
    by_reason = defaultdict(set)
    for report in skipped:
        by_reason[reason_of(report)].add(report.nodeid)
    found = []
    for reason, names in sorted(by_reason.items()):
        found += [f"{reason} ({len(names)})", *(f"  {name}" for name in sorted(names))]
    return found


def reason_of(report: pytest.TestReport) -> str:
    """Return the reason of the skip; pytest stores (path, line, "Skipped: reason")."""
    said = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return said.removeprefix("Skipped: ")
