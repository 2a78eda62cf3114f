"""A file upload in the editor: its kinds of files, its rubric, and its preview."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.authoring.test_build_course import new_question
from tests.browser.pages.test_learner_pages import SIDEWAYS


def test_a_file_upload_says_which_files_and_how_many(site, visit):
    seen = visit(width=360).sign_in("ines")
    page = seen.page
    seen.go(new_question(site, "file"))
    page.get_by_label("Question. Put maths").fill("Photograph your sheet.")
    expect(page.get_by_label("Pictures (JPEG, PNG, WebP)")).to_be_checked()
    page.get_by_label("PDF", exact=True).uncheck()
    page.get_by_label("Number of files, at most").select_option("3")
    expect(page.locator("#preview")).to_contain_text("Up to 3 files, at most 10 MB each.")
    expect(page.locator("#preview input[type=file]")).to_be_disabled()
    page.get_by_label("Pictures (JPEG, PNG, WebP)").uncheck()
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Select at least one kind of file.")).to_be_visible()
    expect(page.get_by_text("Only a test can ask this.")).to_be_visible()
    expect(page.get_by_label("Number of files, at most")).to_have_value("3")
    assert seen.violations() == []
    assert not page.evaluate(SIDEWAYS)
    seen.shot("file-editor")
    seen.complaints[:] = [text for text in seen.complaints if "422" not in text]
