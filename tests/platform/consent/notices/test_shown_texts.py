"""Each stored consent refers to the exact text that was shown, which cannot change (I-4)."""

from __future__ import annotations

import hashlib

import pytest
from django.db import IntegrityError, transaction

from consent.models import ConsentEvent, ShownText
from consent.notices.notices import store_shown_text
from tests.fixtures.consent import give_consent

pytestmark = pytest.mark.django_db


def test_the_same_text_is_stored_once(now):
    first = store_shown_text("Words.", now)
    assert store_shown_text("Words.", now).pk == first.pk
    assert store_shown_text("Words!", now).pk != first.pk
    assert ShownText.objects.count() == 2


def test_the_digest_is_that_of_the_exact_bytes(now):
    text = store_shown_text("Übung\n", now)
    assert text.digest == hashlib.sha256("Übung\n".encode()).hexdigest()


def test_by_default_the_shown_text_is_the_notice(mia, allow):
    allow(mia, "face:adapt")
    event = ConsentEvent.objects.get()
    assert (event.shown.body, event.shown.digest) == (event.notice.body, event.notice.digest)


def test_no_consent_is_stored_without_its_text(mia, published, now):
    for verb in ("grant", "assent", "guardian_grant"):
        refused = pytest.raises(IntegrityError, match="consent_consentevent_shown")
        with refused, transaction.atomic():
            ConsentEvent.objects.create(
                learner=mia, scope="face:adapt", epoch=1, verb=verb,
                notice=published[0], at=now, expires_at=now,
            )  # fmt: skip


def test_both_approvals_refer_to_their_texts(noah, greta, both, published, now):
    for person in (greta, noah):
        give_consent(noah, "face:adapt", now=now, by=person)
    assert all(event.shown.body for event in ConsentEvent.objects.select_related("shown"))
