"""Single sign-on in a browser, against a third-party certified provider."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.fixtures.accounts import openid_provider
from tests.fixtures.users import PASSWORD

EVE = {
    "name": "Eve Example",
    "preferred_username": "eve",
    "email": "eve@northfield.example",
    "email_verified": True,
    "birthdate": "2001-04-05",
}
MIA = {"name": "Mia", "email": "mia@school.example", "email_verified": True}


@pytest.fixture
def provider(site, settings):
    """`provider(**rules)` starts the certified provider and registers it with the site."""
    people = {"eve": EVE, "mia-at-school": MIA}
    with openid_provider.run_provider(site.url, people, log_out=True) as issuer:

        def known(**more):
            settings.SIGN_IN_RULES = openid_provider.rules(issuer, **more)
            return issuer

        yield known


def sign_in_there(page, name):
    page.get_by_placeholder("Enter any login").fill(name)
    page.get_by_placeholder("and password").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def forget_theirs(seen):
    """Ignore complaints of the provider's own pages, which load a font that is missing here."""
    seen.complaints[:] = [text for text in seen.complaints if "ERR_" not in text]


def test_a_first_sign_in_makes_an_account_and_the_next_one_finds_it(
    visit, site, provider, in_database
):
    from accounts.models import SingleSignOnLink, User
    from accounts.people import find_by_login, name_of

    provider(create_accounts=True)
    for _ in range(2):
        seen = visit()
        page = seen.go("/accounts/login/?next=/accounts/security/")
        page.get_by_role("button", name="Continue with Northfield account").click()
        sign_in_there(page, "eve")
        expect(page).to_have_url(f"{site.url}/accounts/security/")
        forget_theirs(seen)
    eve = in_database(lambda: find_by_login("eve"))
    assert in_database(lambda: name_of(eve)) == "Eve Example"
    assert (eve.roles, eve.age_band, eve.has_usable_password()) == (["learner"], "adult", False)
    assert in_database(SingleSignOnLink.objects.count) == 1
    assert in_database(User.objects.count) == 5


def test_a_known_person_is_found_by_a_verified_email_where_the_site_allows_it(
    visit, site, provider, in_database
):
    from accounts.models import SingleSignOnLink

    provider(link_by_email=True)
    seen = visit(width=360, dark=True)
    page = seen.go("/accounts/login/")
    assert seen.violations() == []
    seen.shot("sso-sign-in")
    page.get_by_role("button", name="Continue with Northfield account").click()
    sign_in_there(page, "mia-at-school")
    expect(page).to_have_url(f"{site.url}/")
    link = in_database(lambda: SingleSignOnLink.objects.select_related("person").get())
    assert link.person == site.people["mia"]
    forget_theirs(seen)


def test_signing_out_at_the_provider_signs_out_here(visit, site, provider, in_database):
    from accounts.models import Session

    issuer = provider(create_accounts=True)
    seen = visit()
    page = seen.go("/accounts/login/?next=/accounts/security/")
    page.get_by_role("button", name="Continue with Northfield account").click()
    sign_in_there(page, "eve")
    expect(page).to_have_url(f"{site.url}/accounts/security/")
    assert in_database(Session.objects.count) == 1
    page.goto(f"{issuer}/session/end")
    page.get_by_role("button", name="Yes, sign me out").click()
    expect(page.get_by_text("Sign-out Success")).to_be_visible()
    assert in_database(Session.objects.count) == 0
    forget_theirs(seen)


def test_signing_out_here_offers_signing_out_at_the_provider(visit, site, provider, in_database):
    from accounts.models import Session

    issuer = provider(create_accounts=True)
    seen = visit(width=360)
    page = seen.go("/accounts/login/?next=/accounts/security/")
    page.get_by_role("button", name="Continue with Northfield account").click()
    sign_in_there(page, "eve")
    expect(page).to_have_url(f"{site.url}/accounts/security/")
    page.locator("summary.who").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert in_database(Session.objects.count) == 0
    assert seen.violations() == []
    seen.shot("sso-signed-out")
    page.get_by_role("link", name="Also sign out of Northfield account").click()
    page.get_by_role("button", name="Yes, sign me out").click()
    expect(page).to_have_url(f"{site.url}/accounts/login/")
    page.goto(f"{issuer}/session/end")
    expect(page.get_by_role("button", name="Yes, sign me out")).to_have_count(0)
    forget_theirs(seen)


def test_a_sign_in_without_an_account_says_what_to_do(visit, site, provider, in_database):
    from accounts.models import SingleSignOnLink

    provider()
    seen = visit()
    page = seen.go("/accounts/login/")
    page.get_by_role("button", name="Continue with Northfield account").click()
    sign_in_there(page, "eve")
    expect(page.get_by_role("alert")).to_contain_text("Ask your school to add you")
    assert seen.violations() == []
    assert in_database(SingleSignOnLink.objects.count) == 0
    seen.complaints[:] = [text for text in seen.complaints if "403" not in text]
    forget_theirs(seen)


def test_the_password_works_while_the_provider_is_down(visit, site, settings):
    from tests.fixtures.servers.free_ports import free_port

    settings.SIGN_IN_RULES = openid_provider.rules(f"http://127.0.0.1:{free_port()}")
    seen = visit()
    page = seen.go("/accounts/login/")
    page.get_by_role("button", name="Continue with Northfield account").click()
    expect(page.get_by_role("alert")).to_contain_text("did not answer. Try again in a minute")
    seen.complaints[:] = [text for text in seen.complaints if "503" not in text]
    page.fill("input[name=login]", "mia")
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{site.url}/")
