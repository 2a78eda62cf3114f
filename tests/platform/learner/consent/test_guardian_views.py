"""A Guardian's page: the same text, two buttons, and nothing about the ward's activity (I-5)."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.sessions.session_store import CONFIRMED_AT
from consent.models import ConsentEvent, Grant
from consent.notices import notices
from consent.permits.gate import permits
from learner.consent.disclosure_text import build_disclosure
from learner.consent.status import load_situation
from tests.platform.learner.consent.test_views import Fields

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("both", "told_everything")]
CAMERA = {"face:adapt", "gaze:adapt"}


@pytest.fixture
def told_everything(db, now):
    notices.publish(now)


class Forms(HTMLParser):
    """Each form of a page: its URL, hidden fields, and buttons with their targets."""

    def __init__(self, html):
        super().__init__()
        self.forms = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.forms.append((attrs.get("action"), {}, []))
        elif tag == "input" and attrs.get("type") == "hidden" and self.forms:
            self.forms[-1][1][attrs["name"]] = attrs["value"]
        elif tag == "button" and self.forms:
            self.forms[-1][2].append(attrs)


def page(client, ward) -> str:
    response = client.get(f"/consents/wards/{ward.code}/")
    assert response.status_code == 200
    html = response.content.decode()
    return html[html.index("<main") : html.index("</main>")]


def press(client, ward, name, value):
    """Submit the button of that name and value, as a browser without scripts does."""
    for action, hidden, buttons in Forms(page(client, ward)).forms:
        for button in buttons:
            if (button.get("name"), button.get("value")) == (name, value):
                assert "disabled" not in button
                return client.post(button.get("formaction", action), {**hidden, name: value})
    raise AssertionError(f"no button {name}={value}")


def learner_saves(client, *switches):
    fields = Fields(client.get("/consents/").content.decode())
    return client.post("/consents/", {"on": list(switches), **fields.hidden})


def granted(person) -> set[str]:
    names = [f"{stream}:adapt" for stream in ("face", "gaze", "pointer", "activity")]
    return set(permits(person.code, names, now=timezone.now()).granted)


def test_it_is_on_once_greta_and_noah_have_agreed(noah, greta, client_for):
    assert press(client_for(greta), noah, "yes", "camera.adapt").status_code == 302
    assert granted(noah) == set()
    assert "greta: yes. You: not yet" in client_for(noah).get("/consents/").content.decode()
    assert learner_saves(client_for(noah), "camera.adapt").status_code == 302
    assert granted(noah) == CAMERA
    assert "You and greta: yes" in client_for(noah).get("/consents/").content.decode()


def test_noah_asks_first_sees_that_it_waits_and_saving_keeps_it(noah, greta, client_for):
    client = client_for(noah)
    learner_saves(client, "camera.adapt")
    html = client.get("/consents/").content.decode()
    assert "Waiting for greta." in html
    assert "You: yes. greta: not yet" in html
    assert "Nothing is switched on, 1 waiting." in html
    box = Fields(html).boxes["camera.adapt"]
    assert "disabled" in box
    assert "checked" not in box
    learner_saves(client, "activity.adapt")
    assert Grant.objects.get(scope="face:adapt").assent_at is not None
    assert "noah agreed to 1 thing" in client_for(greta).get("/consents/").content.decode()
    press(client_for(greta), noah, "yes", "camera.adapt")
    assert granted(noah) == CAMERA | {"activity:adapt"}


def test_noah_withdraws_a_waiting_consent_with_one_press(noah, greta, client_for):
    client = client_for(noah)
    learner_saves(client, "camera.adapt")
    client.post("/consents/withdraw/", {"off": ["camera.adapt"]})
    assert Grant.objects.get(scope="face:adapt").assent_at is None
    assert "Waiting for greta" not in client.get("/consents/").content.decode()


def test_greta_withdraws_alone_at_once_and_noah_is_asked_again(noah, greta, client_for):
    press(client_for(greta), noah, "yes", "camera.adapt")
    learner_saves(client_for(noah), "camera.adapt")
    press(client_for(greta), noah, "no", "camera.adapt")
    assert granted(noah) == set()
    assert "greta: no, on" in client_for(noah).get("/consents/").content.decode()
    press(client_for(greta), noah, "yes", "camera.adapt")
    assert granted(noah) == set()


def test_greta_declines_a_waiting_request(noah, greta, client_for):
    learner_saves(client_for(noah), "camera.adapt")
    press(client_for(greta), noah, "no", "camera.adapt")
    assert Grant.objects.get(scope="face:adapt").assent_at is None


def test_everything_is_withdrawn_with_one_press(noah, greta, client_for):
    client = client_for(greta)
    for switch in ("camera.adapt", "hands.adapt"):
        press(client, noah, "yes", switch)
    client.post(f"/consents/wards/{noah.code}/no/")
    assert not Grant.objects.filter(guardian_at__isnull=False).exists()


def test_agree_and_decline_have_the_same_size_and_row(noah, greta, client_for):
    forms = Forms(page(client_for(greta), noah)).forms
    buttons = [button for _, _, each in forms for button in each if "name" in button]
    assert {button["class"] for button in buttons} == {"btn"}
    assert [button["name"] for button in buttons[:2]] == ["no", "yes"]


def test_class_picture_needs_help_first(noah, greta, client_for):
    html = page(client_for(greta), noah)
    assert re.search(r'name="yes" value="camera.teach"[^>]* disabled', html)
    response = client_for(greta).post(
        f"/consents/wards/{noah.code}/yes/",
        {"yes": "camera.teach", **hidden_of(html, "camera")},
    )
    assert response.status_code == 409
    assert "for the same type of data first" in response.content.decode()


def hidden_of(html, group) -> dict[str, str]:
    return next(hidden for _, hidden, _ in Forms(html).forms if f"notice.{group}" in hidden)


def test_what_noah_decides_alone_is_not_asked_of_greta(noah, greta, client_for):
    html = page(client_for(greta), noah)
    assert "Activity on this page" not in html
    answer = client_for(greta).post(f"/consents/wards/{noah.code}/yes/", {"yes": "activity.adapt"})
    assert answer.status_code == 302
    assert not ConsentEvent.objects.exists()


def test_agreement_to_a_different_text_is_refused(noah, greta, client_for):
    fields = hidden_of(page(client_for(greta), noah), "camera") | {"shown.camera": "0" * 64}
    client = client_for(greta)
    answer = client.post(f"/consents/wards/{noah.code}/yes/", {"yes": "camera.adapt", **fields})
    assert answer.status_code == 409
    assert not ConsentEvent.objects.exists()


def test_every_stored_line_was_on_the_guardians_page(noah, greta, client_for):
    html = page(client_for(greta), noah)
    seen = " ".join(re.sub(r"<[^>]+>", " ", html).split())
    for group in ("camera", "hands", "wearable", "skin"):
        words = build_disclosure(load_situation(noah, timezone.now()), group, to_guardian=True)
        for line in words.lines:
            for part in (
                line.split(": ", 1) if line.startswith(("Help", "Show", "Class", "Res")) else [line]
            ):
                assert " ".join(part.split()) in seen, part


def test_greta_sees_no_activity_of_noah(noah, greta, client_for):
    """None of her pages queries a table of activity, sensor data or estimates."""
    client = client_for(greta)
    with CaptureQueriesContext(connection) as queries:
        page(client, noah)
        client.get("/consents/")
    asked = {table for each in queries for table in re.findall(r'FROM "(\w+?)_', each["sql"])}
    assert asked <= {"accounts", "consent", "privacy"}, asked
    for path in ("/journey/", "/units/{}/", "/courses/x/"):
        assert client.get(path.format(uuid.uuid4())).status_code == 404


def test_agreeing_needs_a_recent_sign_in_and_declining_does_not(noah, greta, client_for):
    press(client_for(greta), noah, "yes", "camera.adapt")
    client = client_for(greta)
    session = client.session
    session[CONFIRMED_AT] = timezone.now() - timedelta(hours=1)
    session.save()
    assert press(client, noah, "yes", "hands.adapt").status_code == 403
    assert not Grant.objects.filter(scope="pointer:adapt").exists()
    press(client, noah, "no", "camera.adapt")
    assert Grant.objects.get(scope="face:adapt").guardian_at is None


def test_strangers_find_nothing(noah, greta, mia, ines, client_for):
    for person in (mia, ines, noah):
        for path in ("", "yes/", "no/"):
            client = client_for(person)
            ask = client.post if path else client.get
            assert ask(f"/consents/wards/{noah.code}/{path}").status_code == 404
    assert client_for(greta).get(f"/consents/wards/{mia.code}/").status_code == 404


def test_a_minor_without_a_guardian_sees_a_notice(noah, client_for):
    html = client_for(noah).get("/consents/").content.decode()
    assert "No parent or guardian is linked to your account" in html
