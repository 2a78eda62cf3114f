"""ines previews her readings; the longest is named on its page and among the checks."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOOKS


def lengthen(site):
    """Make the first reading of the draft twenty times as long; return the readings' names."""
    from authoring.versions import drafts

    working = drafts.working_copy_of(site.course)
    refs = [unit["id"] for unit in working.package["units"] if unit["kind"] == "reading"]
    units = [
        unit | {"body": (unit["body"] + "\n\n") * 20} if unit["id"] == refs[0] else unit
        for unit in working.package["units"]
    ]
    whole = working.package | {"units": units}
    ines, now = site.people["ines"], datetime.now(UTC)
    drafts.save(site.course, whole, stamp=working.stamp, by=ines, now=now)
    return refs


def find_pages(refs):
    from courses.models import Unit

    shown = Unit.objects.filter(ref__in=refs, course__preview_of__isnull=False)
    return [f"/units/{unit.code}/" for unit in shown]


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_a_long_reading_is_named_after_the_preview(visit, site, in_database, width, dark):
    from authoring.models import PageLayout

    refs = in_database(lambda: lengthen(site))
    seen = visit(width=width, dark=dark).sign_in("ines")
    page = seen.go(f"/author/courses/{site.course.slug}/")
    page.get_by_role("button", name="Preview as learner").click()
    page.wait_for_url("**/courses/preview-*/")
    for address in in_database(lambda: find_pages(refs)):
        with page.expect_response("**/author/courses/*/preview/*/") as answer:
            seen.go(address)
        assert answer.value.status == 204
    assert in_database(PageLayout.objects.count) == 4
    address = f"/author/courses/{site.course.slug}/units/{site.units[refs[0]].code}/"
    page = seen.go(address)
    expect(page.get_by_text("This page has far more text than your others")).to_be_visible()
    tail = f"{'dark' if dark else 'light'}-{width}"
    seen.shot(f"page-layout-{tail}")
    assert seen.violations() == []
    seen.go(f"/author/courses/{site.course.slug}/units/{site.units[refs[1]].code}/")
    expect(page.get_by_text("This page is about as full as your others.")).to_be_visible()
    seen.shot(f"page-layout-usual-{tail}")
    seen.go(f"/author/courses/{site.course.slug}/warnings/")
    expect(page.locator(".w-clutter")).to_have_count(1)
    seen.shot(f"page-layout-checks-{tail}")
    assert seen.violations() == []
