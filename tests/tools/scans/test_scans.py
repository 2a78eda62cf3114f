"""Scanners: parsing of recorded reports on planted faults, exceptions, and failing scanners.

`python -m tools.scans --planted` runs the programs themselves: the long test below.
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from email.message import Message
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.sign_in import throttle
from tests.fixtures.servers.web_server import served
from tests.fixtures.users import PASSWORD
from tools.scans import (
    command,
    dynamic_scans,
    findings,
    lighthouse,
    runner,
    scanner_programs,
    self_test,
    static_analysis,
    target_site,
)
from tools.scans.findings import ScanException, ScanFinding, ScanVerdict
from vault import http_client

ROOT = Path(__file__).resolve().parents[3]
RECORDED = ROOT / "tests" / "tools" / "scans" / "recorded"
NOTHING = {"results": {}}


def recorded(name: str):
    return json.loads((RECORDED / f"{name}.json").read_text())


def said() -> dict[str, list[ScanFinding]]:
    return {
        "bandit": list(static_analysis.parse_bandit(recorded("bandit"), ROOT)),
        "detect-secrets": list(static_analysis.parse_secrets(recorded("detect-secrets"), NOTHING)),
        "schemathesis": list(
            dynamic_scans.parse_schemathesis((RECORDED / "schemathesis.xml").read_text())
        ),
        "wapiti": list(dynamic_scans.parse_wapiti(recorded("wapiti"), "visitor")),
        "lighthouse": [
            one for load in recorded("lighthouse") for one in lighthouse.parse_scores("book", load)
        ],
    }


def verdicts(**replaced) -> list[ScanVerdict]:
    return [ScanVerdict(name, found, 1.0) for name, found in {**said(), **replaced}.items()]


def test_every_planted_fault_is_parsed_from_the_recorded_reports():
    assert self_test.find_missed(verdicts(), ROOT) == []
    assert len(self_test.read_expected(ROOT, list(said()))) >= 20


@pytest.mark.parametrize(
    "judge", ["bandit", "detect-secrets", "lighthouse", "schemathesis", "wapiti"]
)
def test_a_silent_scanner_has_missed_its_faults(judge):
    missed = self_test.find_missed(verdicts(**{judge: []}), ROOT)
    assert len(missed) == len(self_test.read_expected(ROOT, [judge])) > 0


def test_every_scanner_has_planted_faults():
    assert {fault.judge for fault in self_test.read_expected(ROOT, runner.NAMES)} == set(
        runner.NAMES
    )


def test_the_twin_without_a_fault_is_not_reported():
    assert not [one for one in said()["wapiti"] if "/twin" in one.where]


def test_levels_are_those_of_the_scanners():
    levels = {(one.rule, one.level) for found in said().values() for one in found}
    assert {("B602", 3), ("B301", 2), ("SQL Injection", 4), ("AWS Access Key", 2)} <= levels
    assert ("Server error", 3) in levels


def test_no_secret_is_repeated_in_a_finding():
    lines = [one.line() for one in said()["detect-secrets"]]
    assert lines
    assert not [line for line in lines if "AKIA" in line or "hunter2" in line]


def test_a_secret_of_the_baseline_is_known_only_in_its_own_file():
    report = recorded("detect-secrets")
    assert list(static_analysis.parse_secrets(report, report)) == []
    moved = {"results": {"other.py": report["results"]["settings.py"]}}
    assert len(list(static_analysis.parse_secrets(moved, report))) == 3


def test_an_audit_that_skipped_everything_is_refused():
    with pytest.raises(static_analysis.NoService):
        list(static_analysis.parse_pip_audit(recorded("pip-audit")))
    some = {"dependencies": [{"name": "a", "version": "1", "vulns": []},
                             {"name": "b", "skip_reason": "unknown"}]}  # fmt: skip
    assert [(one.level, one.where) for one in static_analysis.parse_pip_audit(some)] == [(1, "b")]
    bad = {"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}
    assert [one.level for one in static_analysis.parse_pip_audit({"dependencies": [bad]})] == [3]


def test_an_api_scan_without_cases_is_refused():
    """When the schema is missing, schemathesis writes a report without cases, and none fails."""
    empty = '<testsuites tests="0"><testsuite name="schemathesis" tests="0"/></testsuites>'
    with pytest.raises(static_analysis.NoReport, match="no operation"):
        list(dynamic_scans.parse_schemathesis(empty))


@pytest.mark.parametrize(("score", "level"), [(1, 0), (0.95, 0), (0.94, 2)])
def test_a_score_below_95_fails_and_every_score_is_reported(score, level):
    said = {"seo": {"score": score, "lost": ["meta-description"]}}
    [found] = lighthouse.parse_scores("course", {"device": "mobile", "categories": said})
    assert (found.level, found.rule, found.where) == (level, "seo", "course, mobile")
    assert found.what.startswith(str(round(100 * score)))
    assert ("meta-description" in found.what) is (level == 2)


def find_scored_pages(monkeypatch, **texts):
    """Return the pages that are scored for a site with these texts."""
    monkeypatch.setattr(lighthouse, "_fetch_text", lambda site, path, role="learner": texts[path])
    return lighthouse.find_pages(target_site.TargetSite("http://judged"))


def test_the_pages_that_are_scored_are_found_on_the_site(monkeypatch):
    texts = {
        "/": '<a href="/courses/algebra/">', "/teach/algebra/": "",
        "/courses/algebra/": '<a href="/units/a-1/"><a href="/units/b-2/">',
        "/units/a-1/": "a reading", "/units/b-2/": "<video src=x>",
    }  # fmt: skip
    found = [(page.name, page.path, page.role) for page in find_scored_pages(monkeypatch, **texts)]
    assert found == [
        ("course", "/courses/algebra/", "learner"),
        ("player", "/units/b-2/", "learner"),
        ("Now", "/teach/algebra/", "teacher"),
    ]
    with pytest.raises(static_analysis.NoReport, match="video"):
        find_scored_pages(monkeypatch, **texts | {"/units/b-2/": "a quiz"})


def test_a_unit_that_redirects_is_skipped(monkeypatch):
    """As a test does that was begun."""
    texts = {
        "/": '<a href="/courses/algebra/">', "/teach/algebra/": "",
        "/courses/algebra/": '<a href="/units/a-1/"><a href="/units/b-2/"><a href="/units/c-3/">',
        "/units/b-2/": "<video src=x>",
    }  # fmt: skip

    def answer(_method, url, **_more):
        path = url.removeprefix("http://judged")
        found = 200 if path in texts else 302
        return http_client.HttpReply(found, Message(), texts.get(path, "").encode())

    monkeypatch.setattr(http_client, "send_request", answer)
    site = target_site.TargetSite("http://judged", {"learner": {}, "teacher": {}})
    assert [page.path for page in lighthouse.find_pages(site)][1] == "/units/b-2/"
    del texts["/"]
    with pytest.raises(static_analysis.NoReport, match="expected"):
        lighthouse.find_pages(site)


def test_each_round_of_wapiti_begins_with_new_sessions(monkeypatch, tmp_path):
    """A Steward's session ends after half an hour without use; a round may take as long."""
    keys, commands = iter(["first", "second"]), []

    def run(command, report):
        commands.append(command)
        report.write_text(json.dumps({"infos": {"crawled_pages_nbr": len(commands)}}))

    monkeypatch.setattr(target_site, "sign_in", lambda *_: {"sessionid": next(keys)})
    monkeypatch.setattr(dynamic_scans, "_run", run)
    site = target_site.TargetSite(
        "http://judged", {"steward": {"sessionid": "old"}}, {"amir": "secret"}
    )
    assert (
        list(dynamic_scans.scan_with_wapiti(Path("wapiti"), site, tmp_path, lambda _: None)) == []
    )

    assert "sessionid=second" in commands[1]


@pytest.mark.django_db(transaction=True)
def test_a_new_log_in_works_although_a_judge_used_up_the_tries_of_its_network(mia, settings):
    with served(settings) as address:
        url = f"http://{address}"
        first = target_site.sign_in(url, "mia", PASSWORD)
        for name in range(throttle.NETWORK_TRIES + 1):
            tried = throttle.SignInTry(f"guessed-{name}", throttle.AttemptOrigin("127.0.0.1"))
            throttle.count_try(tried, now=timezone.now())
        with pytest.raises(target_site.NoSite, match="mia could not sign in"):
            target_site.sign_in(url, "mia", PASSWORD)

        again = target_site.sign_in_again(
            target_site.TargetSite(url, {"learner": first}, {"mia": PASSWORD})
        )

    assert again.cookies["learner"]["sessionid"] != first["sessionid"]


def test_a_program_that_crashes_is_refused(tmp_path):
    with pytest.raises(static_analysis.NoReport):
        list(static_analysis.scan_with_bandit(Path(sys.executable), tmp_path))
    with pytest.raises(static_analysis.NoReport):
        list(
            dynamic_scans.scan_with_wapiti(
                Path(sys.executable), target_site.TargetSite("http://127.0.0.1:9"), tmp_path, str
            )
        )
    nowhere = tmp_path / "node_modules" / ".bin" / "lighthouse"
    with pytest.raises(static_analysis.NoReport, match="ERR_MODULE_NOT_FOUND"):
        list(
            lighthouse.score_pages(
                nowhere, target_site.TargetSite("http://x"), str, lighthouse.PLANTED
            )
        )


def test_an_exception_covers_its_scanner_rule_and_place_only():
    line = ScanException("bandit", "B608", "platform/vault/*.py")
    found = ScanFinding("bandit", 2, "B608", "platform/vault/queries.py", "line 3")
    others = [
        ScanFinding("wapiti", 2, "B608", "platform/vault/queries.py"),
        ScanFinding("bandit", 2, "B602", "platform/vault/queries.py"),
        ScanFinding("bandit", 2, "B608", "platform/courses/rows.py"),
    ]
    assert findings.remove_excepted([found, *others, others[0]], [line]) == others


def test_a_line_without_a_reason_excepts_nothing(tmp_path):
    page = tmp_path / "judges.md"
    page.write_text(
        "| judge | rule | where | why |\n|---|---|---|---|\n"
        "| bandit | B1 | `a.py` | |\n| bandit | B2 | `a.py` | a reason |\n"
    )
    assert findings.read_exceptions(page) == [ScanException("bandit", "B2", "a.py")]


def test_what_docs_except_is_there():
    lines = findings.read_exceptions(ROOT / "docs" / "judges.md")
    for line in lines:
        assert line.judge in runner.NAMES, line
        if line.judge == "bandit":
            assert list(ROOT.glob(line.where)), line


@pytest.mark.parametrize(("level", "fails"), [(1, False), (2, True), (4, True)])
def test_a_finding_fails_from_level_2_on(level, fails):
    verdict = ScanVerdict("bandit", [ScanFinding("bandit", level, "B1", "a.py")], 1.0)
    assert verdict.fails is fails
    assert f"level {level}: 1" in next(iter(command._format_verdict(verdict)))


def judged(monkeypatch, capsys, found: list[ScanVerdict], *arguments: str) -> tuple[int, str]:
    monkeypatch.setattr(runner, "run_scanners", lambda *_: iter(found))
    code = 0
    try:
        call_command(command.Command(), "bandit", *arguments)
    except SystemExit as ended:
        code = int(ended.code or 0)
    return code, capsys.readouterr().out


def test_the_command_ends_with_1_on_a_finding_and_with_0_on_none(monkeypatch, capsys):
    bad = ScanVerdict("bandit", [ScanFinding("bandit", 2, "B1", "a.py", "why")], 2.0)
    code, told = judged(monkeypatch, capsys, [bad])
    assert code == 1
    assert "level 2  B1  a.py: why" in told
    assert judged(monkeypatch, capsys, [ScanVerdict("bandit", [], 2.0)])[0] == 0


def test_figures_are_printed_as_json(monkeypatch, capsys):
    good = ScanVerdict("bandit", [ScanFinding("bandit", 1, "B1", "a.py")], 2.0, "a note")
    code, told = judged(monkeypatch, capsys, [good], "--json")
    row = json.loads(told)["rows"][0]
    assert code == 0
    assert (row["judge"], row["levels"], row["note"]) == ("bandit", {"1": 1}, "a note")


def test_on_the_planted_site_a_missing_finding_fails(monkeypatch, capsys):
    full = [verdict for verdict in verdicts() if verdict.judge == "bandit"]
    code, told = judged(monkeypatch, capsys, full, "--planted")
    assert (code, "planted faults found: 6 of 6" in told) == (0, True)
    code, told = judged(monkeypatch, capsys, [ScanVerdict("bandit", [], 1.0)], "--planted")
    assert (code, "missed: bandit: eval" in told) == (1, True)


def test_a_program_of_the_right_pin_is_not_reinstalled(tmp_path):
    folder = tmp_path / "bandit"
    folder.mkdir()
    (folder / "attune-pin").write_text(scanner_programs.PINS["bandit"])
    assert scanner_programs.install_program("bandit", tmp_path) == folder / "bin" / "bandit"
    assert [path.name for path in folder.iterdir()] == ["attune-pin"]


@pytest.mark.parametrize(("name", "program"), [
    ("bandit", "bin/bandit"), ("lighthouse", "node_modules/.bin/lighthouse"),
])  # fmt: skip
def test_a_new_pin_is_installed_in_a_new_environment(tmp_path, monkeypatch, name, program):
    run = []
    (tmp_path / name).mkdir()
    monkeypatch.setattr(scanner_programs, "_run", lambda what, *command: run.append(command))
    assert scanner_programs.install_program(name, tmp_path) == tmp_path / name / program
    assert scanner_programs.PINS[name] in run[-1]
    assert str(tmp_path / name) in " ".join(run[-1])


def test_the_planted_site_starts_has_faults_and_leaves_nothing(tmp_path):
    with target_site.start_planted(ROOT, tmp_path / "code") as site:
        page = urllib.request.urlopen(f"{site.url}/search?q=<script>", timeout=10).read()
        assert b"<script>" in page
        assert "pickle" in (tmp_path / "code" / "faults.py").read_text()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(site.url, timeout=2)


def test_the_scanned_site_shares_nothing_with_ours(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_APP_URL", "postgresql://ours/site")
    monkeypatch.setenv("ATTUNE_HOSTS", "learn.example")
    monkeypatch.setenv("REDIS_URL", "redis://ours")
    given = target_site._environment(tmp_path)
    assert given["ATTUNE_VAR"] == str(tmp_path)
    for name in ("DATABASE_APP_URL", "ATTUNE_HOSTS", "REDIS_URL", "KEYSTORE_DIR", "MEDIA_ROOT"):
        assert given[name] == ""


@pytest.mark.long
def test_the_programs_themselves_find_every_planted_fault():
    done = subprocess.run(
        [sys.executable, "-m", "tools.scans", "--planted"],
        check=False, capture_output=True, text=True, cwd=ROOT, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "missed" not in done.stdout
