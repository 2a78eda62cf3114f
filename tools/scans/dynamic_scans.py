"""Scanners of the running site: wapiti in each role, schemathesis on the API."""

from __future__ import annotations

import json
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.scans.findings import ScanFinding
from tools.scans.static_analysis import NoReport
from tools.scans.target_site import TargetSite, sign_in_again

# Without the modules that query the internet (wapp, nikto, ssrf).
MODULES = (
    "xss,permanentxss,sql,timesql,redirect,file,exec,crlf,csrf,csp,http_headers,cookieflags,"
    "htaccess,methods"
)
# A crawler presses every button; these would end the session or delete what is scanned.
NOT_PRESSED = ("logout", "erase", "withdraw", "delete", "purge", "password", "factor", "others")
FILES = ("static/", "media/")
CRAWL_S, ATTACK_S, PATIENCE_S = 60, 60, 1800
EXAMPLES = 200
TOKEN = "csrfmiddlewaretoken"  # noqa: S105 - the field's name
HEADLINE = re.compile(r"^- (?:ST\d+ )?(.+?)\s*$", re.MULTILINE)


def scan_with_wapiti(
    program: Path, site: TargetSite, scratch: Path, say: Callable[[str], None]
) -> Iterator[ScanFinding]:
    """Scan as a visitor, then signed in as each role; a role must see more than a visitor."""
    seen = 0
    for role in ("visitor", *site.cookies):
        say(f"wapiti as {role}")
        report = scratch / f"wapiti-{role}.json"
        command = _wapiti_command(program, sign_in_again(site), role, report)
        _run(command, report)
        told = json.loads(report.read_text())
        pages = int(told["infos"]["crawled_pages_nbr"])
        if role != "visitor" and pages <= seen:
            raise NoReport(f"wapiti as {role} saw no more than a visitor: {pages} pages")
        seen = pages if role == "visitor" else seen
        yield from parse_wapiti(told, role)


def _wapiti_command(program: Path, site: TargetSite, role: str, report: Path) -> list[str]:
    cookie = _cookie(site.cookies.get(role, {}))
    left_out = [part for word in NOT_PRESSED + FILES for part in ("-x", f"{site.url}/*{word}*")]
    return [
        *(str(program), "-u", f"{site.url}/", "--scope", "folder", "-m", MODULES),
        *("--flush-session", "--store-session", str(report.parent / f"wapiti-{role}")),
        *("--max-scan-time", str(CRAWL_S), "--max-attack-time", str(ATTACK_S)),
        # Django's token differs on each page; without this every form would always be new.
        *("--skip", TOKEN, "--max-files-per-dir", "40", "-S", "paranoid"),
        *("-f", "json", "-o", str(report), "--no-bugreport", "-v", "0", *left_out),
        *(("-C", cookie) if cookie else ()),
    ]


def parse_wapiti(report: Mapping[str, Any], role: str) -> Iterator[ScanFinding]:
    """Yield vulnerabilities and anomalies; wapiti's additional remarks have level 0."""
    for kind in ("vulnerabilities", "anomalies"):
        for rule, entries in report.get(kind, {}).items():
            for entry in entries:
                where = f"{entry['method']} {entry['path'].partition('?')[0]} as {role}"
                yield ScanFinding("wapiti", int(entry["level"]), rule, where, entry["info"])


def scan_with_schemathesis(
    program: Path, site: TargetSite, scratch: Path, schema: str, role: str | None
) -> Iterator[ScanFinding]:
    """Send requests drawn from the schema: valid, unusual and invalid ones."""
    report = scratch / f"schemathesis-{role or 'visitor'}.xml"
    cookies = sign_in_again(site).cookies.get(role or "", {})
    headers = {"Cookie": _cookie(cookies), "X-CSRFToken": cookies.get("csrftoken", "")}
    command = [
        *(str(program), "run", f"{site.url}{schema}", "--url", site.url),
        *("--report", "junit", "--report-junit-path", str(report)),
        *("--max-examples", str(EXAMPLES), "--seed", "1", "--no-color"),
        *(f"--header={name}: {value}" for name, value in headers.items() if value),
    ]
    _run(command, report)
    yield from parse_schemathesis(report.read_text())


def parse_schemathesis(report: str) -> Iterator[ScanFinding]:
    """Yield one finding for each kind of failure of an operation; a server crash has level 3."""
    cases = list(ElementTree.fromstring(report).iter("testcase"))  # noqa: S314 - our own file
    if not cases:
        raise NoReport("schemathesis found no operation to try")
    for case in cases:
        for failure in [*case.iter("failure"), *case.iter("error")]:
            said = f"{failure.get('message') or ''}\n{failure.text or ''}"
            for rule in _find_rules(said):
                level = 3 if rule == "Server error" else 2
                yield ScanFinding("schemathesis", level, rule, case.get("name") or "")


def _find_rules(said: str) -> list[str]:
    """Return the headlines, each written as `- ST101 Server error`."""
    return HEADLINE.findall(said) or [said.strip().partition("\n")[0]]


def _cookie(cookies: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def _run(command: list[str], report: Path) -> None:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=PATIENCE_S,
        cwd=report.parent,
    )  # fmt: skip
    if not report.exists():
        raise NoReport(f"{command[0]}: {(done.stderr or done.stdout).strip()[-500:]}")
