"""The page of device tokens and their API: created by a Learner, shown once, short-lived."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import Leaf
from privacy.erasure import erasure
from telemetry import sittings
from telemetry.device_tokens import device_tokens
from telemetry.models import DeviceToken
from tests.fixtures.consent import give_consent, withdraw
from tests.fixtures.sockets.lab_device import key_of

pytestmark = pytest.mark.django_db
PAGE, API = "/consents/devices/", "/api/v1/devices/sitting/"
FORM = {"sensor": "shimmer3", "stream": ["eda", "ppg"], "hours": "4"}


@pytest.fixture
def now():
    """The current time, because the pages read the clock."""
    return timezone.now()


@pytest.fixture
def wearing(mia, allow, now):
    allow(mia, "eda:adapt", "ppg:adapt", "pointer:adapt", now=now)
    return mia


def key_on(page):
    return re.search(r"attune_device_[\w-]+", page.content.decode())[0]


def asks(client, text, **headers):
    return client.get(API, headers={"Authorization": f"Bearer {text}", **headers})


def test_a_new_key_is_shown_once_and_stored_as_a_digest(client_for, wearing):
    client = client_for(wearing)
    made = client.post(PAGE, FORM)
    text = key_on(made)
    assert made.status_code == 201
    assert made["Cache-Control"].startswith("max-age=0") or "no-store" in made["Cache-Control"]

    again = client.get(PAGE).content.decode()
    assert text not in again
    assert "Shimmer3 GSR+" in again
    assert "not used yet" in again
    token = DeviceToken.objects.get()
    assert text not in str(vars(token))
    assert token.expires_at - token.made_at == timedelta(hours=4)
    assert token.epoch_of == {"eda:adapt": 1, "ppg:adapt": 1}
    assert device_tokens.find_token(text, now=timezone.now()) == token
    leaf = Leaf.objects.get(verb="device.token_make")
    assert "sensor=shimmer3" in leaf.public
    assert "eda+ppg" in leaf.public


def test_only_granted_streams_of_external_sensors_are_offered(client_for, wearing):
    page = client_for(wearing).get(PAGE).content.decode()
    assert re.findall(r'name="stream" value="(\w+)"', page) == ["ppg", "eda"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"stream": []}, "at least one type of data"),
        ({"stream": ["temp", "pointer", "nonsense"]}, "at least one type of data"),
        ({"sensor": "toaster"}, "Select the sensor"),
        ({"hours": "9000"}, "how long"),
        ({"hours": "soon"}, "how long"),
    ],
)
def test_an_invalid_form_makes_no_key_and_says_why(client_for, wearing, changed, said):
    page = client_for(wearing).post(PAGE, FORM | changed)
    assert page.status_code == 400
    assert said in html.unescape(page.content.decode())
    assert not DeviceToken.objects.exists()


def test_without_a_grant_there_is_nothing_to_select_and_the_page_says_where_to_go(client_for, mia):
    page = client_for(mia).get(PAGE).content.decode()
    assert 'name="stream"' not in page
    assert "Nothing that a lab sensor could send is switched on." in page


def test_the_number_of_keys_is_limited(client_for, wearing):
    client = client_for(wearing)
    for _ in range(device_tokens.MOST):
        key_of(wearing, "eda")
    page = client.post(PAGE, FORM)
    assert page.status_code == 400
    assert "Revoke one first" in page.content.decode()


def test_only_the_owner_revokes_a_key_and_it_ends_at_once(client_for, wearing, noah):
    token, text = key_of(wearing, "eda")
    back = f"{PAGE}{token.id}/back/"
    assert client_for(noah).post(back).status_code == 404
    assert asks(client_for(None), text).json()["code"] == "no_sitting"
    assert client_for(wearing).post(back).status_code == 302
    assert asks(client_for(None), text).status_code == 401
    assert Leaf.objects.filter(verb="device.token_end").count() == 1


def test_a_key_lists_the_streams_it_can_no_longer_send(client_for, wearing, now):
    key_of(wearing, "eda", "ppg")
    withdraw(wearing, ["eda:adapt"], now=now)
    give_consent(wearing, "eda:adapt", now=timezone.now(), by=wearing)
    page = client_for(wearing).get(PAGE).content.decode()
    assert "No longer sends: How well your skin conducts electricity." in page


def test_the_bridge_learns_which_lesson_is_open_and_what_it_may_send(
    client_for, wearing, unit, now
):
    _, text = key_of(wearing, "eda")
    began = now - timedelta(minutes=5)
    old = sittings.open(wearing, unit, scenario="course", page=PAGES[0], now=began)
    sittings.close(old, now=began)
    sitting = sittings.open(wearing, unit, scenario="course", page=PAGES[1], now=began)
    said = asks(client_for(None), text)
    assert said.status_code == 200
    found = said.json()
    assert (found["sitting"], found["paused"]) == (str(sitting.id), False)
    assert found["now"] == pytest.approx(300, abs=30)
    assert found["streams"] == [{"stream": "eda", "free_from": 0.0}]


PAGES = ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002")


@pytest.fixture
def unit(db):
    from tests.fixtures.factories import make_unit

    return make_unit()


def test_without_a_lesson_it_says_what_to_do(client_for, wearing):
    _, text = key_of(wearing, "eda")
    said = asks(client_for(None), text)
    assert said.status_code == 404
    assert said.json()["code"] == "no_sitting"
    assert "Open a lesson first" in said.json()["detail"]


def test_a_session_opens_nothing_here_and_a_key_opens_nothing_else(client_for, wearing, unit):
    _, text = key_of(wearing, "eda")
    assert client_for(wearing).get(API).status_code == 401
    stranger = client_for(None)
    for address in ("/journey/", "/consents/", PAGE, "/my-data/"):
        found = stranger.get(address, headers={"Authorization": f"Bearer {text}"})
        assert (found.status_code, "login" in found["Location"]) == (302, True)
    begun = stranger.post(
        "/api/v1/sittings/",
        {"unit": str(unit.code), "page": PAGES[0]},
        content_type="application/json",
        headers={"Authorization": f"Bearer {text}"},
    )
    assert begun.status_code == 401


@pytest.mark.parametrize("text", ["", "nonsense", "attune_device_"])
def test_an_unknown_key_is_refused(client_for, db, text):
    said = asks(client_for(None), text)
    assert (said.status_code, said.json()["code"]) == (401, "authentication_failed")


def test_a_key_is_useless_when_expired_withdrawn_or_without_its_account(
    client_for, wearing, unit, now
):
    began = now - timedelta(hours=5)
    token, text = key_of(wearing, "eda", hours=1)
    sittings.open(wearing, unit, scenario="course", page=PAGES[0], now=began)
    client = client_for(None)
    assert asks(client, text).status_code == 200
    assert device_tokens.find_token(text, now=token.expires_at) is None
    erasure.withdraw(wearing.code, ["eda:adapt"], now=timezone.now())
    assert asks(client, text).json()["code"] == "no_grant"
    wearing.is_active = False
    wearing.save(update_fields=["is_active"])
    assert asks(client, text).status_code == 401


def test_a_key_is_deleted_with_the_account(wearing):
    key_of(wearing, "eda")
    erasure.erase(wearing.code, actor=wearing.code, cause="request", now=timezone.now())
    assert not DeviceToken.objects.exists()


def test_under_school_law_no_key_for_a_body_can_be_made(client_for, wearing, settings):
    _, text = key_of(wearing, "eda")
    settings.LEGAL_PROFILE = "eu_education"
    page = client_for(wearing).post(PAGE, FORM)
    assert page.status_code == 400
    assert DeviceToken.objects.count() == 1
    assert asks(client_for(None), text).json()["code"] == "no_grant"
