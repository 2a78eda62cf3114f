"""Receipts and their texts: every stored line was on the page, byte by byte (I-4)."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from consent.models import ConsentEvent, Grant, Notice
from consent.notices import notices
from consent.scopes import split
from consent.stream_groups import GROUPS, group_of
from learner.consent.disclosure_text import build_disclosure
from learner.consent.status import load_situation
from tests.platform.learner.consent.test_views import Fields, live, read, save

pytestmark = pytest.mark.django_db
YEAR = timedelta(days=365)


@pytest.fixture(autouse=True)
def _demo(settings, db, now):
    settings.LEGAL_PROFILE = "demo"
    notices.publish(now)


def reword(folder, stem):
    for path in (notices.FOLDER / "en").iterdir():
        target = folder / "en" / path.name
        target.parent.mkdir(exist_ok=True)
        more = "\nOne more line.\n" if path.stem == stem else ""
        target.write_text(path.read_text() + more)
    notices.publish(timezone.now(), folder=folder)


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize("law", ["demo", "cn", "eu_education", "eu_private_adult", None])
def test_every_stored_line_was_on_the_page(mia, client_for, settings, law):
    settings.LEGAL_PROFILE = law
    seen = words_of(read(client_for(mia))[0])
    here = load_situation(mia, timezone.now())
    for group in GROUPS:
        if here.may_ask(group):
            words = build_disclosure(here, group)
            about = words.lines[: 3 if words.words.example else 2]
            lines = [*about, *words.heads.values(), words.retention, words.rules, words.banner]
            assert [line for line in lines if " ".join(line.split()) not in seen] == []


def test_each_stored_grant_renders_to_the_stored_bytes(mia, noah, client_for):
    for person in (mia, noah):
        save(client_for(person), "camera.adapt", "hands.adapt", "hands.teach", "activity.adapt")
    events = ConsentEvent.objects.select_related("shown", "notice", "learner")
    assert events.count() == 16
    for event in events:
        group = group_of(split(event.scope)[0].name)
        again = build_disclosure(load_situation(event.learner, timezone.now()), group).text
        digest = hashlib.sha256(again.encode()).hexdigest()
        assert digest == event.shown.digest
        assert event.shown.body == again
        assert hashlib.sha256(event.notice.body.encode()).hexdigest() == event.notice.digest
        assert event.notice.digest in again
        assert again.endswith(event.notice.body)


def test_the_stored_text_names_no_one(mia, client_for):
    save(client_for(mia), "camera.adapt")
    for event in ConsentEvent.objects.select_related("shown"):
        assert "mia" not in event.shown.body
        assert str(mia.code) not in event.shown.body


def test_a_grant_for_a_page_with_other_text_is_refused(mia, client_for, settings):
    client = client_for(mia)
    _, fields = read(client)
    settings.LEGAL_PROFILE = "cn"
    response = client.post("/consents/", {"on": ["camera.adapt"], **fields.hidden})
    assert response.status_code == 409
    assert "The text about this has changed" in response.content.decode()
    assert live(mia) == set()


def test_one_press_has_one_receipt_over_all_groups(mia, client_for):
    client = client_for(mia)
    save(client, "camera.adapt", "hands.adapt")
    (act,) = set(ConsentEvent.objects.values_list("act", flat=True))
    assert f'href="/consents/receipts/{act}/"' in read(client)[0]
    data = client.get(f"/consents/receipts/{act}.json").json()
    assert {each["scope"] for each in data["scopes"]} == live(mia)
    assert {each["group"] for each in data["notices"]} == {"camera", "hands"}
    for text in data["shown"]:
        assert hashlib.sha256(text["text"].encode()).hexdigest() == text["sha256"]
    html = client.get(f"/consents/receipts/{act}/").content.decode()
    assert data["shown"][0]["sha256"] in html
    assert "## " not in html
    assert "<h4>What is sensed</h4>" in html
    assert "Camera, help for me; Pointer and typing, help for me" in html


def test_a_withdrawal_has_a_receipt_too(mia, client_for):
    client = client_for(mia)
    save(client, "camera.adapt")
    client.post("/consents/withdraw/")
    act = ConsentEvent.objects.filter(verb="withdraw").first().act
    data = client.get(f"/consents/receipts/{act}.json").json()
    assert (data["verb"], data["shown"]) == ("withdraw", [])
    assert "Switched off: Camera" in client.get(f"/consents/receipts/{act}/").content.decode()


def test_a_receipt_is_private(mia, noah, greta, ines, amir, client_for):
    save(client_for(noah), "camera.adapt")
    act = ConsentEvent.objects.first().act
    for person in (mia, ines, amir, greta):
        for tail in ("/", ".json"):
            assert client_for(person).get(f"/consents/receipts/{act}{tail}").status_code == 404


# --- running out, and texts that change ---


def shift(delta):
    """Move the consent into the past by that time."""
    for row in Grant.objects.all():
        Grant.objects.filter(pk=row.pk).update(
            granted_at=row.granted_at - delta, expires_at=row.expires_at - delta
        )


def test_the_pages_say_so_a_fortnight_before_it_expires(mia, client_for):
    client = client_for(mia)
    save(client, "camera.adapt")
    shift(YEAR - timedelta(days=15))
    assert "expires on" not in read(client)[0] + client.get("/").content.decode()
    shift(timedelta(days=2))
    assert "Your consent to “Camera” expires on" in read(client)[0]
    assert (
        "Your consent for something you switched on expires on" in client.get("/").content.decode()
    )


def test_one_press_renews_with_a_new_event_and_another_epoch(mia, client_for):
    client = client_for(mia)
    save(client, "camera.adapt", "hands.adapt")
    shift(YEAR - timedelta(days=10))
    _, fields = read(client)
    assert client.post("/consents/again/", {"group": "camera", **fields.hidden}).status_code == 302
    epochs = dict(Grant.objects.values_list("scope", "epoch"))
    assert (epochs["face:adapt"], epochs["pointer:adapt"]) == (2, 1)
    assert Grant.objects.get(scope="face:adapt").expires_at > timezone.now() + timedelta(days=360)
    assert "Your consent to “Camera” expires" not in read(client)[0]


@pytest.mark.parametrize("group", ["", "nonsense", "camera"])
def test_renewing_what_is_off_switches_nothing_on(mia, client_for, group):
    client = client_for(mia)
    _, fields = read(client)
    client.post("/consents/again/", {"group": group, **fields.hidden})
    assert live(mia) == set()


def test_a_changed_text_is_announced_on_both_pages_and_decided_again(mia, client_for, tmp_path):
    client = client_for(mia)
    save(client, "camera.adapt")
    reword(tmp_path, "camera.adult")
    html, fields = read(client)
    assert "The text about “Camera” changed on" in html
    assert "Text changed" in html
    assert "checked" not in fields.boxes["camera.adapt"]
    assert "has changed. It stays off" in client.get("/").content.decode()
    new = Notice.objects.get(group="camera", age_band="adult", version=2)
    assert f'href="/consents/notices/{new.code}/"' in html
    assert save(client, "camera.adapt").status_code == 302
    assert "The text about “Camera” changed on" not in read(client)[0]
    assert Grant.objects.get(scope="face:adapt").notice == new


def test_a_guardians_agreement_is_announced_on_the_start_page(noah, greta, both, client_for, now):
    from tests.fixtures.consent import give_consent

    give_consent(noah, "face:adapt", now=timezone.now(), by=greta)
    assert (
        "Your parent or guardian agreed to something" in client_for(noah).get("/").content.decode()
    )


def test_a_new_age_band_asks_again_with_its_own_text(noah, client_for):
    save(client_for(noah), "camera.adapt")
    User.objects.filter(pk=noah.pk).update(age_band="adult")
    html = client_for(noah).get("/consents/").content.decode()
    assert "The text about “Camera” changed on" in html
    assert "checked" not in Fields(html).boxes["camera.adapt"]
