"""The Steward's pages: active rules, counts of consents, erasures with their steps, leaves."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from audit.models import Leaf
from audit.queries import leaves_about, leaves_by
from privacy.erasure import erasure
from privacy.models import Erasure
from stewardship import consent_register
from stewardship.audit_log import entries
from stewardship.erasures import view_model
from stewardship.legal_profile import summary

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client_for, amir):
    """Return a function that gives amir's page: `page("consents/")`."""
    client = client_for(amir)

    def text(path="", status=200):
        response = client.get(f"/steward/{path}")
        assert response.status_code == status, response.status_code
        return response.content.decode()

    text.client = client
    return text


# --- the profile ---


def test_the_profile_shows_what_it_blocks_and_by_which_article(page, settings):
    settings.LEGAL_PROFILE = "eu_education"
    text = page()
    assert "EU education" in text
    assert "Article 5(1)(f)" in text
    assert "10 people or more" in text


def test_without_a_profile_the_page_says_so_and_no_biometric_data_can_be_asked_for(page, settings):
    settings.LEGAL_PROFILE = ""
    assert "No legal profile" in page()
    rows = summary.load_summary().rows
    asked = {row.stream for row in rows if any(cell.allowed for cell in row.cells)}
    # Reports count in a class picture only where a profile names them (ADR 0040).
    assert asked == {row.stream for row in rows if not row.biometric} - {"reports"}


@pytest.mark.parametrize("name", ["demo", "eu_education"])
def test_the_page_allows_exactly_what_the_file_allows(settings, name):
    settings.LEGAL_PROFILE = name
    found = summary.load_summary()
    allowed = {
        (row.stream, cell.purpose) for row in found.rows for cell in row.cells if cell.allowed
    }
    words = summary.PURPOSE_WORDS
    assert allowed == {
        (stream, words[purpose])
        for stream, purposes in found.profile.allow.items()
        for purpose in purposes
    }


# --- the register ---


def test_live_grants_are_counted_by_scope_and_age(allow, mia, noah, now):
    allow(mia, "pointer:adapt", "face:adapt")
    allow(noah, "pointer:adapt")
    erasure.withdraw(mia.code, ["face:adapt"], now=now)

    (line,) = consent_register.load_scope_counts(now)

    assert (line.stream, line.purpose) == ("pointer", "Help for me")
    assert (list(line.by_band), line.total, line.simulated) == ([1, 1, 0], 2, 0)
    assert consent_register.people_with_grants(now) == 2


def test_expired_grants_and_closed_accounts_are_not_counted(allow, mia, noah, now):
    allow(mia, "pointer:adapt")
    allow(noah, "pointer:adapt")
    User.objects.filter(pk=noah.pk).update(is_active=False)
    assert [line.total for line in consent_register.load_scope_counts(now)] == [1]
    assert consent_register.load_scope_counts(now + timedelta(days=366)) == ()


def test_no_page_about_a_person_shows_a_name(page, allow, mia):
    allow(mia, "pointer:adapt")
    for path in ("consents/", f"people/{mia.code}/", "audit/"):
        assert "mia" not in page(path).replace("All learners except mia, noah and lena", ""), path


def test_viewing_a_person_leaves_a_leaf_that_names_both(page, allow, mia, amir):
    allow(mia, "pointer:adapt")
    text = page(f"people/{mia.code}/")
    assert "Switched on" in text
    (seen,) = leaves_about(mia.code).filter(verb="steward.view")
    assert seen in leaves_by(amir.code)


def test_a_code_opens_the_person_and_anything_else_is_an_error(page, mia):
    assert page.client.get("/steward/consents/", {"code": mia.code}).headers["Location"] == (
        f"/steward/people/{mia.code}/"
    )
    assert "is not a valid person code" in page("consents/?code=<b>mia", status=422)
    assert "<b>mia" not in page("consents/?code=<b>mia", status=422)
    page(f"people/{uuid.uuid4()}/", status=404)


# --- erasing ---


def test_a_steward_erases_by_code_once_the_word_was_typed(page, mia, amir):
    path = f"/steward/people/{mia.code}/erase/"
    assert page.client.post(path, {"word": "delete"}).status_code == 422
    assert User.objects.filter(code=mia.code).exists()

    response = page.client.post(path, {"word": " Erase "}, follow=True)

    assert "It was encrypted with a key that no longer exists" in response.content.decode()
    assert not User.objects.filter(code=mia.code).exists()
    assert leaves_by(amir.code).filter(verb="erasure.ask").count() == 1


def test_a_steward_does_not_erase_their_own_account_here(page, amir):
    response = page.client.post(f"/steward/people/{amir.code}/erase/", {"word": "erase"})
    assert response.status_code == 422
    assert User.objects.filter(code=amir.code).exists()


def test_an_interrupted_erasure_is_unfinished_and_listed_first(page, mia, noah, now, monkeypatch):
    erasure.withdraw(noah.code, ["pointer:adapt"], now=now + timedelta(hours=1))
    monkeypatch.setattr(erasure, "advance", lambda id, **_: Erasure.objects.get(id=id))
    stuck = erasure.withdraw(mia.code, ["face:adapt"], now=now)
    assert next((t.id, t.removed) for t in view_model.load_newest()) == (stuck.id, False)
    assert "under way" in page("erasures/")
    assert "pending" in page(f"erasures/{stuck.id}/")


def test_an_unknown_erasure_is_404(page):
    page(f"erasures/{uuid.uuid4()}/", status=404)


# --- the audit ---


def test_a_changed_leaf_does_not_verify(mia, page):
    assert entries.load_page().unsound == 0
    assert "entries shown are verified" in page("audit/")
    from django.db import connection

    with connection.as_owner():
        Leaf.objects.filter(verb="person.create").update(public="roles=steward")
    assert entries.load_page().unsound > 0
    assert "does not verify" in page("audit/")


def test_older_leaves_are_on_further_pages_each_once(mia, now):
    for minute in range(entries.PAGE_SIZE + 5):
        erasure.withdraw(mia.code, ["face:adapt"], now=now + timedelta(minutes=minute))
    first = entries.load_page()
    second = entries.load_page(Leaf.objects.get(id=first.older))
    assert len(first.entries) == entries.PAGE_SIZE
    assert min(e.at for e in first.entries) > max(e.at for e in second.entries)


def test_empty_pages_say_what_will_be_shown(page):
    assert "No one has switched anything on yet" in page("consents/")
    assert "Nothing has been erased yet" in page("erasures/")


# --- who may come here ---


@pytest.mark.parametrize("who", ["mia", "ines", "greta", "ravi", "mallory"])
def test_the_pages_are_404_for_everyone_else(request, client_for, mia, who):
    client = client_for(request.getfixturevalue(who))
    gone = erasure.withdraw(mia.code, ["face:adapt"], now=timezone.now())
    for path in ("", "consents/", "erasures/", "audit/", f"people/{mia.code}/",
                 f"erasures/{gone.id}/"):  # fmt: skip
        assert client.get(f"/steward/{path}").status_code == 404, path
    before = User.objects.count()
    path = f"/steward/people/{mia.code}/erase/"
    assert client.post(path, {"word": "erase"}).status_code == 404
    assert User.objects.count() == before
