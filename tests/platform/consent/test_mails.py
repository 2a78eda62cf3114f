"""Mails about consents: a Guardian is asked, and an expiry is announced once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import PendingMail, User
from accounts.people import make_guardian
from consent import mails
from consent.grants.grant_reducer import APPROVAL_WAIT
from consent.legal_profiles import profiles
from consent.models import Grant
from consent.notices import notices
from consent.stream_groups import group_of
from tests.fixtures.accounts.sent_mail import html, plain, send
from tests.fixtures.consent import give_consent, withdraw
from tests.fixtures.users import make
from tests.platform.accounts.mail.conftest import certificate, inbox  # noqa: F401

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SCOPE = "pointer:adapt"


@pytest.fixture(autouse=True)
def _server(settings):
    settings.EMAIL_HOST = settings.EMAIL_HOST or "127.0.0.1"


def readers(kind):
    return list(
        PendingMail.objects.filter(kind=kind).order_by("pk").values_list("person", flat=True)
    )


# --- a Guardian is asked ---


@pytest.fixture
def shared(both, published):
    return published


@pytest.fixture
def wanted(inbox, shared, noah, greta, now, settings):  # noqa: F811
    """noah agreed to his camera, which waits for greta. Her guardianship was announced before."""
    PendingMail.objects.all().delete()
    settings.LEGAL_PROFILE = "both"
    give_consent(noah, "face:adapt", now=now, by=noah)
    return noah


def test_a_guardian_is_mailed_when_a_ward_wants_something(wanted, greta, inbox, now):  # noqa: F811
    assert mails.queue_guardian_mails(wanted, now=now) == 1
    assert send(now=now) == 1
    (mail,) = inbox.mails
    assert (mail["To"], mail["Subject"]) == ("greta@school.example", "Your decision is needed")
    assert "http://localhost/consents/" in plain(mail)
    for secret in ("noah", "camera", "face"):
        assert secret not in (plain(mail) + html(mail)).casefold()


def test_saving_the_page_asks_and_a_guardians_word_does_not(
    client_for, shared, noah, greta, settings
):
    from tests.platform.learner.consent.test_guardian_views import learner_saves, press

    learner_saves(client_for(noah), "camera.adapt")
    assert readers("guardian_asked") == [greta.pk]
    PendingMail.objects.all().delete()
    press(client_for(greta), noah, "yes", "camera.adapt")
    assert readers("guardian_asked") == []


def test_one_mail_waits_at_a_time_and_few_go_in_a_day(wanted, now):
    assert mails.queue_guardian_mails(wanted, now=now) == 1
    assert mails.queue_guardian_mails(wanted, now=now) == 0
    for _ in range(5):
        PendingMail.objects.update(state="sent")
        mails.queue_guardian_mails(wanted, now=now)
    assert PendingMail.objects.count() == mails.MOST_A_DAY
    assert mails.queue_guardian_mails(wanted, now=now + 2 * DAY) == 1
    assert mails.queue_guardian_mails(wanted, now=now + 4 * DAY) == 0, "one waits still"


def test_a_person_who_decides_alone_causes_no_mail(allow, noah, greta, now):
    allow(noah, SCOPE)
    assert mails.queue_guardian_mails(noah, now=now) == 0


def guardian_says_yes(noah, greta, now):
    give_consent(noah, "face:adapt", now=now, by=greta)


def ward_takes_it_back(noah, greta, now):
    withdraw(noah, ["face:adapt"], now=now)


def guardianship_ends(noah, greta, now):
    noah.guardianships.all().delete()


def role_goes(noah, greta, now):
    User.objects.filter(pk=greta.pk).update(roles=["learner"])


def guardian_locked(noah, greta, now):
    User.objects.filter(pk=greta.pk).update(is_active=False)


def ward_locked(noah, greta, now):
    User.objects.filter(pk=noah.pk).update(is_active=False)


def no_email(noah, greta, now):
    User.objects.filter(pk=greta.pk).update(email_sealed=None, email_digest=None)


def ran_out(noah, greta, now):
    Grant.objects.update(expires_at=now)


CHANGES = [
    guardian_says_yes, ward_takes_it_back, guardianship_ends, role_goes, guardian_locked,
    ward_locked, no_email, ran_out,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_request_that_no_longer_waits_is_not_sent(wanted, greta, inbox, now, change):  # noqa: F811
    mails.queue_guardian_mails(wanted, now=now)
    change(wanted, greta, now)
    assert send(now=now) == 0
    assert PendingMail.objects.get().state == "dropped"


@pytest.mark.parametrize("change", CHANGES)
def test_without_a_pending_request_no_mail_is_queued(wanted, greta, now, change):
    change(wanted, greta, now)
    wanted.refresh_from_db()
    assert mails.queue_guardian_mails(wanted, now=now) == 0


def test_an_expired_request_is_not_sent(wanted, inbox, now):  # noqa: F811
    late = now + APPROVAL_WAIT
    PendingMail.objects.create(person=wanted, kind="guardian_asked", made_at=late, due_at=late)
    assert send(now=late) == 0


def test_a_profile_that_cannot_be_read_sends_nothing(wanted, inbox, now, settings):  # noqa: F811
    mails.queue_guardian_mails(wanted, now=now)
    settings.LEGAL_PROFILE = "of no file"
    assert send(now=now) == 0
    assert PendingMail.objects.get().state == "dropped"


def test_only_the_own_guardian_is_asked(wanted, noah, greta, mia, now):
    other = make("paul")
    User.objects.filter(pk=other.pk).update(roles=["guardian"])
    ward = make("lena", age_band="teen")
    make_guardian(other, ward, now=now)
    mails.queue_guardian_mails(noah, now=now)
    assert readers("guardian_asked") == [greta.pk]
    other.refresh_from_db()
    assert mails.find_question(other, now=now) is None


# --- a consent expires soon ---


@pytest.fixture
def allowed(allow, mia, now):
    """mia's consent, and a time ten days before it expires."""
    allow(mia, SCOPE)
    return Grant.objects.get(scope=SCOPE).expires_at - mails.BEFORE


def test_one_mail_comes_ten_days_before(allowed, mia):
    hours = [allowed + timedelta(hours=n) for n in range(-48, 24 * 12, 6)]
    assert mails.queue_due_mails(allowed - timedelta(hours=1)) == 0
    assert sum(mails.queue_due_mails(hour) for hour in hours) == 1
    assert readers("consent_ends") == [mia.pk]
    assert PendingMail.objects.get().made_at == allowed


def test_what_ends_days_later_is_covered_and_what_ends_weeks_later_is_not(allowed, allow, mia, now):
    allow(mia, "activity:adapt", now=now + 3 * DAY)
    assert mails.queue_due_mails(allowed) == 1
    assert mails.queue_due_mails(allowed + 3 * DAY) == 0
    allow(mia, "activity:teach", now=now + 15 * DAY)
    assert mails.queue_due_mails(allowed + 15 * DAY) == 1


def test_it_says_what_to_do_but_not_what_expires(allowed, mia, inbox):  # noqa: F811
    mails.queue_due_mails(allowed)
    assert send(now=allowed) == 1
    (mail,) = inbox.mails
    assert mail["Subject"] == "Something you allowed expires soon"
    assert "http://localhost/consents/" in plain(mail)
    assert "pointer" not in (plain(mail) + html(mail)).casefold()


def withdrawn(mia, now):
    withdraw(mia, [SCOPE], now=now)


def renewed(mia, now):
    give_consent(mia, SCOPE, now=now, by=mia)


def locked(mia, now):
    User.objects.filter(pk=mia.pk).update(is_active=False)


def without_email(mia, now):
    User.objects.filter(pk=mia.pk).update(email_sealed=None, email_digest=None)


def grown(mia, now):
    User.objects.filter(pk=mia.pk).update(age_band="teen")


def text_changed(mia, now):
    old = notices.current(group_of("pointer"), mia.age_band, now=now)
    old.pk, old.version, old.code = None, old.version + 1, "0" * 32
    old.effective_from = now - DAY
    old.save()


ENDS = [withdrawn, renewed, locked, without_email, grown, text_changed]


@pytest.mark.parametrize("change", ENDS)
def test_a_renewed_or_ended_consent_is_not_announced(allowed, mia, inbox, change):  # noqa: F811
    mails.queue_due_mails(allowed)
    change(mia, allowed)
    assert send(now=allowed) == 0
    assert PendingMail.objects.get().state == "dropped"


@pytest.mark.parametrize("change", ENDS)
def test_a_consent_that_does_not_expire_soon_is_not_announced(allowed, mia, change):
    change(mia, allowed)
    assert mails.queue_due_mails(allowed) == 0


@pytest.mark.parametrize("profile", ["of no file", ""])
def test_an_unrenewable_consent_is_not_announced(allowed, inbox, settings, profile, monkeypatch):  # noqa: F811
    mails.queue_due_mails(allowed)
    settings.LEGAL_PROFILE = profile
    if not profile:
        monkeypatch.setattr(profiles, "current", lambda *, now: None)
    assert send(now=allowed) == 0


def test_a_site_without_mail_asks_for_none(allowed, settings):
    settings.EMAIL_HOST = ""
    assert mails.queue_due_mails(allowed) == 0


def test_as_many_queries_for_a_class_as_for_one(allowed, noah, mia, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert mails.queue_due_mails(allowed) == 1
