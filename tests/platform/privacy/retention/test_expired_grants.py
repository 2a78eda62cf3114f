"""An expired Grant ends for good, and what was taken under it is erased."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import Guardianship, User
from audit.models import Leaf
from consent.grants.grant_expiry import GRACE
from consent.grants.grant_reducer import APPROVAL_WAIT
from consent.models import ConsentEvent, Grant
from consent.notices import notices
from consent.permits.errors import Refused
from consent.permits.gate import permit
from pipeline import tasks
from privacy.erasure import erasure
from privacy.models import Erasure
from privacy.retention.expired_grants import end_due
from tests.fixtures.consent import give_consent
from vault.errors import KeyDestroyed
from vault.keystore import open_keystore

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
YEAR = timedelta(days=365)


def live() -> set[str]:
    return set(Grant.objects.filter(live=True).values_list("scope", flat=True))


def verbs() -> list[str]:
    return list(ConsentEvent.objects.order_by("epoch", "scope").values_list("verb", flat=True))


def reword(folder, name, now):
    for path in (notices.FOLDER / "en").iterdir():
        target = folder / "en" / path.name
        target.parent.mkdir(exist_ok=True)
        target.write_text(path.read_text() + ("\nOne more line.\n" if path.name == name else ""))
    notices.publish(now, folder=folder)


def test_an_expired_grant_ends_with_its_data(mia, allow, now):
    allow(mia, "face:adapt", "face:teach")
    key = open_keystore().current_key(mia.code, "face:adapt", 1, now)
    assert end_due(now=now + YEAR - DAY) == 0
    assert end_due(now=now + YEAR) == 1
    assert live() == set()
    assert verbs() == ["grant", "grant", "expire", "expire"]
    done = Erasure.objects.get()
    assert (done.cause, done.scopes, done.counts["keys"]) == ("retention", ["face:adapt"], 1)
    with pytest.raises(KeyDestroyed):
        open_keystore().key(key.id)
    leaves = Leaf.objects.filter(verb="consent.expire")
    assert [leaf.actor_ref for leaf in leaves] == [None, None]


def test_ending_twice_is_harmless(mia, allow, now):
    allow(mia, "face:adapt")
    end_due(now=now + YEAR)
    assert end_due(now=now + YEAR) == 0
    assert verbs() == ["grant", "expire"]


def test_a_renewed_grant_is_not_ended(mia, allow, now):
    allow(mia, "face:adapt")
    allow(mia, "face:adapt", now=now + YEAR - DAY)
    erasure.withdraw(mia.code, ["face:adapt"], now=now + YEAR, verb="expire", cause="retention")
    assert live() == {"face:adapt"}


def test_a_new_grant_is_possible_after_expiry(mia, allow, now):
    allow(mia, "face:adapt")
    end_due(now=now + YEAR)
    allow(mia, "face:adapt", now=now + YEAR)
    assert permit(mia.code, "face:adapt", now=now + YEAR).epoch == 3


def test_a_changed_notice_stops_at_once_and_ends_after_the_grace(mia, allow, now, tmp_path):
    allow(mia, "face:adapt", "pointer:adapt")
    reword(tmp_path, "camera.adult.md", now + DAY)
    with pytest.raises(Refused):
        permit(mia.code, "face:adapt", now=now + DAY)
    assert end_due(now=now + DAY + GRACE - timedelta(seconds=1)) == 0
    assert end_due(now=now + DAY + GRACE) == 1
    assert live() == {"pointer:adapt"}
    assert verbs()[-1] == "stale"
    assert Erasure.objects.get().scopes == ["face:adapt"]


def test_agreeing_to_the_new_notice_keeps_the_grant(mia, allow, now, tmp_path):
    allow(mia, "face:adapt")
    reword(tmp_path, "camera.adult.md", now + DAY)
    allow(mia, "face:adapt", now=now + 2 * DAY)
    assert end_due(now=now + 30 * DAY) == 0
    assert permit(mia.code, "face:adapt", now=now + 30 * DAY).epoch == 2


def test_growing_up_ends_the_grant_and_the_guardian_s_consent(noah, greta, both, published, now):
    for person in (greta, noah):
        give_consent(noah, "face:adapt", now=now, by=person)
    User.objects.filter(pk=noah.pk).update(age_band="adult")
    assert end_due(now=now) == 1
    row = Grant.objects.get()
    assert (row.live, row.guardian_at, row.assent_at) == (False, None, None)
    noah.refresh_from_db()
    give_consent(noah, "face:adapt", now=now, by=noah)
    assert permit(noah.code, "face:adapt", now=now)


def test_without_a_guardian_the_grant_ends(noah, greta, both, published, now):
    for person in (greta, noah):
        give_consent(noah, "face:adapt", "face:teach", now=now, by=person)
    Guardianship.objects.all().delete()
    assert end_due(now=now) == 1
    assert live() == set()


def test_a_profile_that_requires_a_guardian_ends_other_grants(
    noah, mia, greta, both, published, settings, now
):
    settings.LEGAL_PROFILE = "demo"
    for person in (noah, mia):
        give_consent(person, "face:adapt", "activity:adapt", now=now, by=person)
    assert end_due(now=now) == 0
    settings.LEGAL_PROFILE = "both"
    assert end_due(now=now) == 1
    assert set(Grant.objects.filter(learner=noah, live=True).values_list("scope", flat=True)) == {
        "activity:adapt"
    }
    assert Grant.objects.filter(learner=mia, live=True).count() == 2


@pytest.mark.parametrize("speaker", ["noah", "greta"])
def test_an_unanswered_assent_expires(noah, greta, both, published, now, speaker):
    give_consent(noah, "face:adapt", now=now, by={"noah": noah, "greta": greta}[speaker])
    assert end_due(now=now + APPROVAL_WAIT - DAY) == 0
    assert end_due(now=now + APPROVAL_WAIT) == 1
    row = Grant.objects.get()
    assert (row.guardian_at, row.assent_at, row.clearing) == (None, None, False)


def test_an_expiry_affects_only_its_person(mia, noah, allow, now):
    allow(mia, "face:adapt")
    allow(noah, "face:adapt", now=now + DAY)
    end_due(now=now + YEAR)
    assert set(Grant.objects.filter(live=True).values_list("learner", flat=True)) == {noah.pk}


@pytest.mark.parametrize("task", [tasks.expire, tasks.sweep], ids=["hourly", "sweep"])
def test_the_hourly_task_and_the_sweep_both_end_grants(mia, allow, task):
    allow(mia, "face:adapt")
    Grant.objects.update(expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    task()
    assert live() == set()


STUDY = """
protocol = "AFF-7"
approval = "EC 2026/114"
investigator = "R. Example"
begins = 2026-11-01
ends = 2026-12-31
keep_days = 90
"""


def test_a_research_grant_ends_with_its_study(mia, allow, now, settings, tmp_path):
    allow(mia, "pointer:adapt", "pointer:research")
    settings.LEGAL_PROFILE = "research_study"
    settings.STUDY_FILE = str(tmp_path / "study.toml")
    (tmp_path / "study.toml").write_text(STUDY)
    last_day = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)

    assert end_due(now=last_day) == 0
    assert live() == {"pointer:adapt", "pointer:research"}
    assert end_due(now=last_day + timedelta(minutes=1)) == 1
    assert live() == {"pointer:adapt"}
    assert end_due(now=last_day + DAY) == 0
    settings.LEGAL_PROFILE = "demo"


def test_without_a_study_in_the_profile_research_continues(mia, allow, now):
    allow(mia, "pointer:adapt", "pointer:research")
    assert end_due(now=now + 60 * DAY) == 0
    assert live() == {"pointer:adapt", "pointer:research"}
