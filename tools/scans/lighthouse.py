"""Lighthouse scores of the most used pages, signed in, for desktop and phone.

Every category of a page must reach 95. It runs in `lighthouse.mjs`, in a browser that has the
session as a person's browser does. Page speed varies from load to load: the median score of three
loads counts.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployment import required_programs
from tools.scans.findings import ScanFinding
from tools.scans.scanner_programs import NoTool
from tools.scans.static_analysis import NoReport
from tools.scans.target_site import TargetSite
from vault import http_client

LEAST = 95
LOADS = 3
# Without a class at work "Now" would be an empty page.
LEARNERS = 8
DRIVER = Path(__file__).with_suffix(".mjs")
PATIENCE_S = 3600
MOVED = (301, 302, 303)
COURSE = re.compile(r'href="(/courses/[\w-]+/)"')
UNIT = re.compile(r'href="(/units/[\w-]+/)"')


@dataclass(frozen=True, slots=True)
class ScoredPage:
    """A page to score, its name in the results, and the role that opens it (None: a visitor)."""

    name: str
    path: str
    role: str | None


PLANTED = (ScoredPage("book", "/book", None),)


def score_pages(
    program: Path,
    site: TargetSite,
    say: Callable[[str], None],
    pages: Sequence[ScoredPage],
    loads: int = LOADS,
) -> Iterator[ScanFinding]:
    """Yield a finding for each category, page and device: level 2 below 95, else 0."""
    for page in pages:
        for load in _run_lighthouse(program, site, page, loads):
            found = list(parse_scores(page.name, load))
            told = "; ".join(f"{one.rule} {one.what}" for one in found)
            say(f"{page.name}, {load['device']}: {told} (machine {load['benchmark']})")
            yield from found


def parse_scores(name: str, load: Mapping[str, Any]) -> Iterator[ScanFinding]:
    """Yield the findings of one load: its device, and the scores and failed audits by category."""
    for category, said in load["categories"].items():
        score = round(100 * said["score"])
        level = 0 if score >= LEAST else 2
        lost = f" of {LEAST}: {', '.join(said['lost'])}" if level else ""
        yield ScanFinding(
            "lighthouse", level, category, f"{name}, {load['device']}", f"{score}{lost}"
        )


def find_pages(site: TargetSite) -> list[ScoredPage]:
    """Return the course and its first video for a Learner, and "Now" for a Teacher.

    Each is requested once beforehand.
    """
    course = _find_first(COURSE, site, "/")
    units = dict.fromkeys(UNIT.findall(_fetch_text(site, course)))
    video = next((unit for unit in units if "<video" in _fetch_text(site, unit)), None)
    if video is None:
        raise NoReport(f"expected a video in {course}")
    now = course.replace("/courses/", "/teach/")
    _fetch_text(site, now, "teacher")
    return [
        ScoredPage("course", course, "learner"),
        ScoredPage("player", video, "learner"),
        ScoredPage("Now", now, "teacher"),
    ]


def _run_lighthouse(
    program: Path, site: TargetSite, page: ScoredPage, loads: int
) -> Sequence[Mapping[str, Any]]:
    """Run Lighthouse; cookies are passed by a pipe, as command lines are readable by others."""
    node, chromium = shutil.which("node"), required_programs.find_any_chromium()
    if node is None or chromium is None:
        raise NoTool("lighthouse needs Node.js and Chromium on the path")
    task = {
        "modules": str(program.parents[1]),
        "chromium": chromium,
        "url": f"{site.url}{page.path}",
        "cookies": dict(site.cookies[page.role]) if page.role else {},
        "loads": loads,
    }
    done = subprocess.run(
        [node, str(DRIVER)],
        check=False, capture_output=True, text=True, timeout=PATIENCE_S, input=json.dumps(task),
    )  # fmt: skip
    try:
        found: Sequence[Mapping[str, Any]] = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise NoReport(f"lighthouse at {page.name}: {done.stderr.strip()[-500:]}") from None
    return found


def _find_first(pattern: re.Pattern[str], site: TargetSite, path: str) -> str:
    found = pattern.search(_fetch_text(site, path))
    if found is None:
        raise NoReport(f"expected {pattern.pattern} at {path}")
    return found[1]


def _fetch_text(site: TargetSite, path: str, role: str = "learner") -> str:
    """Return a page as this role sees it, or "" if it redirects.

    The request also warms up the page's templates.
    """
    cookie = "; ".join(f"{name}={value}" for name, value in site.cookies[role].items())
    reply = http_client.send_request(
        "GET", f"{site.url}{path}", headers={"Cookie": cookie}, timeout=60
    )
    if reply.status in MOVED:
        return ""
    if not reply.accepted:
        raise NoReport(f"{path} answered {reply.status}")
    return reply.body.decode()
