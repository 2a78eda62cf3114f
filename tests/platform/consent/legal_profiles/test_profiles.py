"""Legal profiles: deny by default, and an invalid file is refused whole."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.grants import grants
from consent.grants.guardian_consent import needs_two
from consent.legal_profiles import profile_parser, profiles
from consent.legal_profiles.profiles import ProfileError
from consent.notices import notices
from consent.permits import gate
from consent.scopes import GRANT_SCOPES, PURPOSES, STREAMS
from tests.fixtures.users import NOW

pytestmark = pytest.mark.django_db
DEMO = (profiles.FOLDER / "demo.toml").read_text()


def loaded(tmp_path: Path, text: str, name: str = "odd.toml"):
    path = tmp_path / name
    path.write_text(text)
    return profiles.load(path)


def test_no_profile_is_in_force_by_default(settings):
    settings.LEGAL_PROFILE = None
    assert profiles.current() is None


def test_the_demo_keeps_seven_days_and_shows_groups_of_five(settings):
    settings.LEGAL_PROFILE = "demo"
    demo = profiles.current()
    assert (demo.retention.blocks, demo.retention.estimates, demo.retention.aggregates) == (7, 7, 7)
    assert (demo.floor_people, demo.floor_simulated, demo.minors) == (5, 1, "guardian")
    assert demo.banner


def test_eu_education_blocks_every_biometric_stream_for_every_purpose(settings):
    settings.LEGAL_PROFILE = "eu_education"
    law = profiles.current()
    allowed = {name for name in GRANT_SCOPES if law.allows(name)}
    assert {name.partition(":")[0] for name in allowed} == {"activity", "layout", "reports"}
    for stream in STREAMS.values():
        if stream.biometric:
            for purpose in PURPOSES:
                reason = law.reason(f"{stream.name}:{purpose}")
                assert "5(1)(f)" in reason.article
                assert reason.text.startswith("Blocked by law")


@pytest.mark.parametrize("path", sorted(profiles.FOLDER.glob("*.toml")), ids=lambda p: p.stem)
def test_every_shipped_profile_is_understood_and_says_why(path):
    profile = profiles.load(path)
    for name in GRANT_SCOPES:
        assert profile.allows(name) or profile.reason(name).text.endswith(".")
    assert profile.floor_people >= 5


def test_what_a_file_does_not_name_is_blocked(tmp_path):
    profile = loaded(tmp_path, DEMO.replace('face = ["adapt", "teach", "research"]\n', ""))
    assert not profile.allows("face:adapt")
    assert profile.allows("gaze:adapt")


SLIPS = [
    ("pointer =", "poniter =", "allow: poniter: expected no such key"),
    ('pointer = ["adapt"', 'pointer = ["grade"', "pointer: expected a list of adapt, teach"),
    ('pointer = ["adapt", ', "pointer = [", "pointer: expected adapt next to"),
    (
        'minors = "guardian"',
        'minors = "whatever"',
        "minors: expected one of alone, guardian, never",
    ),
    ("floor_people = 5\n", "", "floor_people: expected a whole number from 5 to 1000, got nothing"),
    ("floor_people = 5\n", "floor_people = 4\n", "floor_people: expected a whole number from 5"),
    ("version = 4", "version = true", "version: expected a whole number"),
    ("version = 4", 'version = "1"', "version: expected a whole number"),
    ("version = 4", "version = 4\ncolour = 3", "colour: expected no such key"),
    ("teacher_aggregate = true", "teacher_aggregate = 1", "teacher_aggregate: expected true or"),
    ('rules_use = "yes"', 'rules_use = "sometimes"', "rules_use: expected one of yes, log_only"),
    ('silent_in = ["graded"]', "silent_in = []", "silent_in: expected graded among them"),
    ('silent_in = ["graded"]', 'silent_in = "graded"', "silent_in: expected a list of"),
    ("default = 13", "default = 19", "age_alone: default: expected a whole number from 0 to 18"),
    ("default = 13", "default = 13\nGermany = 16", "Germany: expected a country of two capital"),
    ("[reasons.default]", "[reasons.anything]", "reasons: anything: expected no such key"),
    ("blocks = 7", "blocks = 0", "retention_days: blocks: expected a whole number from 1"),
    ("blocks = 7", 'blocks = 7\nraw = "x"', "retention_days: raw: expected no such key"),
    ("[allow]", "[allow", "expected a file in TOML"),
]


@pytest.mark.parametrize(("old", "new", "said"), SLIPS, ids=[said for *_, said in SLIPS])
def test_a_file_with_a_slip_is_refused_whole_and_says_what_was_expected(tmp_path, old, new, said):
    assert old in DEMO
    with pytest.raises(ProfileError, match=r"odd\.toml: " + "(.*: )?" + re.escape(said)):
        loaded(tmp_path, DEMO.replace(old, new, 1))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ProfileError, match="absent"):
        profiles.load(tmp_path / "absent.toml")


# --- the eight, against the table that specifies them (product.md 6b) ---

BODY = {stream.name for stream in STREAMS.values() if stream.biometric} - {"eeg"}
BLOCKS_THE_BODY = {"eu_education", "uk_child", "us_k12"}


def test_the_shipped_files_are_the_eight_that_may_be_chosen():
    assert {path.stem for path in profiles.FOLDER.glob("*.toml")} == set(profiles.NAMES)


@pytest.mark.parametrize("name", profiles.NAMES)
def test_each_decides_the_body_stream_by_stream(name):
    profile = profiles.load_named(name)
    sensed = {stream for stream in STREAMS if "adapt" in profile.allow.get(stream, ())} & BODY
    assert sensed == (set() if name in BLOCKS_THE_BODY else BODY)
    assert ("eeg" in profile.allow) == (name == "research_study")


@pytest.mark.parametrize("name", profiles.NAMES)
def test_each_decides_whether_reports_may_enter_class_pictures(name):
    """Not without recipients, nor under a children's code: a minor's consent is not enough."""
    profile = profiles.load_named(name)
    denied = {"eu_private_adult", "uk_child", "research_study"}
    assert profile.allows("reports:teach") == (name not in denied)
    assert profile.teacher_aggregate or name in denied
    two = profile.allows("reports:teach") and profile.minors == "guardian"
    assert needs_two(profile, "child", "reports:teach") or not two


def test_a_profile_that_says_nothing_of_reports_blocks_them(tmp_path):
    path = tmp_path / "silent.toml"
    path.write_text((profiles.FOLDER / "demo.toml").read_text().replace('reports = ["teach"]', ""))
    assert not profiles.load(path).allows("reports:teach")


@pytest.mark.parametrize("purposes", ['["adapt"]', '["teach", "research"]'])
def test_reports_are_asked_for_class_pictures_alone(tmp_path, purposes):
    path = tmp_path / "more.toml"
    text = (profiles.FOLDER / "demo.toml").read_text()
    path.write_text(text.replace('reports = ["teach"]', f"reports = {purposes}"))
    with pytest.raises(ProfileError, match="reports"):
        profiles.load(path)


@pytest.mark.parametrize(
    ("name", "rules", "individual", "floor", "minors"),
    [
        ("demo", "yes", "shared", 5, "guardian"),
        ("eu_education", "self_report_only", "never", 10, "guardian"),
        ("eu_private_adult", "yes", "never", 10, "never"),
        ("uk_child", "self_report_only", "never", 10, "guardian"),
        ("us_k12", "self_report_only", "never", 10, "guardian"),
        ("us_higher_ed", "yes", "shared", 5, "never"),
        ("cn", "yes", "shared", 10, "guardian"),
        ("research_study", "log_only", "never", 5, "guardian"),
    ],
)
def test_each_says_what_the_table_says(name, rules, individual, floor, minors):
    found = profiles.load_named(name)
    assert (found.rules_use, found.teacher_individual) == (rules, individual)
    assert (found.floor_people, found.minors) == (floor, minors)
    assert "graded" in found.silent_in
    assert max(found.retention.blocks, found.retention.estimates) <= 730


def test_emotion_recognition_is_disclosed_where_it_is_allowed():
    told = profiles.load_named("eu_private_adult").exposure_notice
    assert "50(3)" in told
    assert "release" in profiles.load_named("us_higher_ed").exposure_notice


@pytest.mark.parametrize(
    ("name", "country", "age"),
    [
        ("eu_education", "DE", 16),
        ("eu_education", "FR", 15),
        ("eu_education", "AT", 14),
        ("eu_education", "DK", 13),
        ("eu_education", None, 18),
        ("eu_education", "XX", 18),
        ("us_k12", "US", 13),
        ("cn", "CN", 14),
        ("cn", None, 18),
        ("uk_child", "GB", 18),
    ],
)
def test_the_age_from_which_one_decides_alone_goes_by_country(name, country, age):
    assert profiles.load_named(name).age_alone(country) == age


# --- two at once: the stricter value applies ---

names = st.sampled_from(profiles.NAMES)


@given(one=names, other=names)
def test_two_profiles_together_are_never_looser_than_either(one, other):
    a, b = profiles.load_named(one), profiles.load_named(other)
    both = profiles.stricter(a, b)
    for scope in GRANT_SCOPES:
        assert both.allows(scope) == (a.allows(scope) and b.allows(scope))
        if not both.allows(scope):
            blocks = a if not a.allows(scope) else b
            assert both.reason(scope) == blocks.reason(scope)
    for each in (a, b):
        assert both.floor_people >= each.floor_people
        assert both.floor_simulated >= each.floor_simulated
        assert both.retention.blocks <= each.retention.blocks
        assert both.retention.estimates <= each.retention.estimates
        assert both.retention.aggregates <= each.retention.aggregates
        assert both.silent_in >= each.silent_in
        for country in (None, "DE", "US", "CN"):
            assert both.age_alone(country) >= each.age_alone(country)
        for words, field in (
            (profile_parser.MINORS, "minors"),
            (profile_parser.RULES_USE, "rules_use"),
            (profile_parser.INDIVIDUAL, "teacher_individual"),
        ):
            assert words.index(getattr(both, field)) >= words.index(getattr(each, field))
        assert each.teacher_aggregate or not both.teacher_aggregate


# --- a study runs between its dates, and nothing is stored outside them ---

STUDY = """
protocol = "AFF-7"
approval = "EC 2026/114"
investigator = "R. Example"
begins = 2026-11-01
ends = 2026-12-31
keep_days = 90
"""


@pytest.fixture
def study(settings, tmp_path):
    settings.LEGAL_PROFILE = "research_study"
    settings.STUDY_FILE = str(tmp_path / "study.toml")

    def write(text=STUDY):
        (tmp_path / "study.toml").write_text(text)

    write()
    return write


def on(month, day):
    return datetime(2026 if month > 6 else 2027, month, day, 12, tzinfo=UTC)


def test_a_study_takes_only_between_its_days_and_keeps_no_longer_than_it_may(study):
    running = profiles.current(now=on(11, 20))
    assert running.allows("face:research")
    assert (running.retention.blocks, running.retention.estimates) == (90, 90)
    for day, said in ((on(10, 31), "begins on 1 November"), (on(1, 1), "ended on 31 December")):
        stopped = profiles.current(now=day)
        assert not any(stopped.allows(scope) for scope in GRANT_SCOPES)
        assert said in stopped.reason("activity:adapt").text
        assert "EC 2026/114" in stopped.reason("activity:adapt").article
        assert stopped.retention == running.retention


def test_after_the_last_day_the_gate_refuses_everything_of_the_study(study, mia, published):
    last = on(12, 31)
    for scope in ("pointer:adapt", "pointer:research"):
        notice = notices.current("hands", "adult", now=NOW)
        grants.grant(mia.code, [scope], notice=notice, now=NOW, actor=mia.code)
    assert gate.permit(mia.code, "pointer:research", now=last)
    answers = gate.permits(mia.code, GRANT_SCOPES, now=last + timedelta(days=1))
    assert answers.granted == {}
    assert {refused.code for refused in answers.refused.values()} == {"blocked_profile"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (STUDY.replace("2026-12-31", "2026-10-01"), "ends: expected a day after"),
        (STUDY.replace("keep_days = 90", "keep_days = 731"), "keep_days: expected a whole number"),
        (STUDY.replace('approval = "EC 2026/114"\n', ""), "approval: expected a text"),
        (STUDY + "team = 3", "team: expected no such key"),
        ("", "protocol: expected a text"),
    ],
)
def test_an_incomplete_study_stores_nothing(study, mia, text, said):
    study(text)
    with pytest.raises(ProfileError, match=said):
        profiles.current(now=on(11, 20))
    answers = gate.permits(mia.code, GRANT_SCOPES, now=on(11, 20))
    assert {refused.code for refused in answers.refused.values()} == {"unavailable"}


def test_without_a_study_nothing_is_taken_for_one(settings):
    settings.LEGAL_PROFILE, settings.STUDY_FILE = "research_study", None
    profile = profiles.current(now=on(11, 20))
    assert profile.reason("face:adapt").text.startswith("No study is registered")
    assert not any(profile.allows(scope) for scope in GRANT_SCOPES)
