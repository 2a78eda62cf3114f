"""The judge that scores: Lighthouse opens the pages where people spend their time, signed in, as on
a desk and as on a phone. Every category of a page has to reach 95.

It runs in `scores.mjs`, in a browser that holds the log-in as a person's browser does. The speed of
a page varies from load to load: the score that counts is the middle one of three.
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
from tools.scans.findings import Finding
from tools.scans.scanner_programs import NoTool
from tools.scans.static_analysis import NoReport
from tools.scans.target_site import Judged
from vault import http_client

LEAST = 95
LOADS = 3
# Without a class at work Now would be an empty page.
LEARNERS = 8
DRIVER = Path(__file__).with_suffix(".mjs")
PATIENCE_S = 3600
MOVED = (301, 302, 303)
COURSE = re.compile(r'href="(/courses/[\w-]+/)"')
UNIT = re.compile(r'href="(/units/[\w-]+/)"')


@dataclass(frozen=True, slots=True)
class Page:
    """A page by the name it is told under, and as whom it is opened (None: a visitor)."""

    name: str
    path: str
    role: str | None


PLANTED = (Page("book", "/book", None),)


def lighthouse(
    program: Path,
    site: Judged,
    say: Callable[[str], None],
    pages: Sequence[Page],
    loads: int = LOADS,
) -> Iterator[Finding]:
    """One finding for each category of each page on each device: of level 2 below 95, else 0."""
    for page in pages:
        for load in _loaded(program, site, page, loads):
            found = list(score_findings(page.name, load))
            told = "; ".join(f"{one.rule} {one.what}" for one in found)
            say(f"{page.name}, {load['device']}: {told} (machine {load['benchmark']})")
            yield from found


def score_findings(name: str, load: Mapping[str, Any]) -> Iterator[Finding]:
    """`load`: the device, and by category its score and the audits that took from it."""
    for category, said in load["categories"].items():
        score = round(100 * said["score"])
        level = 0 if score >= LEAST else 2
        lost = f" of {LEAST}: {', '.join(said['lost'])}" if level else ""
        yield Finding("lighthouse", level, category, f"{name}, {load['device']}", f"{score}{lost}")


def pages_of(site: Judged) -> list[Page]:
    """The course and its first video as a Learner, Now as their Teacher; each has answered once."""
    course = _first(COURSE, site, "/")
    units = dict.fromkeys(UNIT.findall(_text(site, course)))
    video = next((unit for unit in units if "<video" in _text(site, unit)), None)
    if video is None:
        raise NoReport(f"expected a video in {course}")
    now = course.replace("/courses/", "/teach/")
    _text(site, now, "teacher")
    return [
        Page("course", course, "learner"),
        Page("player", video, "learner"),
        Page("Now", now, "teacher"),
    ]


def _loaded(program: Path, site: Judged, page: Page, loads: int) -> Sequence[Mapping[str, Any]]:
    """The cookies go in by the pipe: a command line can be read by others."""
    node, chromium = shutil.which("node"), required_programs.any_chromium()
    if node is None or chromium is None:
        raise NoTool("lighthouse needs Node.js and Chromium on the path")
    task = {
        "modules": str(program.parents[0]),
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


def _first(pattern: re.Pattern[str], site: Judged, path: str) -> str:
    found = pattern.search(_text(site, path))
    if found is None:
        raise NoReport(f"expected {pattern.pattern} at {path}")
    return found[1]


def _text(site: Judged, path: str, role: str = "learner") -> str:
    """Return a page as somebody signed in reads it, or "" where it sends them to another page.

    Asked once, its templates are ready.
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
