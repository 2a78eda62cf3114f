"""The access log, and the Steward's audit page: with and without rows, wide, narrow, dark."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.utils import timezone
from playwright.sync_api import expect

import audit
from audit import sequencer, witness_publisher
from audit.models import Leaf
from tests.fixtures.users import make

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PATH = "/my-data/looked/"


@pytest.fixture
def looks(site, settings, tmp_path):
    """Forty views of mia, a signed head, a pending Leaf, and one that was tampered with."""
    settings.AUDIT_WITNESS_FILE = tmp_path / "witness.jsonl"
    amir = site.people["amir"] = make("amir", now=timezone.now())
    mia, ines = site.people["mia"].code, site.people["ines"].code
    with transaction.atomic():
        for what in ("erasure", "consents") * 18:
            public = {"what": what}
            audit.record("steward.view", actor=amir.code, subject=mia, public=public)
        audit.record("teacher.view", actor=ines, subject=mia)
        audit.record("export.make", actor=mia, subject=mia)
    sequencer.sweep(now=timezone.now())
    witness_publisher.publish_to_file(now=timezone.now())
    with transaction.atomic():
        audit.record("steward.view", actor=amir.code, subject=mia)
    with connection.as_owner():
        Leaf.objects.filter(verb="teacher.view").update(public="what=all")


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)], ids=["wide", "narrow"])
def test_no_page_has_a_violation_wide_or_narrow(looks, visit, width, dark):
    pages = {"mia": (PATH, "/my-data/"), "noah": (PATH,), "amir": ("/steward/audit/",)}
    for name, paths in pages.items():
        seen = visit(width=width, dark=dark)
        for path in paths:
            seen.log_in(name, path) if path == paths[0] else seen.go(path)
            tail = f"{'dark' if dark else 'light'}-{width}"
            seen.shot(f"looked-{name}-{path.strip('/').replace('/', '-')}-{tail}")
            assert seen.page.evaluate(SIDEWAYS) <= 0, (path, tail)
            assert seen.violations() == [], (path, tail)


def test_the_list_is_paged_by_links_without_scripts(looks, visit):
    page = visit(scripts=False).log_in("mia", "/my-data/").page
    page.get_by_role("link", name="Who viewed my data").click()
    expect(page.get_by_role("heading", level=1, name="Who viewed my data")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(30)
    expect(page.locator("tbody tr").nth(1)).to_contain_text("You")
    page.get_by_role("link", name="Older").click()
    expect(page.locator("tbody tr")).to_have_count(9)
    expect(page.get_by_text("amir")).to_have_count(0)
