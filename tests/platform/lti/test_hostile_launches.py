"""Launches that are refused: each leaves no person, no session and no course behind."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest

from accounts.models import Session
from accounts.single_sign_on.oidc import provider_cache
from lti.launch import launch_attempt
from lti.models import LearningPlatform, PlatformAccount, PlatformCourse
from tests.platform.lti.conftest import alert_of

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
UNTRUSTED = "does not accept what School Moodle sent"
STALE = "opened too long ago or has been used already"


def changed(**changes):
    """Return a launch whose signed message the platform changes before it signs."""
    return lambda visitor: (visitor.platform.ask(changes=changes), visitor.launch())[1]


def other_state(visitor):
    form = visitor.begin()
    return visitor.send({**form, "state": "0" * 64})


def other_browser(visitor):
    form = visitor.begin()
    visitor.client.cookies.clear()
    return visitor.send(form)


def another_launch(visitor):
    """Send the message of one launch with the state of another one of the same browser."""
    first, second = visitor.begin(), visitor.begin()
    return visitor.send({"id_token": first["id_token"], "state": second["state"]})


def replay(visitor):
    """Send a message twice, with the cookie of the first time."""
    form, cookies = visitor.begin(), dict(visitor.client.cookies)
    assert UNTRUSTED in alert_of(visitor.send({**form, "id_token": "a.b.c"}))
    for name, value in cookies.items():
        visitor.client.cookies.set(name, value)
    return visitor.send(form)


def late(visitor, monkeypatch):
    form = visitor.begin()
    monkeypatch.setattr(launch_attempt, "OPEN_FOR", timedelta(seconds=-1))
    return visitor.send(form)


def other_key(visitor):
    visitor.platform.ask(header_key="other")
    return visitor.launch()


def unsigned(visitor):
    form = visitor.begin()
    head, body, _signature = form["id_token"].split(".")
    none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"
    assert head
    return visitor.send({**form, "id_token": f"{none}.{body}."})


def altered(visitor):
    """Send a message that the platform signed for one person with the id of another in it."""
    form = visitor.begin()
    head, body, signature = form["id_token"].split(".")
    claims = json.loads(_decode(body))
    known = visitor.client.get(f"{visitor.platform.address}/keys").json()["keys"]
    assert json.loads(_decode(head))["kid"] in [key["kid"] for key in known]
    other = json.dumps(claims | {"sub": "user-of-someone-else"}).encode()
    body = base64.urlsafe_b64encode(other).decode().rstrip("=")
    return visitor.send({**form, "id_token": f"{head}.{body}.{signature}"})


def _decode(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def expired(visitor):
    visitor.platform.ask(expires_s=-120)
    return visitor.launch()


def from_the_future(visitor):
    """Launch at a platform whose clock is five minutes ahead; `iat` is set when it signs."""
    visitor.platform.ask(clock_s=300)
    return visitor.launch()


def login_for_elsewhere(visitor):
    address = visitor.platform.address
    return visitor.client.get(
        "/lti/login/",
        params={"iss": address, "login_hint": "x", "target_link_uri": "https://evil.example/"},
    )


def unknown_issuer(visitor):
    target = f"{visitor.site}/lti/launch/"
    return visitor.client.get(
        "/lti/login/",
        params={"iss": "https://evil.example", "login_hint": "x", "target_link_uri": target},
    )


def switched_off(visitor):
    form = visitor.begin()
    LearningPlatform.objects.update(active=False)
    return visitor.send(form)


def keys_unreachable(visitor):
    form = visitor.begin()
    visitor.platform.ask(down=500)
    return visitor.send(form)


HOSTILE = {
    "nonce": (changed(nonce="guessed"), 400, UNTRUSTED),
    "no nonce": (changed(nonce=None), 400, UNTRUSTED),
    "state": (other_state, 400, STALE),
    "state of another browser": (other_browser, 400, STALE),
    "state of another launch": (another_launch, 400, UNTRUSTED),
    "replay": (replay, 400, STALE),
    "key": (other_key, 400, UNTRUSTED),
    "altered body under a known key": (altered, 400, UNTRUSTED),
    "unsigned": (unsigned, 400, UNTRUSTED),
    "issuer": (changed(iss="https://evil.example"), 400, UNTRUSTED),
    "audience": (changed(aud="another-tool", azp=None), 400, UNTRUSTED),
    "another party": (changed(aud=["attune-client", "x"], azp="x"), 400, UNTRUSTED),
    "several audiences without a party": (
        changed(aud=["attune-client", "x"], azp=None), 400, UNTRUSTED,
    ),
    "expired": (expired, 400, UNTRUSTED),
    "clock ahead": (from_the_future, 400, UNTRUSTED),
    "deployment": (changed(**{LTI + "deployment_id": "99"}), 403, "not for this course"),
    "no deployment": (changed(**{LTI + "deployment_id": None}), 403, "not for this course"),
    "message type": (changed(**{LTI + "message_type": "LtiOther"}), 400, UNTRUSTED),
    "version": (changed(**{LTI + "version": "1.1"}), 400, UNTRUSTED),
    "no subject": (changed(sub=None), 400, UNTRUSTED),
    "no resource link": (changed(**{LTI + "resource_link": None}), 400, UNTRUSTED),
    "target elsewhere": (
        # The request names our own address, the signed message another one.
        changed(**{LTI + "target_link_uri": "https://evil.example/"}), 400, "leads to another site",
    ),
    "log-in for elsewhere": (login_for_elsewhere, 400, "leads to another site"),
    "unknown issuer": (unknown_issuer, 403, "does not know the learning platform"),
    "switched off": (switched_off, 400, STALE),
    "keys unreachable": (keys_unreachable, 503, "did not answer"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _no_keys_cached():
    provider_cache._memories.clear()


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_launch_is_refused_and_leaves_nothing(case, lesson, visit):
    act, status, sentence = HOSTILE[case]
    browser = visit()
    answer = act(browser)
    assert (answer.status_code, sentence in alert_of(answer)) == (status, True), alert_of(answer)
    assert not PlatformAccount.objects.exists()
    assert not Session.objects.filter(user__roles=["learner"]).exists()
    assert not browser.signed_in


def test_a_launch_that_took_too_long_is_refused(lesson, visit, monkeypatch):
    answer = late(visit(), monkeypatch)
    assert (answer.status_code, STALE in alert_of(answer)) == (400, True)
    assert not PlatformAccount.objects.exists()


def test_a_small_difference_of_clocks_is_allowed(lesson, outside, visit):
    outside.ask(clock_s=45)
    assert visit().launch().status_code == 302


def test_a_log_line_of_a_refusal_names_no_person(lesson, outside, visit, caplog):
    outside.ask(changes={"nonce": "guessed"}, name="Eve Example", user="user-7")
    visit().launch()
    lines = [record for record in caplog.records if record.message == "lti.refused"]
    assert [record.why for record in lines] == ["nonce"]
    assert not any("Eve" in str(vars(each)) or "user-7" in str(vars(each)) for each in lines)


def test_a_platform_without_an_age_creates_nobody(lesson, visit):
    LearningPlatform.objects.update(age_band="")
    browser = visit()
    browser.arrive()
    page = browser.client.get("/lti/first/")
    assert "did not send us your age" in page.text
    assert "Continue as new" not in page.text
    answer = browser.press("new", page)
    assert (answer.status_code, "did not send us your age" in alert_of(answer)) == (403, True)
    assert not PlatformAccount.objects.exists()


def test_a_data_steward_is_never_signed_in(lesson, visit):
    visit().launch()
    person = PlatformAccount.objects.get().person
    person.roles = ["learner", "steward"]
    person.save(update_fields=["roles"])
    browser = visit()
    answer = browser.launch()
    assert (answer.status_code, "Data stewards" in alert_of(answer)) == (403, True)
    assert not browser.signed_in


def test_an_unconnected_course_enrols_nobody(lesson, visit):
    PlatformCourse.objects.update(course=None)
    browser = visit()
    answer = browser.launch()
    assert (answer.status_code, "is not connected" in alert_of(answer)) == (404, True)
    assert not lesson.course.enrolments.filter(role="learner").exists()
    assert not browser.signed_in
