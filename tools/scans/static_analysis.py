"""The judges that read: bandit over our source, detect-secrets over all that is committed,
pip-audit over the pins."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.scans.findings import Finding

LEVELS = {"LOW": 1, "MEDIUM": 2, "HIGH": 3}
OURS = ("bridge", "platform", "emotion", "interventions", "tools")
# Hashes of what is fetched, and pictures, look like secrets and are none.
NO_SECRETS_IN = (
    r"(^|/)(static/vendor|node_modules|var|\.venv|\.git|__pycache__|\..*_cache)/|lock|\.baseline$"
)
BASELINE = Path("tests") / "tools" / "scans" / "secrets.baseline"
PATIENCE_S = 600


class NoService(Exception):
    """The vulnerability service does not answer from here."""


class NoReport(Exception):
    """A judge ended without a report; the message is what it said last."""


def bandit(program: Path, root: Path, folders: Sequence[str] = OURS) -> Iterator[Finding]:
    said = _said([str(program), "-r", *folders, "-f", "json", "-q"], root)
    return bandit_findings(json.loads(said), root)


def bandit_findings(report: Mapping[str, Any], root: Path) -> Iterator[Finding]:
    for result in report["results"]:
        where = _relative(result["filename"], root)
        what = f"{result['test_name']}, line {result['line_number']}"
        yield Finding("bandit", LEVELS[result["issue_severity"]], result["test_id"], where, what)


def detect_secrets(program: Path, root: Path, baseline: Path | None) -> Iterator[Finding]:
    known = json.loads(baseline.read_text()) if baseline else {"results": {}}
    return secret_findings(_scanned(program, root), known)


def accept_secrets(program: Path, root: Path) -> int:
    """Write the baseline anew: everything that looks like a secret now is none. How many."""
    found = _scanned(program, root)["results"]
    kept = {
        path: [{name: secret[name] for name in ("type", "hashed_secret")} for secret in secrets]
        for path, secrets in found.items()
    }
    (root / BASELINE).write_text(json.dumps({"results": kept}, indent=1, sort_keys=True) + "\n")
    return sum(map(len, found.values()))


def _scanned(program: Path, root: Path) -> Mapping[str, Any]:
    command = [str(program), "scan", "--all-files", "--exclude-files", NO_SECRETS_IN]
    found: Mapping[str, Any] = json.loads(_said([*command, *_files(root)], root))
    return found


def _files(root: Path) -> list[str]:
    """What is committed or would be; where there is no git, everything."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if not (root / ".git").exists():
        return ["."]
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=root).stdout
    return [name for name in said.split("\0") if name and (root / name).is_file()]


def secret_findings(report: Mapping[str, Any], baseline: Mapping[str, Any]) -> Iterator[Finding]:
    """What looks like a secret and stands in no baseline; only its kind and line are told."""
    known = set(_secrets(baseline))
    for path, secrets in report["results"].items():
        for secret in secrets:
            if (path, secret["hashed_secret"]) not in known:
                line = f"line {secret['line_number']}"
                yield Finding("detect-secrets", 2, secret["type"], path, line)


def pip_audit(program: Path, requirements: Path) -> Iterable[Finding]:
    """Known vulnerabilities of the pinned versions; NoService where nobody can be asked."""
    command = [str(program), "-r", str(requirements), "--no-deps", "--disable-pip", "-f", "json"]
    done = subprocess.run(
        [*command, "--timeout", "10", "--progress-spinner", "off"],
        check=False, capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip
    try:
        return list(audit_findings(json.loads(done.stdout)))
    except json.JSONDecodeError:
        raise NoService("no answer") from None


def audit_findings(report: Mapping[str, Any]) -> Iterator[Finding]:
    packages = report["dependencies"]
    if all("skip_reason" in package for package in packages):
        raise NoService("no package could be asked about")
    for package in packages:
        if "skip_reason" in package:
            yield Finding("pip-audit", 1, "not audited", package["name"], package["skip_reason"])
        for one in package.get("vulns", []):
            where = f"{package['name']}=={package['version']}"
            yield Finding("pip-audit", 3, one["id"], where, f"mended in {one['fix_versions']}")


def pins(requirements: Path) -> list[str]:
    """The dated list that stands in for an audit: what runs here, to be asked about later."""
    return [line for line in requirements.read_text().splitlines() if "==" in line]


def _secrets(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for path, secrets in report["results"].items():
        for secret in secrets:
            yield path, secret["hashed_secret"]


def _relative(name: str, root: Path) -> str:
    path = Path(name)
    return str(path.relative_to(root)) if path.is_absolute() else name.removeprefix("./")


def _said(command: list[str], folder: Path) -> str:
    """Both judges end with 0 or 1 once they have looked at everything."""
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=PATIENCE_S, cwd=folder
    )
    if done.returncode > 1 or not done.stdout:
        raise NoReport(f"{command[0]}: {done.stderr.strip()[-500:]}")
    return done.stdout
