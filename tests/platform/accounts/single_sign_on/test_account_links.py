"""Which account a sign-in at a provider opens: connected before, found by e-mail, or new."""

from __future__ import annotations

from datetime import date

import pytest

from accounts import people
from accounts.administration import person_changes, steward_nominations
from accounts.identity import load_birthday
from accounts.keyed_hash import digest_email
from accounts.models import PendingMail, SingleSignOnLink, User
from accounts.sign_in import single_use
from accounts.single_sign_on import account_links
from accounts.single_sign_on.oidc.claims import read_claims
from accounts.single_sign_on.role_mapping import update_roles
from audit.models import Leaf
from audit.queries import leaves_about, read_public
from tests.fixtures.accounts import openid_provider

pytestmark = pytest.mark.django_db
ISSUER = "https://id.northfield.example"


def provider(**more):
    return openid_provider.rules(ISSUER, **more).providers[0]


def claims(**more):
    return {"sub": "12", "name": "Eve Example", "preferred_username": "eve", **more}


def seen(at=None, **more):
    return read_claims(at or provider(), claims(**more))


def come(at, now, **more):
    return account_links.find_or_make_person(at, read_claims(at, claims(**more)), now=now)


def test_no_account_is_created_where_the_site_creates_none(now):
    with pytest.raises(account_links.NoAccount, match="do not have an account here yet"):
        come(provider(), now)
    assert User.objects.count() == 0


def test_a_new_account_has_what_the_provider_says_and_no_password(now):
    at = provider(create_accounts=True)
    eve = come(at, now, birthdate="2011-03-04", email="eve@x.example", email_verified=True)
    assert (people.name_of(eve), people.email_of(eve)) == ("Eve Example", "eve@x.example")
    assert (eve.age_band, load_birthday(eve), eve.roles) == ("teen", date(2011, 3, 4), ["learner"])
    assert not eve.has_usable_password()
    assert come(at, now) == eve
    assert read_public(Leaf.objects.get(verb="person.sso_link")) == {
        "provider": "northfield", "by": "first_sign_in"
    }  # fmt: skip


def test_without_an_age_no_account_is_made_unless_the_file_gives_a_band(now):
    with pytest.raises(account_links.NoAccount, match="your age"):
        come(provider(create_accounts=True), now, birthdate="0000-03-04")
    assert User.objects.count() == 0
    assert come(provider(create_accounts=True, age_band="teen"), now).age_band == "teen"


@pytest.mark.parametrize(
    "born", ["2999-01-01", "0001-01-01", "1850-01-01", "2011-W01-1", "20110304"]
)
def test_an_implausible_date_of_birth_counts_as_missing(now, born):
    with pytest.raises(account_links.NoAccount, match="your age"):
        come(provider(create_accounts=True), now, birthdate=born)
    eve = come(provider(create_accounts=True, age_band="teen"), now, birthdate=born)
    assert (eve.age_band, load_birthday(eve)) == ("teen", None)


def test_an_email_that_is_not_verified_is_neither_recorded_nor_trusted(mia, now):
    at = provider(link_by_email=True, create_accounts=True, age_band="adult")
    for verified in (False, "true", None):
        eve = come(at, now, email="mia@school.example", email_verified=verified)
        assert eve != mia
        assert people.email_of(eve) == ""


@pytest.mark.parametrize("email", ["eve", "eve@localhost,x", "évé@x.example", "e@" + "x" * 254])
def test_an_email_to_which_no_mail_can_go_is_not_recorded(now, email):
    at = provider(create_accounts=True, age_band="adult")
    eve = come(at, now, email=email, email_verified=True)
    assert people.email_of(eve) == ""
    assert (eve.email_digest, eve.is_active) == (None, True)


def test_a_verified_email_finds_its_one_account_where_the_site_allows_it(mia, now):
    known = {"email": "MIA@school.example", "email_verified": True}
    with pytest.raises(account_links.NoAccount):
        come(provider(), now, **known)
    assert come(provider(link_by_email=True), now, **known) == mia
    assert come(provider(), now) == mia


def test_an_email_never_opens_a_stewards_account(amir, sara, mia, now):
    at = provider(link_by_email=True)
    steward_nominations.StewardNomination.objects.create(person=mia, asked_by=sara, asked_at=now)
    for name in ("amir", "mia"):
        with pytest.raises(account_links.NoAccount):
            come(at, now, email=f"{name}@school.example", email_verified=True)
    assert SingleSignOnLink.objects.count() == 0


def test_an_email_of_two_people_finds_neither(mia, noah, now):
    User.objects.filter(pk=noah.pk).update(email_digest=mia.email_digest)
    with pytest.raises(account_links.NoAccount):
        come(provider(link_by_email=True), now, email="mia@school.example", email_verified=True)


@pytest.mark.parametrize(
    ("recorded", "said"),
    [("fiona@x.example", "ﬁona@x.example"), ("strasse@x.example", "Straße@x.example")],
)
def test_an_email_of_other_letters_is_another_mailbox(mia, now, recorded, said):
    User.objects.filter(pk=mia.pk).update(email_digest=digest_email(recorded))
    at = provider(link_by_email=True)
    with pytest.raises(account_links.NoAccount):
        come(at, now, email=said, email_verified=True)
    assert come(at, now, email=recorded, email_verified=True) == mia


@pytest.mark.parametrize("name", ["mia", "amir", "ines"])
def test_a_person_with_a_known_email_gets_no_second_account(mia, amir, ines, now, name):
    """mia is locked, amir is a Steward, and ines is to become one."""
    people.lock_account(mia.code, by=None)
    steward_nominations.StewardNomination.objects.create(person=ines, asked_by=amir, asked_at=now)
    at = provider(link_by_email=True, create_accounts=True, age_band="adult")
    with pytest.raises(account_links.NoAccount, match="your email"):
        come(at, now, email=f"{name}@school.example", email_verified=True)
    assert User.objects.count() == 3


def test_a_second_account_there_is_not_added_by_email(mia, now):
    at, known = provider(link_by_email=True), {"email": "mia@school.example"}
    come(at, now, email_verified=True, **known)
    with pytest.raises(account_links.NoAccount):
        come(at, now, sub="13", email_verified=True, **known)


def test_a_username_that_is_taken_makes_no_second_account(mia, now):
    at = provider(create_accounts=True, age_band="adult")
    with pytest.raises(account_links.NoAccount, match="already an account with your username"):
        come(at, now, preferred_username="mia")
    assert User.objects.count() == 1


def test_a_locked_account_stays_shut(mia, now):
    account_links.connect(provider(), seen(), mia, now=now)
    people.lock_account(mia.code, by=None)
    with pytest.raises(account_links.NoAccount, match="locked"):
        come(provider(), now)


def test_the_same_subject_of_another_issuer_is_another_person(mia, now):
    account_links.connect(provider(), seen(), mia, now=now)
    other = openid_provider.rules("https://evil.example").providers[0]
    with pytest.raises(account_links.NoAccount):
        come(other, now)


def test_no_subject_is_stored(mia, now):
    account_links.connect(provider(), seen(sub="a-subject-in-clear", sid="a-sid"), mia, now=now)
    row = SingleSignOnLink.objects.values().get()
    assert "a-subject-in-clear" not in str(row)
    assert "a-sid" not in str(row)


def test_an_account_there_belongs_to_one_person_here(mia, mallory, now):
    account_links.connect(provider(), seen(), mia, now=now)
    with pytest.raises(account_links.NoAccount, match="another person here"):
        account_links.connect(provider(), seen(), mallory, now=now)


def test_a_claim_gives_and_takes_the_roles_of_the_file_and_no_other(ines, now):
    at = provider(roles_claim="groups", roles={"teachers": "teacher", "lab": "researcher"})
    assert ines.roles == ["teacher", "author"]
    changed = update_roles(at, seen(at, groups=["lab", "stewards"]), ines, now=now)
    assert changed.roles == ["author", "researcher"]
    told = [leaf.verb for leaf in leaves_about(ines.code).order_by("at")]
    assert told.count("person.roles") == 1
    update_roles(at, seen(at, groups=["lab"]), changed, now=now)
    assert leaves_about(ines.code).filter(verb="person.roles").count() == 1


def test_a_person_who_loses_every_role_becomes_a_learner(mia, now):
    at = provider(roles_claim="groups", roles={"pupils": "learner", "staff": "teacher"})
    assert update_roles(at, seen(at), mia, now=now).roles == ["learner"]
    assert update_roles(at, seen(at, groups=["staff"]), mia, now=now).roles == ["teacher"]


def test_a_claim_that_is_left_out_takes_the_roles(ines, now):
    at = provider(roles_claim="realm_access.roles", roles={"teachers": "teacher"})
    told = read_claims(at, claims(realm_access={"roles": ["teachers"]}))
    assert update_roles(at, told, ines, now=now).roles == ["teacher", "author"]
    assert update_roles(at, seen(at), ines, now=now).roles == ["author"]


def test_a_steward_stays_one_whatever_a_claim_says(amir, now):
    at = provider(roles_claim="groups", roles={"teachers": "teacher"})
    assert update_roles(at, seen(at, groups=["teachers"]), amir, now=now).roles == [
        "steward",
        "teacher",
    ]
    assert update_roles(at, seen(at), amir, now=now).roles == ["steward"]


def test_a_role_that_needs_a_second_factor_ends_the_sessions_from_before(mia, now, client_for):
    roles = {"lab": "researcher", "writers": "author"}
    at, client = provider(roles_claim="groups", roles=roles), client_for(mia)
    update_roles(at, seen(at, groups=["writers"]), mia, now=now)
    assert client.get("/accounts/session/").status_code == 200
    update_roles(at, seen(at, groups=["lab"]), mia, now=now)
    assert not mia.sessions.exists()
    assert client.get("/accounts/session/").status_code != 200


def test_a_guardian_who_loses_the_role_loses_the_wards(greta, noah, now):
    at = provider(roles_claim="groups", roles={"parents": "guardian"})
    update_roles(at, seen(at), greta, now=now)
    assert greta.wardships.count() == 0


def test_another_account_there_takes_the_place_of_the_first_with_a_leaf(mia, now):
    account_links.connect(provider(), seen(), mia, now=now)
    account_links.connect(provider(), seen(sub="13"), mia, now=now)
    assert mia.single_sign_ons.count() == 1
    leaves = leaves_about(mia.code).filter(verb__startswith="person.sso").order_by("at", "id")
    assert [leaf.verb for leaf in leaves].count("person.sso_unlink") == 1


def test_a_new_connection_is_reported_by_mail(mia, noah, settings, now):
    settings.EMAIL_HOST = "mail.example"
    account_links.connect(provider(), seen(), mia, now=now)
    known = {"email": "noah@school.example", "email_verified": True}
    come(provider(link_by_email=True), now, sub="13", **known)
    come(provider(create_accounts=True, age_band="adult"), now, sub="14")
    told = PendingMail.objects.order_by("pk").values_list("person", "kind")
    assert list(told) == [(mia.pk, "sso_connected"), (noah.pk, "sso_connected")]


def test_a_person_takes_a_connection_off_only_with_another_way_in(mia, now):
    account_links.connect(provider(), seen(), mia, now=now)
    assert account_links.may_disconnect(mia)
    assert account_links.disconnect(mia, "northfield", by=mia)
    assert not account_links.disconnect(mia, "northfield", by=mia)
    mia.set_unusable_password()
    assert not account_links.may_disconnect(mia)


def test_a_person_is_signed_out_by_a_steward_but_stays_connected(mia, amir, now):
    account_links.connect(provider(), seen(), mia, now=now)
    person_changes.sign_out_everywhere(mia.code, by=amir)
    assert mia.single_sign_ons.count() == 1


def test_a_single_use_value_is_accepted_once(db, now):
    assert single_use.spend("state", "x", now=now)
    assert not single_use.spend("state", "x", now=now)
    assert single_use.spend("log-out", "x", now=now)
