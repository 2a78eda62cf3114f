"""The pages about mails, and the mails as a mail program shows them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.mail.message import write_message
from accounts.mail.models import KINDS
from accounts.models import PendingMail
from tests.fixtures.exams import make_test
from tests.fixtures.users import make

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LANGUAGES = ("en-gb", "de")
SENDER = "Northfield School <attune@northfield.example>"


@pytest.fixture(autouse=True)
def _server(settings):
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = "127.0.0.1", SENDER


@pytest.fixture
def amir(site):
    site.people["amir"] = make("amir", now=timezone.now())
    return site.people["amir"]


@pytest.fixture
def mails(amir, site):
    """Three mails to mia: sent, bounced and waiting."""
    mia, now = site.people["mia"], timezone.now()
    for kind, state in [("invitation", "sent"), ("link", "bounced"), ("reset", "waiting")]:
        PendingMail.objects.create(person=mia, kind=kind, state=state, made_at=now, due_at=now)


ALWAYS = "tests.platform.accounts.mail.test_mail_texts.find_reason"


@pytest.fixture
def letters(site, settings):
    """The HTML of each kind of mail, in each language, by screenshot name."""
    own = {"due_dates": settings.MAIL_REASONS["due_dates"]}
    settings.MAIL_REASONS = dict.fromkeys(settings.MAIL_REASONS, ALWAYS) | own
    mia, now, made = site.people["mia"], timezone.now(), {}
    make_test(mia, due_at=now + timedelta(days=3))
    for language in LANGUAGES:
        type(mia).objects.filter(pk=mia.pk).update(language=language)
        for kind in KINDS:
            mail = PendingMail.objects.create(person=mia, kind=kind, made_at=now, due_at=now)
            made[f"{kind}-{language}"] = write_message(mail, now=now).alternatives[0].content
    return made


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)], ids=["wide", "narrow"])
def test_the_pages_about_mails_have_no_violation_and_fit(mails, site, visit, width, dark):
    seen, tail = visit(width=width, dark=dark), f"{'dark' if dark else 'light'}-{width}"

    def look(name):
        seen.shot(f"mail-{name}-{tail}")
        assert seen.page.evaluate(SIDEWAYS) <= 0, name
        assert seen.violations() == [], name

    for name, path in {"sign-in": "/accounts/login/", "forgotten": "/accounts/forgotten/"}.items():
        seen.go(path)
        look(name)
    seen.page.get_by_label("Username or email").fill("mia")
    seen.page.get_by_role("button", name="Send reset link").click()
    seen.page.get_by_role("heading", name="Check your email").wait_for()
    look("asked")
    seen.log_in("amir", f"/steward/people/{site.people['mia'].code}/account/")
    seen.page.get_by_role("button", name="Send sign-in link").wait_for()
    look("account")


@pytest.mark.parametrize("width", [600, 360])
def test_mails_fit_and_fetch_nothing(letters, visit, width):
    seen, fetched = visit(width=width), []
    seen.page.on("request", lambda request: fetched.append(request.url))
    for name, html in letters.items():
        seen.page.set_content(html)
        seen.shot(f"letter-{name}-{width}")
        assert seen.page.evaluate(SIDEWAYS) <= 0, name
    assert fetched == []
