"""Consents in another language: the stored text is the one that was read, of the same version."""

from __future__ import annotations

import pytest
from django.utils import timezone, translation

from accounts.models import User
from consent.models import ConsentEvent, Grant, Notice
from consent.notices import notices
from consent.stream_groups import GROUPS
from learner.consent.disclosure_text import build_disclosure
from learner.consent.status import load_situation
from tests.platform.learner.consent.test_guardian_views import press
from tests.platform.learner.consent.test_receipt_views import words_of
from tests.platform.learner.consent.test_views import live, read, save

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _demo(settings, db, now):
    settings.LEGAL_PROFILE = "demo"
    notices.publish(now)


def speaks(person, language) -> None:
    User.objects.filter(pk=person.pk).update(language=language)


def german(group) -> Notice:
    return Notice.objects.get(group=group, age_band="adult", locale="de")


def test_the_exact_text_is_shown_and_stored_in_the_language_of_the_page(mia, client_for):
    speaks(mia, "de")
    client = client_for(mia)
    html, _ = read(client)
    assert f'href="/consents/notices/{german("hands").code}/"' in html
    assert save(client, "hands.adapt").status_code == 302
    event = ConsentEvent.objects.filter(learner=mia).first()
    assert event.notice.locale == "en"
    assert event.shown.body.endswith(german("hands").body)
    assert german("hands").digest in event.shown.body
    assert live(mia) == {"pointer:adapt", "typing:adapt"}


@pytest.mark.parametrize("law", ["demo", "eu_education", "cn"])
def test_every_stored_line_was_on_the_page(mia, client_for, settings, law):
    settings.LEGAL_PROFILE = law
    speaks(mia, "de")
    seen = words_of(read(client_for(mia))[0])
    with translation.override("de"):
        here = load_situation(mia, timezone.now())
        for group in (group for group in GROUPS if here.offered_scopes(group, "adapt")):
            words = build_disclosure(here, group)
            lines = [
                *words.lines[:3],
                *words.heads.values(),
                words.retention,
                words.rules,
                words.banner,
            ]
            assert [line for line in lines if " ".join(line.split()) not in seen] == []


def test_a_form_sent_in_another_language_must_be_read_again(mia, client_for):
    client = client_for(mia)
    _, fields = read(client)
    speaks(mia, "de")
    answer = client.post("/consents/", {"on": ["hands.adapt"], **fields.hidden})
    assert answer.status_code == 409
    assert live(mia) == set()


def test_a_grant_stays_on_when_the_language_changes(mia, client_for):
    client = client_for(mia)
    save(client, "hands.adapt")
    speaks(mia, "de")
    assert "checked" in read(client)[1].boxes["hands.adapt"]
    save(client, "hands.adapt")
    assert ConsentEvent.objects.filter(learner=mia).count() == 2


def test_two_languages_refer_to_one_version(noah, greta, both, client_for):
    speaks(greta, "de")
    save(client_for(noah), "camera.adapt")
    assert not Grant.objects.filter(live=True).exists()
    press(client_for(greta), noah, "yes", "camera.adapt")
    assert live(noah) == {"face:adapt", "gaze:adapt"}
    bodies = {event.verb: event.shown.body for event in ConsentEvent.objects.all()}
    assert "# Kamera" in bodies["guardian_grant"]
    assert "# Camera" in bodies["assent"]


def test_a_receipt_and_a_notice_say_in_which_language_their_words_are(mia, client_for):
    speaks(mia, "de")
    client = client_for(mia)
    save(client, "hands.adapt")
    act = ConsentEvent.objects.filter(learner=mia).first().act
    assert 'class="shown">' in client.get(f"/consents/receipts/{act}/").content.decode()
    speaks(mia, "en-gb")
    assert 'class="shown" lang="de"' in client.get(f"/consents/receipts/{act}/").content.decode()
    source = notices.current("hands", "adult", now=timezone.now())
    page = client.get(f"/consents/notices/{german('hands').code}/").content.decode()
    assert '<div lang="de"' in page
    assert f'href="/consents/notices/{source.code}/"' in page


def test_a_text_without_a_translation_says_so(mia, client_for, tmp_path):
    for path in (notices.FOLDER / "en").iterdir():
        target = tmp_path / "en" / path.name
        target.parent.mkdir(exist_ok=True)
        target.write_text(path.read_text() + "\nOne more line.\n")
    notices.publish(timezone.now(), folder=tmp_path)
    speaks(mia, "de")
    source = notices.current("hands", "adult", now=timezone.now())
    page = client_for(mia).get(f"/consents/notices/{source.code}/").content.decode()
    assert '<div lang="en"' in page
    assert "One more line." in page
