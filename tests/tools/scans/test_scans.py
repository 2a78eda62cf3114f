"""The outside judges: what they said of the planted faults (recorded) is read in full; one missed
fault, one excepted line and one silent judge each change the outcome as they must.

`python -m tools.scans --planted` runs the programs themselves: the long form below.
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
from tools.scans.findings import Excepted, Finding, Verdict
from vault import http_client

ROOT = Path(__file__).resolve().parents[3]
RECORDED = ROOT / "tests" / "tools" / "scans" / "recorded"
NOTHING = {"results": {}}


def recorded(name: str):
    return json.loads((RECORDED / f"{name}.json").read_text())


def said() -> dict[str, list[Finding]]:
    return {
        "bandit": list(static_analysis.bandit_findings(recorded("bandit"), ROOT)),
        "detect-secrets": list(
            static_analysis.secret_findings(recorded("detect-secrets"), NOTHING)
        ),
        "schemathesis": list(
            dynamic_scans.schemathesis_findings((RECORDED / "schemathesis.xml").read_text())
        ),
        "wapiti": list(dynamic_scans.wapiti_findings(recorded("wapiti"), "visitor")),
        "lighthouse": [
            one
            for load in recorded("lighthouse")
            for one in lighthouse.score_findings("book", load)
        ],
    }


def verdicts(**replaced) -> list[Verdict]:
    return [Verdict(name, found, 1.0) for name, found in {**said(), **replaced}.items()]


def test_every_planted_fault_is_read_out_of_what_the_judges_said():
    assert self_test.missed(verdicts(), ROOT) == []
    assert len(self_test.expected(ROOT, list(said()))) >= 20


@pytest.mark.parametrize(
    "judge", ["bandit", "detect-secrets", "lighthouse", "schemathesis", "wapiti"]
)
def test_a_judge_that_says_nothing_has_missed_its_faults(judge):
    missed = self_test.missed(verdicts(**{judge: []}), ROOT)
    assert len(missed) == len(self_test.expected(ROOT, [judge])) > 0


def test_every_judge_has_planted_faults():
    assert {fault.judge for fault in self_test.expected(ROOT, runner.NAMES)} == set(runner.NAMES)


def test_the_twin_without_a_fault_is_let_be():
    assert not [one for one in said()["wapiti"] if "/twin" in one.where]


def test_levels_are_those_of_the_judges():
    levels = {(one.rule, one.level) for found in said().values() for one in found}
    assert {("B602", 3), ("B301", 2), ("SQL Injection", 4), ("AWS Access Key", 2)} <= levels
    assert ("Server error", 3) in levels


def test_no_secret_is_repeated_in_a_finding():
    lines = [one.line() for one in said()["detect-secrets"]]
    assert lines
    assert not [line for line in lines if "AKIA" in line or "hunter2" in line]


def test_a_secret_of_the_baseline_is_known_only_in_its_own_file():
    report = recorded("detect-secrets")
    assert list(static_analysis.secret_findings(report, report)) == []
    moved = {"results": {"other.py": report["results"]["settings.py"]}}
    assert len(list(static_analysis.secret_findings(moved, report))) == 3


def test_an_audit_that_could_ask_about_nothing_is_no_audit():
    with pytest.raises(static_analysis.NoService):
        list(static_analysis.audit_findings(recorded("pip-audit")))
    some = {"dependencies": [{"name": "a", "version": "1", "vulns": []},
                             {"name": "b", "skip_reason": "unknown"}]}  # fmt: skip
    assert [(one.level, one.where) for one in static_analysis.audit_findings(some)] == [(1, "b")]
    bad = {"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}
    assert [one.level for one in static_analysis.audit_findings({"dependencies": [bad]})] == [3]


def test_an_api_of_which_nothing_was_tried_is_no_judgement():
    """schemathesis writes a report without a case, and none fails, when the schema is missing."""
    empty = '<testsuites tests="0"><testsuite name="schemathesis" tests="0"/></testsuites>'
    with pytest.raises(static_analysis.NoReport, match="no operation"):
        list(dynamic_scans.schemathesis_findings(empty))


@pytest.mark.parametrize(("score", "level"), [(1, 0), (0.95, 0), (0.94, 2)])
def test_a_score_below_95_fails_and_every_score_is_told(score, level):
    said = {"seo": {"score": score, "lost": ["meta-description"]}}
    [found] = lighthouse.score_findings("course", {"device": "mobile", "categories": said})
    assert (found.level, found.rule, found.where) == (level, "seo", "course, mobile")
    assert found.what.startswith(str(round(100 * score)))
    assert ("meta-description" in found.what) is (level == 2)


def pages_seen(monkeypatch, **texts):
    """The pages that are scored at a site of these texts."""
    monkeypatch.setattr(lighthouse, "_text", lambda site, path, role="learner": texts[path])
    return lighthouse.pages_of(target_site.Judged("http://judged"))


def test_the_pages_that_are_scored_are_found_on_the_site(monkeypatch):
    texts = {
        "/": '<a href="/courses/algebra/">', "/teach/algebra/": "",
        "/courses/algebra/": '<a href="/units/a-1/"><a href="/units/b-2/">',
        "/units/a-1/": "a reading", "/units/b-2/": "<video src=x>",
    }  # fmt: skip
    found = [(page.name, page.path, page.role) for page in pages_seen(monkeypatch, **texts)]
    assert found == [
        ("course", "/courses/algebra/", "learner"),
        ("player", "/units/b-2/", "learner"),
        ("Now", "/teach/algebra/", "teacher"),
    ]
    with pytest.raises(static_analysis.NoReport, match="video"):
        pages_seen(monkeypatch, **texts | {"/units/b-2/": "a quiz"})


def test_a_unit_that_sends_on_to_another_page_is_passed_over(monkeypatch):
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
    site = target_site.Judged("http://judged", {"learner": {}, "teacher": {}})
    assert [page.path for page in lighthouse.pages_of(site)][1] == "/units/b-2/"
    del texts["/"]
    with pytest.raises(static_analysis.NoReport, match="expected"):
        lighthouse.pages_of(site)


def test_each_round_of_wapiti_begins_with_new_log_ins(monkeypatch, tmp_path):
    """A Steward without use for half an hour is logged out, and a round may take as long."""
    keys, commands = iter(["first", "second"]), []

    def run(command, report):
        commands.append(command)
        report.write_text(json.dumps({"infos": {"crawled_pages_nbr": len(commands)}}))

    monkeypatch.setattr(target_site, "sign_in", lambda *_: {"sessionid": next(keys)})
    monkeypatch.setattr(dynamic_scans, "_run", run)
    site = target_site.Judged(
        "http://judged", {"steward": {"sessionid": "old"}}, {"amir": "secret"}
    )
    assert list(dynamic_scans.wapiti(Path("wapiti"), site, tmp_path, lambda _: None)) == []

    assert "sessionid=second" in commands[1]


@pytest.mark.django_db(transaction=True)
def test_a_new_log_in_works_although_a_judge_used_up_the_tries_of_its_network(mia, settings):
    with served(settings) as address:
        url = f"http://{address}"
        first = target_site.sign_in(url, "mia", PASSWORD)
        for name in range(throttle.NETWORK_TRIES + 1):
            tried = throttle.Try(f"guessed-{name}", throttle.Place("127.0.0.1"))
            throttle.take(tried, now=timezone.now())
        with pytest.raises(target_site.NoSite, match="mia could not sign in"):
            target_site.sign_in(url, "mia", PASSWORD)

        again = target_site.sign_in_again(
            target_site.Judged(url, {"learner": first}, {"mia": PASSWORD})
        )

    assert again.cookies["learner"]["sessionid"] != first["sessionid"]


def test_a_program_that_breaks_off_is_no_judgement(tmp_path):
    with pytest.raises(static_analysis.NoReport):
        list(static_analysis.bandit(Path(sys.executable), tmp_path))
    with pytest.raises(static_analysis.NoReport):
        list(
            dynamic_scans.wapiti(
                Path(sys.executable), target_site.Judged("http://127.0.0.1:9"), tmp_path, str
            )
        )
    nowhere = tmp_path / "node_modules" / ".bin" / "lighthouse"
    with pytest.raises(static_analysis.NoReport, match="ERR_MODULE_NOT_FOUND"):
        list(
            lighthouse.lighthouse(nowhere, target_site.Judged("http://x"), str, lighthouse.PLANTED)
        )


def test_an_exception_covers_its_judge_rule_and_place_and_no_other():
    line = Excepted("bandit", "B608", "platform/vault/*.py")
    found = Finding("bandit", 2, "B608", "platform/vault/queries.py", "line 3")
    others = [
        Finding("wapiti", 2, "B608", "platform/vault/queries.py"),
        Finding("bandit", 2, "B602", "platform/vault/queries.py"),
        Finding("bandit", 2, "B608", "platform/courses/rows.py"),
    ]
    assert findings.without([found, *others, others[0]], [line]) == others


def test_a_line_without_a_reason_excepts_nothing(tmp_path):
    page = tmp_path / "judges.md"
    page.write_text(
        "| judge | rule | where | why |\n|---|---|---|---|\n"
        "| bandit | B1 | `a.py` | |\n| bandit | B2 | `a.py` | a reason |\n"
    )
    assert findings.excepted(page) == [Excepted("bandit", "B2", "a.py")]


def test_what_docs_except_is_there():
    lines = findings.excepted(ROOT / "docs" / "judges.md")
    for line in lines:
        assert line.judge in runner.NAMES, line
        if line.judge == "bandit":
            assert list(ROOT.glob(line.where)), line


@pytest.mark.parametrize(("level", "fails"), [(1, False), (2, True), (4, True)])
def test_a_finding_fails_from_level_2_on(level, fails):
    verdict = Verdict("bandit", [Finding("bandit", level, "B1", "a.py")], 1.0)
    assert verdict.fails is fails
    assert f"level {level}: 1" in next(iter(command._lines(verdict)))


def judged(monkeypatch, capsys, found: list[Verdict], *arguments: str) -> tuple[int, str]:
    monkeypatch.setattr(runner, "judge", lambda *_: iter(found))
    code = 0
    try:
        call_command(command.Command(), "bandit", *arguments)
    except SystemExit as ended:
        code = int(ended.code or 0)
    return code, capsys.readouterr().out


def test_the_command_ends_with_1_on_a_finding_and_with_0_on_none(monkeypatch, capsys):
    bad = Verdict("bandit", [Finding("bandit", 2, "B1", "a.py", "why")], 2.0)
    code, told = judged(monkeypatch, capsys, [bad])
    assert code == 1
    assert "level 2  B1  a.py: why" in told
    assert judged(monkeypatch, capsys, [Verdict("bandit", [], 2.0)])[0] == 0


def test_figures_are_told_as_json(monkeypatch, capsys):
    good = Verdict("bandit", [Finding("bandit", 1, "B1", "a.py")], 2.0, "a note")
    code, told = judged(monkeypatch, capsys, [good], "--json")
    row = json.loads(told)["rows"][0]
    assert code == 0
    assert (row["judge"], row["levels"], row["note"]) == ("bandit", {"1": 1}, "a note")


def test_on_the_planted_site_finding_is_right_and_missing_is_wrong(monkeypatch, capsys):
    full = [verdict for verdict in verdicts() if verdict.judge == "bandit"]
    code, told = judged(monkeypatch, capsys, full, "--planted")
    assert (code, "planted faults found: 6 of 6" in told) == (0, True)
    code, told = judged(monkeypatch, capsys, [Verdict("bandit", [], 1.0)], "--planted")
    assert (code, "missed: bandit: eval" in told) == (1, True)


def test_a_program_of_the_right_pin_is_not_made_again(tmp_path):
    folder = tmp_path / "bandit"
    folder.mkdir()
    (folder / "attune-pin").write_text(scanner_programs.PINS["bandit"])
    assert scanner_programs.program("bandit", tmp_path) == folder / "bin" / "bandit"
    assert [path.name for path in folder.iterdir()] == ["attune-pin"]


@pytest.mark.parametrize(("name", "program"), [
    ("bandit", "bin/bandit"), ("lighthouse", "node_modules/.bin/lighthouse"),
])  # fmt: skip
def test_a_new_pin_is_put_into_an_environment_of_its_own(tmp_path, monkeypatch, name, program):
    run = []
    (tmp_path / name).mkdir()
    monkeypatch.setattr(scanner_programs, "_run", lambda what, *command: run.append(command))
    assert scanner_programs.program(name, tmp_path) == tmp_path / name / program
    assert scanner_programs.PINS[name] in run[-1]
    assert str(tmp_path / name) in " ".join(run[-1])


def test_the_planted_site_starts_is_faulty_and_leaves_nothing(tmp_path):
    with target_site.planted(ROOT, tmp_path / "code") as site:
        page = urllib.request.urlopen(f"{site.url}/search?q=<script>", timeout=10).read()
        assert b"<script>" in page
        assert "pickle" in (tmp_path / "code" / "faults.py").read_text()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(site.url, timeout=2)


def test_the_site_that_is_judged_shares_nothing_with_ours(tmp_path, monkeypatch):
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
