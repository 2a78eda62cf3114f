"""Journey 11: greta requests noah's erasure and amir approves.

Each step is shown, then the certificate.
"""

from __future__ import annotations

import functools
import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections
from django.utils import timezone
from playwright.sync_api import expect

from privacy.erasure import certificates, erasure_completion
from tests.fixtures.users import make
from vault import signing
from vault.keystore import KeyStore

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(autouse=True)
def _own_keystore(settings, tmp_path, monkeypatch):
    """A keystore of its own, so that its rotation waits for no other test process."""
    settings.KEYSTORE_DIR = tmp_path / "keystore"
    opened = functools.lru_cache(lambda folder: KeyStore(Path(folder), sleep=lambda _: None))
    monkeypatch.setattr("vault.keystore._open", opened)


@pytest.fixture
def family(site):
    """greta, noah's Guardian, and amir, a Steward."""
    from accounts.people import make_guardian

    now = timezone.now()
    site.people.update({name: make(name, now=now) for name in ("greta", "amir")})
    make_guardian(site.people["greta"], site.people["noah"], now=now)
    return site


def test_a_guardian_asks_a_steward_approves_and_the_steps_are_shown(family, visit, in_database):
    greta = visit(width=360).log_in("greta", "/my-data/")
    page = greta.page
    page.get_by_label("Erase everything about noah").check()
    page.locator("section", has_text="For noah").get_by_role("textbox").fill("He left the school.")
    page.get_by_role("button", name="Send request for noah").click()
    expect(page.get_by_text("waiting", exact=True)).to_be_visible()
    expect(page.get_by_text("at the latest")).to_be_visible()
    assert greta.violations() == []
    assert page.evaluate(SIDEWAYS) <= 0
    greta.shot("request-guardian-360")

    amir = visit(dark=True).log_in("amir", "/steward/requests/")
    page = amir.page
    expect(page.get_by_role("link", name="Requests 1 waiting")).to_be_visible()
    amir.shot("steward-requests-dark-1280")
    assert amir.violations() == []
    page.get_by_role("table").get_by_role("link").first.click()
    expect(page.get_by_text("He left the school.")).to_be_visible()
    amir.shot("steward-request-dark-1280")
    assert amir.violations() == []
    page.get_by_label("Type the word “erase” to approve").fill("erase")
    page.get_by_role("button", name="Approve and erase permanently").click()
    expect(page.get_by_role("heading", name="Erasure of a person")).to_be_visible()
    expect(page.get_by_role("heading", name="Records removed")).to_be_visible()
    expect(page.get_by_text("Claim code", exact=True)).to_be_visible()
    amir.shot("steward-erased-on-request")
    noah = family.people["noah"]
    assert in_database(lambda: type(noah).objects.filter(code=noah.code).count()) == 0

    greta.go("/my-data/")
    expect(greta.page.get_by_role("heading", name="For noah")).to_have_count(0)

    beside(lambda: erasure_completion.finish(clock=timezone.now, wait=timedelta(0)))
    amir.go("/steward/erasures/")
    page.get_by_role("table").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Certificate of erasure")).to_be_visible()
    amir.shot("steward-certified-on-request")
    assert amir.violations() == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Certificate, JSON").click()
    proof = Path(download.value.path()).read_bytes()
    verdict = beside(lambda: certificates.verify_certificate(proof, public=signing.public_key()))
    assert verdict.wrong == ()


def beside(function):
    """Run in a thread like `in_database`, with time to read every byte of the disk."""

    def closing():
        try:
            return function()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(closing).result(300)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)], ids=["wide", "narrow"])
def test_the_pages_of_requests_and_documents_have_no_violation(
    family, visit, in_database, width, dark
):
    from privacy.subject_requests import requests

    now = timezone.now()
    mia = family.people["mia"]
    asked = in_database(
        lambda: requests.ask(mia, "rectification", by=mia, note="My year is wrong.", now=now)
    )
    paths = {
        "requests": "/steward/requests/",
        "request": f"/steward/requests/{asked.id}/",
        "documents": "/steward/documents/",
        "document": "/steward/documents/technical-documentation/",
    }
    seen = visit(width=width, dark=dark).log_in("amir", "/steward/requests/")
    for name, path in paths.items():
        seen.go(path)
        seen.shot(f"steward-{name}-{width}")
        assert seen.page.evaluate(SIDEWAYS) <= 0, name
        assert seen.violations() == [], name


def test_a_learner_takes_a_copy_pauses_and_goes_on(family, visit, browser, tmp_path, in_database):
    from consent.permits import restrictions

    seen = visit().sign_in("mia")
    page = seen.go("/my-data/")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download everything about me").click()
    path = Path(tmp_path / "copy.zip")
    download.value.save_as(path)
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as copy:
        manifest = json.loads(copy.read("manifest.json"))
        read = copy.read("index.html").decode()
    assert manifest["person"] == str(family.people["mia"].code)

    page.get_by_role("button", name="Pause everything about me").click()
    expect(page.get_by_text("has been paused since")).to_be_visible()
    page.get_by_role("button", name="Turn off profiling").click()
    expect(page.get_by_role("button", name="Allow profiling again")).to_be_visible()
    seen.shot("my-data-paused")
    assert seen.violations() == []
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Pause everything about me")).to_be_visible()
    assert set(in_database(lambda: restrictions.find_restrictions(family.people["mia"]))) == {
        "objection"
    }
    _the_copy_reads_well(browser, read)


def _the_copy_reads_well(browser, read):
    """Check the page inside the zip, opened from a file without this site."""
    from tests.browser.conftest import ASKED_OF_AXE, AXE, SHOTS

    for width, scheme in ((1280, "light"), (360, "dark")):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
        )
        page = context.new_page()
        page.set_content(read)
        page.evaluate(AXE.read_text())
        found = page.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", ASKED_OF_AXE
        )
        page.screenshot(path=SHOTS / f"export-{width}.png", full_page=True)
        assert [rule["id"] for rule in found["violations"]] == []
        assert page.evaluate(SIDEWAYS) <= 0
        context.close()
