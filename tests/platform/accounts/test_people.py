"""People: names are sealed, usernames are digests, and both handle odd spellings."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.keyed_hash import digest_login
from accounts.models import User
from accounts.people import email_of, find_by_login, make_person, name_of, set_password
from audit.models import Leaf
from vault import site_keys
from vault.errors import KeyDestroyed
from vault.keystore import open_keystore

pytestmark = pytest.mark.django_db


def stored_bytes(user: User) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(u)::text FROM accounts_user u WHERE id = %s", [user.pk])
        return cursor.fetchone()[0].encode()


def test_a_name_and_an_e_mail_come_back_as_typed(mia):
    fresh = User.objects.get(pk=mia.pk)
    assert name_of(fresh) == "mia"
    assert email_of(fresh) == "mia@school.example"


def test_the_row_holds_no_name_log_in_or_e_mail_in_clear(now):
    user = make_person(
        "canary-login",
        name="Canary Name",
        roles=["learner"],
        password="x",
        now=now,
        email="canary@mail.example",
    )
    row = stored_bytes(user).lower()
    for text in (b"canary", b"canary".hex().encode()):
        assert text not in row


def test_a_person_without_an_e_mail_has_an_empty_one(now):
    user = make_person("kim", name="Kim", roles=["learner"], password="x", now=now)
    assert user.email_sealed is None
    assert email_of(user) == ""


@pytest.mark.parametrize("typed", ["MIA", "  mia ", "\uff4d\uff49\uff41"])
def test_other_spellings_of_a_log_in_find_the_same_person(mia, typed):
    assert find_by_login(typed) == mia


def test_an_unknown_username_finds_no_person(mia):
    assert find_by_login("mia2") is None


def test_two_people_cannot_share_a_log_in(mia, now):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_person("Mia", name="another", roles=["learner"], password="x", now=now)


def test_the_digest_needs_the_pepper(mia, monkeypatch):
    before = digest_login("mia")
    monkeypatch.setattr(site_keys, "pepper", lambda: b"another pepper, 32 bytes long....")
    assert digest_login("mia") != before == mia.login_digest


def test_an_unknown_role_or_age_or_an_empty_log_in_is_refused(now):
    with pytest.raises(ValueError, match="wizard"):
        make_person("w", name="w", roles=["wizard"], password="x", now=now)
    with pytest.raises(ValueError, match="old"):
        make_person("w", name="w", roles=["learner"], password="x", age_band="old", now=now)
    with pytest.raises(ValueError, match="empty"):
        make_person("  ", name="w", roles=["learner"], password="x", now=now)


def test_the_database_refuses_an_unknown_role_too(mia):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=mia.pk).update(roles=["wizard"])


def test_making_a_person_leaves_a_leaf_without_the_name(mia):
    leaf = Leaf.objects.filter(verb="person.create").last()
    assert leaf is not None
    assert "mia" not in str(vars(leaf))


def test_a_failed_leaf_leaves_no_person(now, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("no audit")

    monkeypatch.setattr("audit.record", broken)
    with pytest.raises(RuntimeError):
        make_person("kim", name="Kim", roles=["learner"], password="x", now=now)
    assert find_by_login("kim") is None


def test_a_name_is_gone_with_its_key(mia):
    open_keystore().destroy(mia.code, ["identity"])
    with pytest.raises(KeyDestroyed):
        name_of(mia)


def test_a_new_password_ends_every_open_log_in(mia, client_for):
    client_for(mia)
    set_password(mia, "another one")
    assert mia.sessions.count() == 0
    assert User.objects.get(pk=mia.pk).check_password("another one")


def test_an_account_without_a_password_cannot_sign_in(now):
    user = make_person("bot", name="bot", roles=["learner"], password=None, now=now)
    assert not user.has_usable_password()
