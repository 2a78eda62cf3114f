"""All forms that require a fresh confirmation with the person's strongest factor are listed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Session
from tests.fixtures.accounts.second_factor import app_of, with_factor
from tests.fixtures.users import PASSWORD
from tests.site.pages.test_permission_matrix import METHODS, TABLE, ask, clients, world

__all__ = ["clients", "world"]
CHANGES = frozenset(METHODS) - {"GET"}
# Forms that change a sign-in, act in another person's name or cannot be undone.
CONFIRMED = {
    "/accounts/factor/add/": "mia",
    "/accounts/factor/codes/": "mia",
    "/accounts/factor/remove/": "mia",
    "/accounts/password/": "mia",
    "/accounts/sso/<slug:key>/connect/": "mia",
    "/accounts/sso/<slug:key>/disconnect/": "mia",
    "/accounts/tokens/": "mia",
    "/consents/devices/": "mia",
    "/consents/wards/<uuid:code>/yes/": "greta",
    "/my-data/download/": "mia",
    "/my-data/erase/": "mia",
    "/research/labels/draw/": "ravi",
    "/research/labels/moments/<uuid:id>/": "ravi",
    "/research/predictors/<slug:name>/act/": "ravi",
    "/research/predictors/rollback/": "ravi",
    "/research/runs/<uuid:id>/cancel/": "ravi",
    "/research/runs/start/": "ravi",
    "/research/snapshots/<uuid:id>/delete/": "ravi",
    "/research/snapshots/<uuid:id>/export/": "ravi",
    "/research/snapshots/ask/": "ravi",
    "/research/snapshots/import/": "ravi",
    "/research/studies/<uuid:id>/name/": "ravi",
    "/research/studies/<uuid:id>/statement/": "ravi",
    "/research/studies/begin/": "ravi",
    "/research/tables/start/": "ravi",
    "/steward/people/": "amir",
    "/steward/people/<uuid:code>/edit/": "amir",
    "/steward/people/<uuid:code>/erase/": "amir",
    "/steward/people/<uuid:code>/factor/": "amir",
    "/steward/people/<uuid:code>/guardians/": "amir",
    "/steward/people/<uuid:code>/link/": "amir",
    "/steward/people/<uuid:code>/link/send/": "amir",
    "/steward/people/<uuid:code>/lock/": "amir",
    "/steward/people/<uuid:code>/nomination/": "amir",
    "/steward/people/<uuid:code>/sign-out/": "amir",
    "/steward/people/<uuid:code>/sso/": "amir",
    "/steward/people/add/": "amir",
    "/steward/people/bulk/": "amir",
    "/steward/people/import/": "amir",
    "/lti/links/<uuid:id>/remove/": "ines",
    "/steward/lti/": "amir",
    "/steward/lti/<uuid:id>/": "amir",
    "/steward/lti/link/": "amir",
    "/steward/lti/courses/<uuid:id>/": "amir",
    "/steward/people/import/<uuid:id>/": "amir",
    "/steward/people/import/<uuid:id>/rows/<int:number>/": "amir",
    "/steward/profile/change/": "amir",
    "/steward/profile/change/<uuid:id>/": "amir",
    "/steward/requests/<uuid:id>/": "amir",
    "/steward/retention/holds/": "amir",
    "/steward/retention/holds/<uuid:id>/": "amir",
    "/steward/retention/review/": "amir",
    "/steward/site/": "amir",
    "/steward/studies/<uuid:id>/": "amir",
    "/teach/<slug:slug>/learners/<uuid:code>/ask/": "ines",
}
# Reviewed: each is the confirmation itself, revokes or ends something, or can be undone.
UNCONFIRMED = {
    "signing in and out, and the confirmation itself": {
        "/accounts/confirm/",
        "/accounts/factor/",
        "/accounts/forgotten/",
        "/accounts/language/",
        "/accounts/login/",
        "/accounts/logout/",
        "/accounts/security/others/",
        "/accounts/sso/<slug:key>/",
        "/accounts/sso/<slug:key>/confirm/",
        "/accounts/start/",
        "/invited/",
    },
    "a provider's server ends sign-ins by a token that it signed": {
        "/accounts/sso/<slug:key>/log-out/",
    },
    "a learning platform’s signed message, or a ticket made from one": {
        "/lti/choose/",
        "/lti/first/leave/",
        "/lti/first/new/",
        "/lti/first/sign-in/",
        "/lti/first/window/",
        "/lti/launch/",
        "/lti/login/",
        "/lti/open/",
        "/lti/register/",
    },
    "asks for a sign-in after the launch that it is about": {"/lti/first/account/"},
    "a browser reports a blocked script: it is counted and nothing else": {"/csp-reports/"},
    "taking back: it must never cost more than one press": {
        "/accounts/tokens/<uuid:code>/back/",
        "/api/v1/me/consents/withdraw/",
        "/consents/devices/<uuid:code>/back/",
        "/consents/wards/<uuid:code>/no/",
        "/consents/withdraw/",
        "/my-data/last-minutes/",
        "/my-data/shares/<uuid:id>/close/",
    },
    "one's own consents, wishes and corrections, which one can change again": {
        "/api/v1/me/consents/",
        "/api/v1/me/estimates/<uuid:id>/dispute/",
        "/calendar/",
        "/consents/",
        "/consents/again/",
        "/consents/here/",
        "/courses/<slug:slug>/classmates/",
        "/courses/<slug:slug>/classmates/<uuid:id>/",
        "/courses/<slug:slug>/sensed/",
        "/journey/behaviour/",
        "/journey/correct/",
        "/journey/guesses/<uuid:id>/why/",
        "/journey/offers/",
        "/my-data/ask/",
        "/my-data/shares/<uuid:id>/give/",
        "/my-data/switch/",
        "/offers/<uuid:code>/",
        "/preferences/",
    },
    "a learner's everyday work": {
        "/api/v1/questions/<uuid:code>/answers/",
        "/api/v1/sittings/",
        "/api/v1/units/<uuid:code>/done/",
        "/api/v1/units/<uuid:code>/watched/",
        "/attempts/<uuid:id>/answer/",
        "/attempts/<uuid:id>/files/",
        "/attempts/<uuid:id>/hand-in/",
        "/courses/<slug:slug>/review/",
        "/join/<uuid:code>/",
        "/units/<uuid:code>/answer/",
        "/units/<uuid:code>/begin/",
        "/units/<uuid:code>/done/",
        "/units/<uuid:code>/level/",
        "/units/<uuid:code>/watched/",
    },
    "discussions: moderation can be undone": {
        "/api/v1/units/<uuid:code>/discussion/threads/",
        "/api/v1/units/<uuid:code>/discussion/threads/<uuid:id>/posts/<uuid:post>/accept/",
        "/api/v1/units/<uuid:code>/discussion/threads/<uuid:id>/posts/<uuid:post>/report/",
        "/api/v1/units/<uuid:code>/discussion/threads/<uuid:id>/replies/",
        "/courses/<slug:slug>/announcements/dismiss/",
        "/messages/<uuid:id>/",
        "/messages/choice/",
        "/teach/<slug:slug>/announcements/",
        "/teach/<slug:slug>/announcements/<uuid:id>/",
        "/teach/<slug:slug>/discussion/",
        "/teach/<slug:slug>/messages/",
        "/teach/<slug:slug>/messages/<uuid:id>/",
        "/teach/<slug:slug>/messages/new/",
        "/teach/<slug:slug>/messages/send/",
        "/units/<uuid:code>/discussion/",
        "/units/<uuid:code>/discussion/new/",
        "/units/<uuid:code>/discussion/read/",
        "/units/<uuid:code>/discussion/threads/<uuid:id>/",
        "/units/<uuid:code>/discussion/threads/<uuid:id>/act/",
        "/units/<uuid:code>/discussion/threads/<uuid:id>/posts/<uuid:post>/<slug:act>/",
    },
    "a course and its class: versions, rules and enrolments are stored and can be restored": {
        "/author/courses/<slug:slug>/",
        "/author/courses/<slug:slug>/bank/",
        "/author/courses/<slug:slug>/captions/<uuid:code>/<str:lang>/",
        "/author/courses/<slug:slug>/copy/",
        "/author/courses/<slug:slug>/reuse/",
        "/author/courses/<slug:slug>/preview/",
        "/author/courses/<slug:slug>/preview/<uuid:code>/",
        "/author/courses/<slug:slug>/questions/<uuid:code>/",
        "/author/courses/<slug:slug>/questions/new/",
        "/author/courses/<slug:slug>/skills/",
        "/author/courses/<slug:slug>/undo/",
        "/author/courses/<slug:slug>/units/<uuid:code>/",
        "/author/courses/<slug:slug>/units/<uuid:code>/uploads/",
        "/author/courses/<slug:slug>/versions/",
        "/author/courses/<slug:slug>/words/",
        "/author/import/",
        "/author/import/<uuid:id>/",
        "/author/new/",
        "/author/uploads/<uuid:id>/",
        "/lti/courses/<uuid:id>/",
        "/teach/<slug:slug>/classmates/",
        "/teach/<slug:slug>/grades/<uuid:learner>/<uuid:unit>/",
        "/teach/<slug:slug>/grades/total/",
        "/teach/<slug:slug>/groups/",
        "/teach/<slug:slug>/groups/<uuid:code>/",
        "/teach/<slug:slug>/groups/<uuid:code>/delete/",
        "/teach/<slug:slug>/groups/move/",
        "/teach/<slug:slug>/handled/",
        "/teach/<slug:slug>/lessons/<uuid:code>/notes/",
        "/teach/<slug:slug>/level/",
        "/teach/<slug:slug>/marks/<uuid:answer>/",
        "/teach/<slug:slug>/people/add/",
        "/teach/<slug:slug>/people/email/",
        "/teach/<slug:slug>/people/invite/",
        "/teach/<slug:slug>/people/out/",
        "/teach/<slug:slug>/regrades/<uuid:unit>/",
        "/teach/<slug:slug>/regrades/<uuid:unit>/<uuid:question>/",
        "/teach/<slug:slug>/rules/",
        "/teach/<slug:slug>/rules/<slug:rule>/",
        "/teach/<slug:slug>/rules/<slug:rule>/version/",
        "/teach/<slug:slug>/rules/new/",
        "/teach/<slug:slug>/units/<uuid:code>/",
        "/teach/<slug:slug>/units/<uuid:code>/groups/<uuid:group>/",
        "/teach/<slug:slug>/week/mail/",
    },
}


def test_every_url_that_changes_something_is_reviewed():
    reviewed = [*CONFIRMED, *(each for group in UNCONFIRMED.values() for each in group)]
    assert sorted(reviewed) == sorted({address for method, address in TABLE if method in CHANGES})


def test_with_a_second_factor_a_password_alone_is_not_enough(request, clients, world):
    """The second factor was given an hour ago; since then only the password was given."""
    now = timezone.now()
    for name in sorted(set(CONFIRMED.values())):
        person = request.getfixturevalue(name)
        with_factor(person, now=now - timedelta(hours=1))
        long_ago = now - timedelta(hours=1)
        person.sessions.update(factor_at=long_ago, confirmed_at=long_ago)
        new = {"old": PASSWORD, "new": "a staple in it", "again": "a staple in it"}
        assert clients[name].post("/accounts/password/", new).status_code == 403
        assert clients[name].post("/accounts/confirm/", {"proof": PASSWORD}).status_code == 401
    wrong = {}
    for address, name in CONFIRMED.items():
        if (said := ask(clients[name], "POST", address, world)) != "403":
            wrong[address] = said
    assert wrong == {}


@pytest.mark.django_db
def test_a_code_confirms_and_a_new_password_does_not(settings, mia, client_for):
    settings.LEGAL_PROFILE = "demo"
    now = timezone.now()
    with_factor(mia, now=now - timedelta(hours=1))
    client = client_for(mia)
    nearly = now - timedelta(minutes=12)
    Session.objects.update(factor_at=nearly, confirmed_at=nearly)
    new = {"old": PASSWORD, "new": "a staple in it", "again": "a staple in it"}
    assert client.post("/accounts/password/", new).status_code == 302
    assert Session.objects.get().confirmed_at == nearly, "a password is no proof of a second factor"
    Session.objects.update(confirmed_at=now - timedelta(minutes=16))
    assert client.post("/accounts/factor/remove/").status_code == 403
    assert client.post("/accounts/confirm/", {"proof": app_of(mia).now()}).status_code == 302
    assert client.post("/accounts/factor/remove/").status_code == 302
