"""Ward and Guardian are both notified when a guardianship begins or ends, whatever the cause."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from accounts.administration import age_band_updates, person_changes
from accounts.administration.person_records import load_record
from accounts.identity import seal_identity
from accounts.models import Guardianship, PendingMail, SingleSignOnLink, User
from accounts.people import make_guardian
from accounts.people_import.bulk_create import add_people
from accounts.single_sign_on.role_mapping import update_roles
from audit.models import Leaf
from audit.queries import leaves_about, read_public
from privacy.erasure import erasure
from tests.fixtures.accounts.sent_mail import html, plain, send
from tests.fixtures.users import make
from tests.platform.accounts.people_import.test_bulk_create import to_add
from tests.platform.accounts.single_sign_on.test_account_links import provider, seen

pytestmark = pytest.mark.django_db
ENDED = [("greta", "ward_ended"), ("noah", "guardian_ended")]


def mails():
    """Return who is mailed what, by the recorded username."""
    rows = PendingMail.objects.select_related("person")
    return sorted((load_record(row.person).identity.login, row.kind) for row in rows)


def was_notified(client_for, person):
    page = client_for(person).get("/my-data/looked/").content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def by_a_steward(greta, noah, amir, now):
    person_changes.end_guardianships(noah, by=amir, now=now, guardian=greta.code)


def by_the_role(greta, noah, amir, now):
    learner = replace(load_record(greta), roles=("learner",))
    person_changes.change_person(greta.code, learner, by=amir, now=now)


def by_the_age_a_steward_records(greta, noah, amir, now):
    adult = replace(load_record(noah), age_band="adult")
    person_changes.change_person(noah.code, adult, by=amir, now=now)


def by_the_eighteenth_birthday(greta, noah, amir, now):
    identity = replace(load_record(noah).identity, born=date(2008, 11, 20))
    User.objects.filter(pk=noah.pk).update(**seal_identity(identity, noah.code, now=now))
    assert age_band_updates.update_age_bands(date(2026, 11, 20), now=now) == 1


def by_a_provider(greta, noah, amir, now):
    at = provider(roles_claim="groups", roles={"parents": "guardian"})
    update_roles(at, seen(at), greta, now=now)


ROADS = [
    by_a_steward, by_the_role, by_the_age_a_steward_records, by_the_eighteenth_birthday,
    by_a_provider,
]  # fmt: skip


def by_the_erasure_of_the_guardian(greta, noah, amir, now):
    erasure.erase(greta.code, actor=greta.code, cause="request", now=now)


def by_the_erasure_of_the_ward(greta, noah, amir, now):
    erasure.erase(noah.code, actor=amir.code, cause="request", now=now)


@pytest.mark.parametrize("road", ROADS)
def test_both_sides_are_notified_of_the_end(inbox, greta, noah, amir, client_for, now, road):
    PendingMail.objects.all().delete()
    road(greta, noah, amir, now)
    assert mails() == ENDED
    assert send(now) == 2
    assert "removed a parent or guardian of yours" in was_notified(client_for, noah)
    assert "removed you as someone’s parent or guardian" in was_notified(client_for, greta)


def test_after_a_guardians_erasure_only_the_ward_is_notified(
    inbox, greta, noah, amir, client_for, now
):
    PendingMail.objects.all().delete()
    by_the_erasure_of_the_guardian(greta, noah, amir, now)
    assert mails() == [("noah", "guardian_ended")]
    assert send(now) == 1
    assert "The site administrator removed a parent or guardian of yours" in was_notified(
        client_for, noah
    )
    (leaf,) = Leaf.objects.filter(verb="person.unguard")
    assert leaf in leaves_about(noah.code)


def test_after_a_wards_erasure_only_the_guardian_is_notified(
    inbox, greta, noah, amir, client_for, now
):
    PendingMail.objects.all().delete()
    by_the_erasure_of_the_ward(greta, noah, amir, now)
    assert mails() == [("greta", "ward_ended")]
    assert send(now) == 1
    assert "A data steward removed you as someone’s parent or guardian" in was_notified(
        client_for, greta
    )
    assert Leaf.objects.filter(verb="person.unguard").count() == 1


def test_a_person_who_cannot_sign_in_yet_gets_a_leaf_and_no_mail(inbox, greta, noah, amir, now):
    """A mail before the invitation would link to a page that the person cannot open."""
    PendingMail.objects.all().delete()
    for person in (greta, noah):
        person.set_unusable_password()
        person.save()
    by_a_steward(greta, noah, amir, now)
    assert mails() == []
    for person in (greta, noah):
        assert leaves_about(person.code).filter(verb="person.unguard").exists()
    link = {"person": noah, "provider": "school", "subject_digest": "0" * 64}
    SingleSignOnLink.objects.create(**link, made_at=now, used_at=now)
    make_guardian(greta, noah, actor=amir.code, now=now)
    assert mails() == [("noah", "guardian_added")]


def test_both_sides_are_notified_of_the_beginning(inbox, noah, greta, amir, client_for, now):
    other = make("lena", age_band="teen")
    PendingMail.objects.all().delete()
    for _twice in range(2):
        person_changes.add_guardian(other.code, "greta", by=amir, now=now)
    assert mails() == [("greta", "ward_added"), ("lena", "guardian_added")]
    assert send(now) == 2
    assert "A data steward added a parent or guardian for you" in was_notified(client_for, other)
    assert "A data steward added you as someone’s parent or guardian" in was_notified(
        client_for, greta
    )


def test_an_import_notifies_a_guardian_once(inbox, greta, amir, now):
    PendingMail.objects.all().delete()
    people = [to_add("ada", guardian=greta), to_add("bo", guardian=greta)]
    add_people(people, by=amir, now=now)
    kinds = [kind for login, kind in mails() if login == "greta"]
    assert kinds == ["ward_added"]
    leaves = leaves_about(greta.code).filter(verb="person.guard")
    assert [read_public(leaf)["what"] for leaf in leaves.order_by("at")][-1] == "guardian"


def test_a_person_without_an_email_gets_no_mail(inbox, greta, noah, amir, now):
    PendingMail.objects.all().delete()
    User.objects.filter(pk=noah.pk).update(email_sealed=None, email_digest=None)
    by_a_steward(greta, noah, amir, now)
    assert mails() == ENDED[:1]


def test_a_site_without_mail_asks_for_none(greta, noah, amir, now, settings):
    settings.EMAIL_HOST = ""
    by_a_steward(greta, noah, amir, now)
    assert not PendingMail.objects.exists()


def test_a_guardianship_that_ended_meanwhile_is_not_announced(inbox, greta, noah, amir, now):
    Guardianship.objects.all().delete()
    make_guardian(greta, noah, actor=amir.code, now=now)
    Guardianship.objects.all().delete()
    PendingMail.objects.filter(made_at__lt=now - timedelta(days=1)).delete()
    assert send(now) == 0
    assert {row.state for row in PendingMail.objects.all()} == {"dropped"}


def test_no_mail_names_the_other_side(inbox, greta, noah, amir, now):
    by_a_steward(greta, noah, amir, now)
    make_guardian(greta, noah, actor=amir.code, now=now)
    assert send(now) == 4
    for mail in inbox.mails:
        other = {"greta": "noah", "noah": "greta"}[
            mail["To"].split("@")[0].strip("<").split(" ")[0]
        ]
        assert other not in (mail["Subject"] + plain(mail) + html(mail)).casefold()


def test_each_gets_it_in_their_language(inbox, greta, noah, amir, now):
    User.objects.filter(pk=greta.pk).update(language="de")
    PendingMail.objects.all().delete()
    by_a_steward(greta, noah, amir, now)
    send(now)
    assert {mail["Subject"] for mail in inbox.mails} == {
        "Eine Sorgeberechtigung wurde beendet",
        "A guardian was removed",
    }
