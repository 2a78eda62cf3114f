"""A Steward corrects the rows of an import preview, by keyboard and without scripts."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.steward.test_people import SIDEWAYS, amir

__all__ = ["amir"]
LIST = """\
number;name;email;born;guardian email
20417;Lena Fischer;lena@school.example;2011-03-14;
20418;Ben Carter;ben@school.example;31.02.2011;parent@home.example
20419;Kim Tran;kim@school;2012-05-06;
20417;Lena Fisher;lena.f@school.example;2011-03-14;
"""


def read_list():
    from stewardship.people.imports import worker

    worker.process_due(now=timezone.now)


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (390, True), (390, False)])
def test_rows_are_corrected_one_after_the_other(amir, visit, in_database, width, scripts):
    steward = visit(scripts=scripts, width=width).log_in("amir", "/steward/people/import/")
    page = steward.page
    sent = {"name": "people.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    page.get_by_label("CSV file, or OneRoster export").set_input_files(sent)
    page.get_by_label("Age group of new people without a date of birth").select_option("teen")
    page.get_by_role("button", name="Upload file").click()
    page.wait_for_url("**/people/import/*-*/")
    in_database(read_list)
    page.reload()
    look(steward, f"import-errors-{width}")

    page.get_by_role("link", name="Correct row 3").focus()
    page.keyboard.press("Enter")
    born = page.get_by_label("born")
    expect(born).to_have_accessible_description(
        "The date of birth “31.02.2011” does not exist. Enter it in the form 2011-03-14."
    )
    look(steward, f"import-row-{width}")
    born.fill("30.02.2011")
    born.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("“30.02.2011” does not exist")
    expect(born).to_be_focused()
    look(steward, f"import-still-wrong-{width}")
    born.fill("28.02.2011")
    page.get_by_role("button", name="Save and check again").click()

    expect(page.get_by_text("Row 3 no longer has an error.")).to_be_visible()
    assert page.url.endswith("#row-4")
    look(steward, f"import-next-{width}")
    page.get_by_role("link", name="Correct row 5").click()
    page.get_by_role("button", name="Leave this row out").click()
    expect(page.get_by_text("Row 5 is left out. It is listed under Notes.")).to_be_visible()
    page.get_by_role("link", name="Notes").click()
    expect(page.get_by_text("A data steward left this row out.")).to_be_visible()
    look(steward, f"import-left-{width}")
    page.get_by_role("link", name="Correct row 5").click()
    expect(page.get_by_text("This row is left out.")).to_be_visible()
    look(steward, f"import-row-left-{width}")
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_text("A data steward left this row out.")).to_be_visible()
    page.get_by_role("link", name="Errors 1").click()
    page.get_by_role("link", name="Correct row 4").click()
    page.get_by_label("email", exact=True).fill("kim@school.example")
    page.get_by_role("button", name="Save and check again").click()
    expect(page.get_by_role("button", name="Import 4 people")).to_be_visible()


def look(steward, name):
    assert steward.page.evaluate(SIDEWAYS) <= 0, name
    # axe needs scripts, so it cannot run on a page without them.
    if not steward.scripts:
        return
    steward.shot(name)
    assert steward.violations() == [], name
