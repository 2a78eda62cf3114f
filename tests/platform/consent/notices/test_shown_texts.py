"""Each stored yes leads to the exact words it was an answer to, and these cannot change (I-4)."""

from __future__ import annotations

import hashlib

import pytest
from django.db import IntegrityError, transaction

from consent.models import ConsentEvent, ShownText
from consent.notices import shown_texts
from tests.fixtures.consent import give_consent

pytestmark = pytest.mark.django_db


def test_the_same_words_are_kept_once(now):
    first = shown_texts.keep("Words.", now)
    assert shown_texts.keep("Words.", now).pk == first.pk
    assert shown_texts.keep("Words!", now).pk != first.pk
    assert ShownText.objects.count() == 2


def test_the_digest_is_that_of_the_exact_bytes(now):
    text = shown_texts.keep("Übung\n", now)
    assert text.digest == hashlib.sha256("Übung\n".encode()).hexdigest()


def test_where_only_the_notice_stood_it_is_the_notice(mia, allow):
    allow(mia, "face:adapt")
    event = ConsentEvent.objects.get()
    assert (event.shown.body, event.shown.digest) == (event.notice.body, event.notice.digest)


def test_no_yes_is_stored_without_its_words(mia, published, now):
    for verb in ("grant", "assent", "guardian_grant"):
        refused = pytest.raises(IntegrityError, match="consent_consentevent_shown")
        with refused, transaction.atomic():
            ConsentEvent.objects.create(
                learner=mia, scope="face:adapt", epoch=1, verb=verb,
                notice=published[0], at=now, expires_at=now,
            )  # fmt: skip


def test_both_voices_lead_to_their_words(noah, greta, both, published, now):
    for person in (greta, noah):
        give_consent(noah, "face:adapt", now=now, by=person)
    assert all(event.shown.body for event in ConsentEvent.objects.select_related("shown"))
