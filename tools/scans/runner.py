"""Runs scanners one after another, each with its program, its scratch folder and its timing."""

from __future__ import annotations

import tempfile
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

from tools.scans import dynamic_scans, lighthouse, scanner_programs, static_analysis
from tools.scans.findings import ScanException, ScanFinding, ScanVerdict, remove_excepted
from tools.scans.target_site import TargetSite

NAMES = ("bandit", "detect-secrets", "pip-audit", "lighthouse", "schemathesis", "wapiti")
NEED_A_SITE = ("lighthouse", "schemathesis", "wapiti")
SCHEMA, PLANTED_SCHEMA = "/api/schema/?format=json", "/openapi.json"


@dataclass(frozen=True, slots=True)
class ScanCase:
    """What is scanned (a running site, our source or the planted one), and where programs are."""

    root: Path
    home: Path
    site: TargetSite | None
    today: date
    say: Callable[[str], None]
    planted: Path | None = None
    excepted: Sequence[ScanException] = ()


def run_scanners(names: Iterable[str], case: ScanCase) -> Iterator[ScanVerdict]:
    for name in names:
        began = time.monotonic()
        case.say(name)
        program = scanner_programs.install_program(name, case.home)
        note = ""
        with tempfile.TemporaryDirectory(prefix="attune-judge-") as scratch:
            try:
                found = remove_excepted(
                    _run_scanner(name, program, case, Path(scratch)), case.excepted
                )
            except static_analysis.NoService:
                found, note = [], _format_unavailable(case)
        yield ScanVerdict(name, found, time.monotonic() - began, note)


def _run_scanner(name: str, program: Path, case: ScanCase, scratch: Path) -> Iterable[ScanFinding]:
    if name == "bandit":
        return static_analysis.scan_with_bandit(
            program, case.planted or case.root, _choose_folders(case)
        )
    if name == "detect-secrets":
        baseline = None if case.planted else case.root / static_analysis.BASELINE
        return static_analysis.scan_with_detect_secrets(
            program, case.planted or case.root, baseline
        )
    if name == "pip-audit":
        return static_analysis.scan_with_pip_audit(
            program, (case.planted or case.root) / "constraints.txt"
        )
    if case.site is None:
        raise ValueError(f"{name} needs a running site")
    if name == "lighthouse":
        if case.planted:
            return lighthouse.score_pages(program, case.site, case.say, lighthouse.PLANTED, loads=1)
        return lighthouse.score_pages(
            program, case.site, case.say, lighthouse.find_pages(case.site)
        )
    if name == "wapiti":
        return dynamic_scans.scan_with_wapiti(program, case.site, scratch, case.say)
    schema = PLANTED_SCHEMA if case.planted else SCHEMA
    roles = tuple(case.site.cookies) or (None,)
    site = case.site
    return chain.from_iterable(
        dynamic_scans.scan_with_schemathesis(program, site, scratch, schema, role) for role in roles
    )


def _choose_folders(case: ScanCase) -> Sequence[str]:
    return (".",) if case.planted else static_analysis.OURS


def _format_unavailable(case: ScanCase) -> str:
    pins = ", ".join(static_analysis.list_pins(case.root / "constraints.txt"))
    said = f"The vulnerability service did not answer. Pins of {case.today.isoformat()}: {pins}"
    return textwrap.fill(said, 100, subsequent_indent="  ")
