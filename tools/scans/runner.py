"""Runs judges one after the other, each with its program, its scratch folder and its seconds."""

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
from tools.scans.findings import Excepted, Finding, Verdict, without
from tools.scans.target_site import Judged

NAMES = ("bandit", "detect-secrets", "pip-audit", "lighthouse", "schemathesis", "wapiti")
NEED_A_SITE = ("lighthouse", "schemathesis", "wapiti")
SCHEMA, PLANTED_SCHEMA = "/api/schema/?format=json", "/openapi.json"


@dataclass(frozen=True, slots=True)
class Case:
    """What is judged: a running site, our source or the planted one, and where tools live."""

    root: Path
    home: Path
    site: Judged | None
    today: date
    say: Callable[[str], None]
    planted: Path | None = None
    excepted: Sequence[Excepted] = ()


def judge(names: Iterable[str], case: Case) -> Iterator[Verdict]:
    for name in names:
        began = time.monotonic()
        case.say(name)
        program = scanner_programs.program(name, case.home)
        note = ""
        with tempfile.TemporaryDirectory(prefix="attune-judge-") as scratch:
            try:
                found = without(_ask(name, program, case, Path(scratch)), case.excepted)
            except static_analysis.NoService:
                found, note = [], _unasked(case)
        yield Verdict(name, found, time.monotonic() - began, note)


def _ask(name: str, program: Path, case: Case, scratch: Path) -> Iterable[Finding]:
    if name == "bandit":
        return static_analysis.bandit(program, case.planted or case.root, _folders(case))
    if name == "detect-secrets":
        baseline = None if case.planted else case.root / static_analysis.BASELINE
        return static_analysis.detect_secrets(program, case.planted or case.root, baseline)
    if name == "pip-audit":
        return static_analysis.pip_audit(program, (case.planted or case.root) / "constraints.txt")
    if case.site is None:
        raise ValueError(f"{name} needs a running site")
    if name == "lighthouse":
        if case.planted:
            return lighthouse.lighthouse(program, case.site, case.say, lighthouse.PLANTED, loads=1)
        return lighthouse.lighthouse(program, case.site, case.say, lighthouse.pages_of(case.site))
    if name == "wapiti":
        return dynamic_scans.wapiti(program, case.site, scratch, case.say)
    schema = PLANTED_SCHEMA if case.planted else SCHEMA
    roles = tuple(case.site.cookies) or (None,)
    site = case.site
    return chain.from_iterable(
        dynamic_scans.schemathesis(program, site, scratch, schema, role) for role in roles
    )


def _folders(case: Case) -> Sequence[str]:
    return (".",) if case.planted else static_analysis.OURS


def _unasked(case: Case) -> str:
    pins = ", ".join(static_analysis.pins(case.root / "constraints.txt"))
    said = f"The vulnerability service did not answer. Pins of {case.today.isoformat()}: {pins}"
    return textwrap.fill(said, 100, subsequent_indent="  ")
