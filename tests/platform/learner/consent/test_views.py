"""The consent page: refusing first and equal, switches as a plain form, receipts."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from consent.models import ConsentEvent, Grant
from consent.notices import notices
from consent.scopes import STREAMS
from learner.consent.disclosure_text import build_disclosure
from learner.consent.labels import purpose_names, words_of
from learner.consent.status import load_situation
from privacy.models import Erasure
from vault.keystore import open_keystore

ARTEFACTS = Path(__file__).resolve().parents[4] / "artefacts"
pytestmark = pytest.mark.django_db
PAGE = "/consents/"


@pytest.fixture(autouse=True)
def _demo(settings, db, now):
    settings.LEGAL_PROFILE = "demo"
    notices.publish(now)


class Fields(HTMLParser):
    """The fields of the consent form as a browser without JavaScript sees them."""

    def __init__(self, html):
        super().__init__()
        self.boxes, self.hidden, self.buttons = {}, {}, []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if attrs.get("name") == "on":
            self.boxes[attrs["value"]] = attrs
        elif attrs.get("name", "").startswith(("notice.", "shown.")):
            self.hidden[attrs["name"]] = attrs["value"]
        elif "btn go" in (attrs.get("class") or ""):
            self.buttons.append((tag, attrs["class"]))


def read(client) -> tuple[str, Fields]:
    response = client.get(PAGE)
    assert response.status_code == 200
    html = response.content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    return main, Fields(main)


FEWER = "Ten or more together (for “Activity on this page” and “What you report” five)"


def save(client, *switches):
    _, fields = read(client)
    return client.post(PAGE, {"on": list(switches), **fields.hidden})


def live(person) -> set[str]:
    return set(Grant.objects.filter(learner=person, live=True).values_list("scope", flat=True))


def test_everything_is_off_at_first_and_nothing_is_ticked(mia, client_for):
    html, fields = read(client_for(mia))
    assert "Nothing is switched on." in html
    assert len(fields.boxes) == 4 * 3 + 2
    assert not any("checked" in box for box in fields.boxes.values())


def test_continue_without_is_first_and_looks_like_its_neighbour(mia, client_for):
    html, fields = read(client_for(mia))
    assert html.index("Continue without") < html.index("Choose what to switch on")
    assert html.rindex("Continue without") < html.index("Save my choices")
    assert {look for _, look in fields.buttons} == {"btn go"}


def test_a_group_grants_its_streams_under_the_text_that_was_shown(mia, client_for):
    assert save(client_for(mia), "hands.adapt", "activity.adapt").status_code == 302
    assert live(mia) == {"pointer:adapt", "typing:adapt", "activity:adapt", "layout:adapt"}
    assert {grant.notice.group for grant in Grant.objects.all()} == {"hands", "activity"}


def test_the_page_shows_what_is_on(mia, client_for):
    client = client_for(mia)
    save(client, "hands.adapt")
    html, fields = read(client)
    assert [value for value, box in fields.boxes.items() if "checked" in box] == ["hands.adapt"]
    assert "1 switched on." in html
    assert "Switch everything off" in html
    assert "Leave everything as it is" in html


def test_a_wearable_never_includes_what_the_profile_blocks(mia, client_for):
    save(client_for(mia), "wearable.adapt")
    assert "eeg:adapt" not in live(mia)
    assert "heart:adapt" in live(mia)


def test_wearable_switches_on_all_worn_streams_and_lists_them(mia, client_for):
    html, _ = read(client_for(mia))
    words = ("pulse as a wave", "current of your heart", "warm and damp your skin", "how you move")
    assert all(each in html for each in words)
    save(client_for(mia), "wearable.adapt")
    worn = ("heart", "ppg", "ecg", "eda", "acc", "temp")
    assert live(mia) == {f"{stream}:adapt" for stream in worn}


def test_the_camera_does_not_switch_on_heart_rate_from_skin_colour(mia, client_for):
    save(client_for(mia), "camera.adapt")
    assert live(mia) == {"face:adapt", "gaze:adapt"}
    save(client_for(mia), "camera.adapt", "skin.adapt")
    assert "rppg:adapt" in live(mia)


def test_what_no_shipped_model_reads_is_not_asked_for_as_help():
    """Each Stream is read by a shipped card, or its group says that nothing uses it."""
    cards = [json.loads(path.read_text()) for path in ARTEFACTS.glob("*/card.json")]
    unread = STREAMS.keys() - {name for card in cards for name in card["streams"]}
    assert unread == {"rppg", "eeg"}
    for stream in unread:
        text = words_of(STREAMS[stream].group).what
        assert "no estimate and no suggestion uses" in text, stream
    assert purpose_names("skin")["adapt"] == "show it to me"
    assert purpose_names("camera")["adapt"] == "help for me"


def test_unticking_withdraws_with_a_receipt(mia, client_for):
    client = client_for(mia)
    save(client, "hands.adapt", "hands.teach", "camera.adapt")
    save(client, "camera.adapt")
    assert live(mia) == {"face:adapt", "gaze:adapt"}
    assert Erasure.objects.get().scopes == ["pointer:adapt", "typing:adapt"]
    html, _ = read(client)
    assert "Switched off.</span> Pointer and typing, help for me" in html
    assert "Pointer and typing, class summary" in html
    assert "No data had been collected." in html
    assert html.index("Switched off.") < html.index("Switched on.")


def test_the_receipt_counts_what_was_deleted(mia, client_for, now):
    client = client_for(mia)
    save(client, "hands.adapt")
    for stream in ("pointer", "typing"):
        open_keystore().current_key(mia.code, f"{stream}:adapt", 1, now)
    client.post("/consents/withdraw/")
    assert "Unreadable since then. Keys destroyed: 2. Records deleted: 0." in read(client)[0]


def test_saving_without_changes_changes_nothing(mia, client_for):
    client = client_for(mia)
    save(client, "hands.adapt")
    save(client, "hands.adapt")
    assert ConsentEvent.objects.count() == 2


def test_one_press_switches_off_what_is_named_at_once(mia, client_for):
    client = client_for(mia)
    save(client, "hands.adapt", "camera.adapt")
    response = client.post(
        "/consents/withdraw/", {"off": "hands.adapt"}, headers={"accept": "application/json"}
    )
    assert response.json()["receipt"] == str(Erasure.objects.get().id)
    assert live(mia) == {"face:adapt", "gaze:adapt"}


def test_one_press_switches_everything_off(mia, client_for):
    client = client_for(mia)
    save(client, "hands.adapt", "camera.adapt", "camera.teach")
    assert client.post("/consents/withdraw/").status_code == 302
    assert live(mia) == set()


def test_switching_off_what_is_off_is_no_error(mia, client_for):
    answer = client_for(mia).post("/consents/withdraw/", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["receipt"]) == (200, None)


def test_class_summary_alone_is_refused_with_a_reason(mia, client_for):
    response = save(client_for(mia), "hands.teach")
    assert response.status_code == 409
    assert "Help for me” for the same type of data first" in response.content.decode()
    assert live(mia) == set()


@pytest.mark.parametrize("code", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_a_grant_for_a_text_not_shown_is_refused(mia, client_for, code):
    response = client_for(mia).post(PAGE, {"on": ["hands.adapt"], "notice.hands": code})
    assert response.status_code == 409
    assert "The text about this has changed" in response.content.decode()
    assert live(mia) == set()


@pytest.mark.parametrize("switch", ["hands", "hands.grade", "voice.adapt", "..", ""])
def test_an_invented_switch_does_nothing(mia, client_for, switch):
    assert save(client_for(mia), switch).status_code == 302
    assert live(mia) == set()


def test_in_eu_schools_biometric_groups_have_no_switches_but_the_article(mia, client_for, settings):
    settings.LEGAL_PROFILE = "eu_education"
    html, fields = read(client_for(mia))
    activity = {f"activity.{p}" for p in ("adapt", "teach", "research")}
    assert set(fields.boxes) == activity | {"reports.teach"}
    assert "disabled" in fields.boxes["activity.research"]
    assert html.count("Blocked by law") == 3
    assert "Article 5(1)(f)" in html
    assert "Ten or more together" in html
    save(client_for(mia), *[f"{group}.adapt" for group in ("camera", "wearable", "hands")])
    assert live(mia) == set()


@pytest.mark.parametrize(
    ("profile", "head", "body", "page"),
    [
        ("demo", "Five or more together, no names", "Five", "Five"),
        ("us_higher_ed", FEWER, "Ten", "Five"),
        ("cn", "Ten or more together, no names", "Ten", "Ten"),
    ],
)
def test_each_group_shows_its_own_minimum_of_the_class_summary(
    mia, client_for, settings, now, profile, head, body, page
):
    """The numbers are those that `teaching.class_picture.participants.current_floor` enforces."""
    settings.LEGAL_PROFILE = profile
    html, _ = read(client_for(mia))
    assert head in html
    here = load_situation(mia, now)
    for group, number in (("camera", body), ("hands", body), ("activity", page), ("reports", page)):
        assert (
            f"Class summary: {number} or more together, no names"
            in build_disclosure(here, group).lines
        )


def test_without_a_profile_biometric_groups_say_why(mia, client_for, settings):
    settings.LEGAL_PROFILE = None
    html, fields = read(client_for(mia))
    assert html.count("has not set which law it follows") == 4
    assert [v for v, box in fields.boxes.items() if "disabled" not in box] == ["activity.adapt"]
    save(client_for(mia), "hands.adapt", "activity.adapt")
    assert {STREAMS[name.split(":")[0]].biometric for name in live(mia)} == {False}


def test_noah_reads_the_text_for_his_age_and_decides_alone_in_the_demo(noah, client_for):
    html, _ = read(client_for(noah))
    assert "an adult you trust" in html
    save(client_for(noah), "hands.adapt")
    assert {grant.notice.age_band for grant in Grant.objects.all()} == {"teen"}


def test_noah_in_an_eu_school_sees_the_blocked_rows(noah, client_for, settings):
    settings.LEGAL_PROFILE = "eu_education"
    html, fields = read(client_for(noah))
    assert html.count("Blocked by law") == 3
    assert not any(value.startswith("hands") for value in fields.boxes)


def test_the_guardian_reads_who_decides_but_nothing_about_the_ward(greta, noah, client_for):
    client = client_for(greta)
    html = client.get(PAGE).content.decode()
    assert "noah alone decides" in html
    assert 'name="on"' not in html
    assert client.post(PAGE, {"on": ["hands.adapt"]}).status_code == 403
    assert live(noah) == live(greta) == set()


def test_the_exact_text_is_one_tap_away_with_its_digest(mia, client_for):
    client = client_for(mia)
    html, fields = read(client)
    code = fields.hidden["notice.hands"]
    assert f'href="/consents/notices/{code}/"' in html
    text = client.get(f"/consents/notices/{code}/").content.decode()
    assert "<h2>What leaves your browser</h2>" in text
    assert notices.current("hands", "adult", now=_later()).digest in text


def test_the_page_contains_no_forbidden_words(mia, client_for):
    html, _ = read(client_for(mia))
    text = re.sub(r"<[^>]+>", " ", html)
    assert re.findall(r"\b(AI|detect\w*|monitor\w*|track\w*|score\w*)\b|!", text) == []


def test_every_switch_has_a_name_of_its_own(mia, client_for):
    _, fields = read(client_for(mia))
    names = [box["aria-label"] for box in fields.boxes.values()]
    assert "Camera, help for me" in names
    assert len(set(names)) == len(names)


def test_the_page_takes_few_queries(mia, client_for, django_assert_max_num_queries):
    client = client_for(mia)
    save(client, "hands.adapt")
    with django_assert_max_num_queries(15):
        client.get(PAGE)


def _later():
    from django.utils import timezone

    return timezone.now()
