"""A day begins at midnight of the site's time zone, on every page and for every birthday."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils import timezone, translation

from accounts.administration import age_band_updates, person_changes
from accounts.administration.person_records import load_record
from accounts.people import find_by_login
from accounts.site import site_facts
from adaptation import answer_question
from authoring.editor.form_parsing import AuthorForm
from authoring.editor.units import forms
from consent.legal_profiles import profiles
from discussion.layout import live_part
from estimates.shared_estimates import SharedEstimate
from learner.journey import weeks
from learner.journey.date_range import monday_of, parse_range
from learner.journey.views import build_journey
from learner.questions import selection_reason
from stewardship.people import views as people_views
from teaching.learners import estimate_runs
from telemetry import sittings
from tests.fixtures import factories
from tests.platform.accounts.site.test_site_facts import FACTS

pytestmark = pytest.mark.django_db
LATE = datetime(2026, 11, 19, 23, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAYS = {
    "UTC": date(2026, 11, 19),
    "America/Los_Angeles": date(2026, 11, 19),
    "Asia/Tokyo": date(2026, 11, 20),
}


@pytest.fixture(params=DAYS)
def zone(request):
    with timezone.override(ZoneInfo(request.param)), translation.override("en-gb"):
        yield request.param


def test_a_long_date_matches_its_time(zone):
    page = Template(
        "{% load date_filters %}{{ at|long_day }}, {{ at|date:'j F Y' }}; {{ day|long_day }}"
    )
    day = DAYS[zone]
    text = f"{day.day} November 2026"
    assert page.render(Context({"at": LATE, "day": day})) == f"{text}, {text}; {text}"


def test_the_journey_groups_events_by_local_day(zone, mia):
    unit = factories.make_quiz_unit()
    factories.make_enrolment(mia, unit.course)
    sittings.open(mia, unit, scenario="course", page=uuid4(), now=LATE)
    question = unit.questions.first()
    answer_question.answer(
        mia, question, "4", sitting=None, hints_used=0, elapsed_ms=900, draw=None, now=LATE,
        rng=random.Random(1),
    )  # fmt: skip
    seen = build_journey(mia, now=NOON)
    assert [day for day, _url in seen.days] == [DAYS[zone]]
    span = parse_range({}, timezone.localdate(NOON))
    assert list(weeks.count_answers(mia, span)) == [DAYS[zone]]
    assert span.begin == datetime.combine(span.first, datetime.min.time(), ZoneInfo(zone))


def test_a_week_begins_on_monday_at_midnight_of_the_zone(zone):
    sunday = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    monday = monday_of(timezone.localdate(sunday))
    assert monday == (date(2026, 11, 23) if zone == "Asia/Tokyo" else date(2026, 11, 16))


def test_a_teacher_sees_estimates_by_local_day(zone):
    seen = [
        SharedEstimate(LATE, "interest", 0.4, 0.6, "", ()),
        SharedEstimate(NOON, "interest", 0.4, 0.6, "", ()),
    ]
    assert {day.day for day in estimate_runs.group_runs_by_day(seen)} == {
        DAYS[zone],
        date(2026, 11, 20),
    }


def test_yesterday_ends_at_midnight_of_the_zone(zone):
    words = selection_reason.days_ago(LATE, NOON)
    assert words == ("today" if zone == "Asia/Tokyo" else "yesterday")


def test_a_fragment_is_sent_again_in_another_zone():
    def tag(zone):
        with timezone.override(ZoneInfo(zone)):
            return live_part(SimpleNamespace(headers={}), "1", str)["ETag"]

    assert tag("UTC") == tag("UTC")
    assert len({tag(zone) for zone in DAYS}) == len(DAYS)


@pytest.mark.parametrize(
    ("zone", "at", "moves"),
    [
        ("America/Los_Angeles", datetime(2026, 11, 20, 3, 30, tzinfo=UTC), False),
        ("America/Los_Angeles", datetime(2026, 11, 20, 11, 30, tzinfo=UTC), True),
        ("Asia/Tokyo", datetime(2026, 11, 19, 17, 30, tzinfo=UTC), False),
        ("Asia/Tokyo", datetime(2026, 11, 19, 18, 30, tzinfo=UTC), True),
        # The nightly run was missed; a later one of the day does it.
        ("Asia/Tokyo", datetime(2026, 11, 20, 3, 30, tzinfo=UTC), True),
    ],
)
def test_a_birthday_begins_at_midnight_of_the_site(noah, amir, now, zone, at, moves):
    record = load_record(noah)
    birthday = replace(record.identity, born=date(2008, 11, 20))
    person_changes.change_person(
        noah.code, replace(record, identity=birthday, age_band="teen"), by=amir, now=now
    )
    site_facts.record(replace(FACTS, time_zone=zone), by=None, now=now)
    age_band_updates.update_due(at)
    noah.refresh_from_db()
    assert (noah.age_band == "adult") is moves


@pytest.mark.parametrize("own", ["", "Pacific/Auckland"])
def test_a_steward_counts_ages_by_the_day_of_the_site(client_for, amir, now, monkeypatch, own):
    """At LATE an 18th birthday on 20 November has begun in Auckland, and not in Los Angeles."""
    site_facts.record(replace(FACTS, time_zone="America/Los_Angeles"), by=None, now=now)
    amir.time_zone = own
    amir.save(update_fields=["time_zone"])
    steward = client_for(amir)
    monkeypatch.setattr(people_views, "timezone", SimpleNamespace(now=lambda: LATE))
    typed = {"name": "Ola", "login": "ola", "roles": "learner", "born": "2008-11-20"}
    steward.post("/steward/people/add/", {**typed, "age_band": "teen"})
    assert find_by_login("ola").age_band == "teen"


def test_all_code_that_counts_ages_uses_the_day_of_the_site():
    folders = [settings.BASE_DIR / "platform" / name for name in ("accounts", "stewardship/people")]
    sources = [path for folder in folders for path in folder.rglob("*.py")]
    assert sum("site_day(" in path.read_text() for path in sources) >= 4
    assert [str(path) for path in sources if "localdate(" in path.read_text()] == []


STUDY = """
protocol = "AFF-7"
approval = "EC 2026/114"
investigator = "R. Example"
begins = 2026-11-01
ends = 2026-12-31
keep_days = 90
"""


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Los_Angeles"])
def test_a_study_begins_and_ends_at_midnight_of_the_site(settings, tmp_path, now, zone):
    settings.LEGAL_PROFILE, settings.STUDY_FILE = "research_study", str(tmp_path / "study.toml")
    (tmp_path / "study.toml").write_text(STUDY)
    site_facts.record(replace(FACTS, time_zone=zone), by=None, now=now)

    def runs(at):
        profile = profiles.current(now=at)
        return profile.allows("activity:research"), profiles.has_study_ended(profile, now=at)

    begins, ends = (
        datetime(*day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        for day in ((2026, 11, 1), (2027, 1, 1))
    )
    assert runs(begins - MINUTE) == (False, False)
    assert runs(begins) == (True, False)
    assert runs(ends - MINUTE) == (True, False)
    assert runs(ends) == (False, True)


def read_due(typed, before=None):
    form = AuthorForm({"due_at": typed})
    return forms._read_moment(form, "due_at", before), form.errors


@pytest.fixture(params=DAYS)
def site_zone(request, now):
    site_facts.record(replace(FACTS, time_zone=request.param), by=None, now=now)
    return request.param


def test_a_due_date_is_typed_and_shown_again_in_the_zone_of_the_site(site_zone, zone):
    typed = "2026-12-01T23:59"
    written, errors = read_due(typed)
    assert errors == {}
    at = datetime.fromisoformat(written)
    assert at == datetime(2026, 12, 1, 23, 59, tzinfo=ZoneInfo(site_zone))
    assert forms._write_local(written) == typed


@pytest.mark.parametrize("before", ["2026-12-01T10:00:59Z", "2026-12-01T11:00:00+01:00"])
def test_an_unchanged_date_stays_as_it_was_typed(site_zone, before):
    assert read_due(forms._write_local(before), before) == (before, {})


@pytest.mark.parametrize("typed", ["2026-03-29T02:30", "2026-10-25T02:30"])
def test_a_skipped_or_repeated_time_is_refused(typed, now):
    site_facts.record(replace(FACTS, time_zone="Europe/Berlin"), by=None, now=now)
    written, errors = read_due(typed)
    assert written is None
    assert "The clocks change" in errors["due_at"]


def test_no_page_labels_its_times_utc():
    folder = settings.BASE_DIR / "templates"
    pages = [path for path in folder.rglob("*.html") if "export" not in path.parts]
    assert len(pages) > 200
    assert [str(path) for path in pages if " UTC" in path.read_text()] == []
    catalogue = settings.BASE_DIR / "platform" / "locale" / "de" / "LC_MESSAGES" / "django.po"
    said = re.findall(r'^msgid ((?:"[^\n]*"\n)+)', catalogue.read_text(), re.M)
    named = {re.sub(r'"\n"|"|\n', "", one) for one in said if "UTC" in one}
    assert named == {"Enter a time zone such as Europe/Berlin or UTC."}
