"""Static scanners: bandit on our source, detect-secrets on all files, pip-audit on the pins."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.scans.findings import ScanFinding

LEVELS = {"LOW": 1, "MEDIUM": 2, "HIGH": 3}
OURS = ("attune_client", "bridge", "platform", "emotion", "interventions", "tools")
# Hashes of downloads, and pictures, look like secrets but are not.
NO_SECRETS_IN = (
    r"(^|/)(static/vendor|node_modules|var|\.venv|\.git|__pycache__|\..*_cache)/|lock|\.baseline$"
)
BASELINE = Path("tests") / "tools" / "scans" / "secrets.baseline"
PATIENCE_S = 600


class NoService(Exception):
    """The vulnerability service cannot be reached."""


class NoReport(Exception):
    """A scanner ended without a report; the message is its last output."""


def scan_with_bandit(
    program: Path, root: Path, folders: Sequence[str] = OURS
) -> Iterator[ScanFinding]:
    said = _run_for_output([str(program), "-r", *folders, "-f", "json", "-q"], root)
    return parse_bandit(json.loads(said), root)


def parse_bandit(report: Mapping[str, Any], root: Path) -> Iterator[ScanFinding]:
    for result in report["results"]:
        where = _relative(result["filename"], root)
        what = f"{result['test_name']}, line {result['line_number']}"
        yield ScanFinding(
            "bandit", LEVELS[result["issue_severity"]], result["test_id"], where, what
        )


def scan_with_detect_secrets(
    program: Path, root: Path, baseline: Path | None
) -> Iterator[ScanFinding]:
    known = json.loads(baseline.read_text()) if baseline else {"results": {}}
    return parse_secrets(_run_detect_secrets(program, root), known)


def accept_secrets(program: Path, root: Path) -> int:
    """Rewrite the baseline: whatever looks like a secret now is none. Return the count."""
    found = _run_detect_secrets(program, root)["results"]
    kept = {
        path: [{name: secret[name] for name in ("type", "hashed_secret")} for secret in secrets]
        for path, secrets in found.items()
    }
    (root / BASELINE).write_text(json.dumps({"results": kept}, indent=1, sort_keys=True) + "\n")
    return sum(map(len, found.values()))


def _run_detect_secrets(program: Path, root: Path) -> Mapping[str, Any]:
    command = [str(program), "scan", "--all-files", "--exclude-files", NO_SECRETS_IN]
    found: Mapping[str, Any] = json.loads(_run_for_output([*command, *_list_files(root)], root))
    return found


def _list_files(root: Path) -> list[str]:
    """List tracked and untracked files; without git, everything."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if not (root / ".git").exists():
        return ["."]
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=root).stdout
    return [name for name in said.split("\0") if name and (root / name).is_file()]


def parse_secrets(report: Mapping[str, Any], baseline: Mapping[str, Any]) -> Iterator[ScanFinding]:
    """Yield possible secrets that are not in the baseline, only by kind and line."""
    known = set(_iterate_secrets(baseline))
    for path, secrets in report["results"].items():
        for secret in secrets:
            if (path, secret["hashed_secret"]) not in known:
                line = f"line {secret['line_number']}"
                yield ScanFinding("detect-secrets", 2, secret["type"], path, line)


def scan_with_pip_audit(program: Path, requirements: Path) -> Iterable[ScanFinding]:
    """Yield known vulnerabilities of the pins; NoService if the service is unreachable."""
    command = [str(program), "-r", str(requirements), "--no-deps", "--disable-pip", "-f", "json"]
    done = subprocess.run(
        [*command, "--timeout", "10", "--progress-spinner", "off"],
        check=False, capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip
    try:
        return list(parse_pip_audit(json.loads(done.stdout)))
    except json.JSONDecodeError:
        raise NoService("no answer") from None


def parse_pip_audit(report: Mapping[str, Any]) -> Iterator[ScanFinding]:
    packages = report["dependencies"]
    if all("skip_reason" in package for package in packages):
        raise NoService("no package could be asked about")
    for package in packages:
        if "skip_reason" in package:
            yield ScanFinding(
                "pip-audit", 1, "not audited", package["name"], package["skip_reason"]
            )
        for one in package.get("vulns", []):
            where = f"{package['name']}=={package['version']}"
            yield ScanFinding("pip-audit", 3, one["id"], where, f"mended in {one['fix_versions']}")


def list_pins(requirements: Path) -> list[str]:
    """List the pins, as a dated substitute for an audit that can be made later."""
    return [line for line in requirements.read_text().splitlines() if "==" in line]


def _iterate_secrets(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for path, secrets in report["results"].items():
        for secret in secrets:
            yield path, secret["hashed_secret"]


def _relative(name: str, root: Path) -> str:
    path = Path(name)
    return str(path.relative_to(root)) if path.is_absolute() else name.removeprefix("./")


def _run_for_output(command: list[str], folder: Path) -> str:
    """Run a command and return its output; both scanners exit with 0 or 1 after a full scan."""
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=PATIENCE_S, cwd=folder
    )
    if done.returncode > 1 or not done.stdout:
        raise NoReport(f"{command[0]}: {done.stderr.strip()[-500:]}")
    return done.stdout
