"""If only the setting changed, the site reports what it stores and how two people can delete it."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from accounts.administration.two_steward_requests import InvalidRequest
from config.checks import database_checks
from consent.legal_profiles import change_requests
from consent.legal_profiles.disallowed_data import ADVICE, count_disallowed, describe_disallowed
from consent.models import Grant, ProfileChange
from consent.permits import gate
from deployment import doctor
from privacy.retention import legal_profile_purge

pytestmark = pytest.mark.django_db
NOTE = "Not allowed by the legal profile in force; locked but still stored"


@pytest.fixture
def changed(mia, noah, allow, settings):
    """Two people consented under the demo; then someone with a shell sets another profile."""
    allow(mia, "face:adapt", "face:teach", "activity:adapt")
    allow(noah, "face:adapt", "activity:adapt")

    def to(name):
        settings.LEGAL_PROFILE = name

    return to


def said() -> list[str]:
    """Return what `check`, `doctor` and the page report."""
    warned = [each.msg for each in database_checks.check_left_over(databases=["default"])]
    told = [each.need for each in doctor.run_checks() if each.what == "legal profile"]
    return [*warned, *(each for each in told if each)]


def test_under_the_profile_of_the_yes_nothing_is_left_over(changed, client_for, amir, now):
    assert count_disallowed(now=now) == {}
    assert describe_disallowed({}) == ""
    assert said() == []
    assert NOTE not in client_for(amir).get("/steward/").content.decode()


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("eu_education", {"face:adapt": 2, "face:teach": 1}),
        ("us_higher_ed", {"activity:adapt": 1, "face:adapt": 1}),
        (None, {"face:adapt": 2, "face:teach": 1}),
        ("demo", {}),
    ],
)
def test_each_scope_that_the_profile_locks_is_counted_also_for_an_age_alone(
    changed, now, name, found
):
    changed(name)
    assert count_disallowed(now=now) == found


def test_withdrawn_data_is_not_counted(changed, mia, noah, now):
    from privacy.erasure import erasure

    changed("eu_education")
    for person in (mia, noah):
        erasure.withdraw(person.code, ["face:adapt"], now=now)
    assert count_disallowed(now=now) == {}


def test_check_doctor_and_the_stewards_page_name_it_and_the_way(changed, client_for, amir, capsys):
    changed("eu_education")
    told = "face:adapt (2 people), face:teach (1 person)"
    (found,) = database_checks.check_left_over(databases=["default"])
    assert (found.id, found.hint) == ("config.W002", ADVICE)
    assert told in found.msg
    assert database_checks.check_left_over() == []
    call_command("doctor", json=True)
    rows = json.loads(capsys.readouterr().out)["rows"]
    (row,) = (row for row in rows if row["what"] == "legal profile")
    assert (row["found"], row["fatal"]) == ("eu_education", False)
    assert told in row["need"]
    assert str(ADVICE) in row["need"]
    page = client_for(amir).get("/steward/").content.decode()
    assert told in page
    assert "/steward/profile/change/" in page


def test_an_unreadable_profile_is_reported_as_an_error(changed):
    changed("narnia")
    assert [each.id for each in database_checks.check_left_over(databases=["default"])] == [
        "config.E005"
    ]
    (told,) = said()[1:]
    assert "narnia" in told


def test_a_database_that_does_not_answer_is_no_fault_of_the_profile(monkeypatch, settings):
    from config.embedded_postgres.launcher import Server

    settings.PRIVATE_POSTGRES = Server(settings.VAR / "none")
    (found,) = (each for each in doctor.run_checks() if each.what == "legal profile")
    assert (found.need, "not asked" in found.found) == ("", True)


def test_before_there_are_tables_the_check_asks_nothing(monkeypatch):
    monkeypatch.setattr(Grant._meta, "db_table", "consent_not_yet")
    assert database_checks.check_left_over(databases=["default"]) == []


def test_confirming_the_profile_in_force_deletes_the_data(
    changed, client_for, amir, sara, mia, now
):
    changed("eu_education")
    assert legal_profile_purge.purge(now=now) == 0
    change = change_requests.request_change(
        amir, "eu_education", "The setting was changed.", now=now
    )
    change_requests.confirm_change(sara, change.id, now=now)
    assert NOTE not in client_for(amir).get("/steward/").content.decode()

    assert legal_profile_purge.purge(now=now) == 2
    later = now + legal_profile_purge.SETTLE_TIME
    assert legal_profile_purge.purge(now=later) == 0

    assert ProfileChange.objects.get().purged_at == later
    assert count_disallowed(now=now) == {}
    assert said() == []
    assert gate.permit(mia.code, "activity:adapt", now=now)
    with pytest.raises(InvalidRequest, match="already in force"):
        change_requests.request_change(amir, "eu_education", "Once more.", now=later)
