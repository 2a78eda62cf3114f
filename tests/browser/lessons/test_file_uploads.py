"""Files in the browser: uploaded in a test, handed in, downloaded and marked, and read again."""

from __future__ import annotations

import re
from pathlib import Path
from threading import Event

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from courses.answer_files import acceptance, storage
from courses.models import AnswerFile, AnswerMark, Attempt
from tests.browser.conftest import LOOKS
from tests.browser.pages.test_learner_pages import SIDEWAYS
from tests.fixtures.answer_files import PDF, PROGRAM, add_upload, photograph
from tests.fixtures.exams import make_test
from tests.fixtures.open_questions import RUBRIC

COMMENT = "The second sheet is hard to read."
SHEET = {"name": "My sheet with a long name of the third of November.pdf",
         "mimeType": "application/pdf", "buffer": PDF}  # fmt: skip
LONG_UPLOAD = {
    "name": "My sheet.pdf",
    "mimeType": "application/pdf",
    "buffer": PDF + b"0" * 400_000,
}
# Bytes per second of the line of a learner.
SLOW, FAST = 80_000, -1
PHOTO = {"name": "IMG_0001.JPG", "mimeType": "image/jpeg", "buffer": photograph()}


@pytest.fixture
def site(site):
    """A graded test with one file upload, at the end of the course."""
    unit = make_test(course=site.course, questions=0, attempts=2)
    words = "Photograph your sheet."
    add_upload(unit, rubric=RUBRIC, most_files=2, file_kinds=["pdf", "picture"],
               prompt_html=words, linear=words, explanation_html="", explanation="")  # fmt: skip
    site.units["files"] = unit
    return site


def look(seen, name):
    """Take pictures, and check that nothing is cut off or inaccessible."""
    seen.shot(f"{name}-{seen.page.viewport_size['width']}")
    assert seen.violations() == []
    assert not seen.page.evaluate(SIDEWAYS)


def begin(seen):
    page = seen.unit("files")
    page.get_by_role("button", name="Start").click()
    # The click does not wait for the page that it opens.
    page.get_by_label("Add a file").wait_for()
    look(seen, "files-question")
    return page


def listed(page):
    return page.get_by_role("list", name="Uploaded files").get_by_role("link")


def hand_in(seen):
    seen.page.get_by_role("link", name="Check your answers and submit").click()
    seen.page.get_by_role("button", name="Submit").click()
    expect(seen.page.get_by_text("1 answer is waiting for marks.")).to_be_visible()


def answer(seen):
    """Upload two files at once, remove one, take it back, and be refused another."""
    page = begin(seen)
    page.get_by_label("Add a file").set_input_files([SHEET, PHOTO])
    expect(listed(page)).to_have_count(2)
    expect(page.locator("[data-uploading]")).to_be_hidden()
    expect(page.locator("[data-announce]")).to_have_text("“IMG_0001.JPG” is saved.")
    look(seen, "files-both")
    page.get_by_role("button", name=re.compile("Remove.*IMG_0001")).press("Enter")
    expect(page.locator("[data-removed]")).to_contain_text("“IMG_0001.jpg” was removed.")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    look(seen, "files-removed")
    page.get_by_label("Add another file").set_input_files(
        {"name": "half.pdf", "mimeType": "application/pdf", "buffer": PROGRAM}
    )
    expect(page.locator("[data-words]")).to_contain_text("Not uploaded. This file has another")
    seen.complaints[:] = [each for each in seen.complaints if "422" not in each]
    look(seen, "files-refused")
    page.get_by_role("button", name=re.compile("Close.*half")).click()
    page.get_by_role("button", name="Undo").press("Enter")
    expect(listed(page)).to_have_count(2)
    expect(page.get_by_label("Add another file")).to_have_count(0)
    look(seen, "files-uploaded")
    with page.expect_download() as caught:
        listed(page).first.click()
    assert Path(caught.value.path()).read_bytes() == PDF
    hand_in(seen)
    look(seen, "files-waiting")


def mark(seen, site):
    """Download a file, and mark the answer."""
    page = seen.go(f"/teach/{site.course.slug}/marking/")
    page.locator(".turnrow a").click()
    page.get_by_role("link", name="Mark the next answer").click()
    look(seen, "files-marking")
    with page.expect_download() as caught:
        page.get_by_role("link", name="My sheet").click()
    assert caught.value.suggested_filename == SHEET["name"]
    assert Path(caught.value.path()).read_bytes() == PDF
    page.get_by_label("Clear thesis (3 of 3 points)").check()
    page.get_by_label("Fluent (1 of 1 point)").check()
    page.get_by_label("Comment").fill(COMMENT)
    page.get_by_role("button", name="Save and show the next").click()
    expect(page.get_by_text("All answers are marked.")).to_be_visible()


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_files_are_uploaded_downloaded_marked_and_read(visit, site, in_database, width, dark):
    learner = visit(width=width, dark=dark).sign_in("mia")
    teacher = visit(width=width, dark=dark).sign_in("ines")
    answer(learner)
    assert in_database(AnswerFile.objects.count) == 2
    mark(teacher, site)
    assert in_database(lambda: [float(row.share) for row in AnswerMark.objects.all()]) == [1.0]
    page = learner.page
    page.reload()
    expect(page.get_by_role("heading", name="4 of 4 points")).to_be_visible()
    expect(page.get_by_text(COMMENT)).to_be_visible()
    expect(page.get_by_role("link", name="My sheet")).to_be_visible()
    look(learner, "files-marked")


def test_without_scripts_a_form_uploads_removes_and_goes_on(visit, site, in_database):
    seen = visit(width=360, scripts=False).sign_in("mia")
    page = seen.unit("files")
    page.get_by_role("button", name="Start").click()
    page.get_by_label("Add a file").set_input_files(SHEET)
    page.get_by_role("button", name="Upload").click()
    expect(listed(page)).to_have_count(1)
    page.get_by_role("button", name=re.compile("Remove.*My sheet")).click()
    page.get_by_role("button", name="Undo").click()
    expect(listed(page)).to_have_count(1)
    page.get_by_label("Add another file").set_input_files(
        {"name": "half.pdf", "mimeType": "application/pdf", "buffer": PROGRAM}
    )
    page.get_by_role("button", name="Save and check your answers").click()
    expect(page.get_by_text("This file has another format")).to_be_visible()
    seen.shot("files-plain-refused")
    page.get_by_label("Add another file").set_input_files(PHOTO)
    page.get_by_role("button", name="Save and check your answers").click()
    expect(page.get_by_text("Every question has an answer.")).to_be_visible()
    assert in_database(AnswerFile.objects.count) == 2
    seen.complaints[:] = [each for each in seen.complaints if "422" not in each]


def set_line(page, bytes_a_second):
    """Send as slowly as over the line of a learner; the requests reach the server."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1}
    wire.send(
        "Network.emulateNetworkConditions", {**conditions, "uploadThroughput": bytes_a_second}
    )


def uploading(page):
    return page.get_by_role("list", name="Files being uploaded").get_by_role("listitem")


@pytest.mark.parametrize("width", [360, 1280])
def test_an_upload_shows_its_progress_and_can_be_cancelled(visit, site, in_database, width):
    seen = visit(width=width).sign_in("mia")
    page = begin(seen)
    set_line(page, SLOW)
    page.get_by_label("Add a file").set_input_files([LONG_UPLOAD])
    row = uploading(page)
    expect(row).to_contain_text(re.compile(r"My sheet.*[1-9]\d?% uploaded"))
    assert 0 < int(row.get_by_role("progressbar").get_attribute("value")) < 100
    look(seen, "files-progress")
    row.get_by_role("button", name=re.compile("Cancel")).click()
    expect(row).to_have_count(0)
    expect(page.get_by_label("Add a file")).to_be_focused()
    expect(page.locator("[data-announce]")).to_have_text("Upload cancelled")
    assert in_database(AnswerFile.objects.count) == 0
    set_line(page, FAST)
    page.get_by_label("Add a file").set_input_files([LONG_UPLOAD])
    expect(listed(page)).to_have_count(1)
    assert in_database(AnswerFile.objects.count) == 1


@pytest.mark.parametrize("width", [360, 1280])
def test_a_file_that_has_arrived_can_no_longer_be_cancelled(
    visit, site, in_database, width, monkeypatch
):
    checked = Event()
    stored = storage.add_file

    def add_later(*args, **options):
        checked.wait(20)
        return stored(*args, **options)

    monkeypatch.setattr(storage, "add_file", add_later)
    seen = visit(width=width).sign_in("mia")
    page = begin(seen)
    set_line(page, SLOW)
    page.get_by_label("Add a file").set_input_files([LONG_UPLOAD])
    row = uploading(page)
    row.get_by_role("button", name=re.compile("Cancel")).focus()
    expect(row).to_contain_text("The file is being checked and saved.")
    expect(row.get_by_role("button")).to_have_count(0)
    expect(row).to_be_focused()
    look(seen, "files-checked")
    checked.set()
    expect(listed(page)).to_have_count(1)
    expect(page.get_by_label("Add another file")).to_be_focused()
    assert in_database(AnswerFile.objects.count) == 1


@pytest.mark.parametrize("width", [360, 1280])
def test_a_too_large_file_is_refused_before_it_is_sent(
    visit, site, in_database, width, monkeypatch
):
    monkeypatch.setattr(acceptance, "MOST_BYTES", 2 * acceptance.MB)
    seen = visit(width=width).sign_in("mia")
    page = begin(seen)
    asked = []
    page.on("request", lambda request: asked.append(request.method))
    large = {
        **LONG_UPLOAD,
        "name": "scan of all pages.pdf",
        "buffer": PDF + bytes(3 * acceptance.MB),
    }
    page.get_by_label("Add a file").set_input_files([large, {**SHEET, "buffer": b""}])
    rows = uploading(page)
    expect(rows.nth(0)).to_contain_text("Not uploaded. This file is larger than 2 MB. Upload a")
    expect(rows.nth(1)).to_contain_text("Not uploaded. This file is empty.")
    look(seen, "files-too-large")
    assert "POST" not in asked
    rows.nth(1).get_by_role("button").click()
    rows.nth(0).get_by_role("button").press("Enter")
    expect(rows).to_have_count(0)
    expect(page.get_by_label("Add a file")).to_be_focused()


def test_a_removal_that_fails_names_the_file(visit, site, in_database):
    seen = visit(width=360).sign_in("mia")
    page = begin(seen)
    page.get_by_label("Add a file").set_input_files([SHEET])
    expect(listed(page)).to_have_count(1)
    page.route("**/files/", lambda route: route.abort())
    page.get_by_role("button", name=re.compile("Remove.*My sheet")).click()
    row = uploading(page)
    expect(row).to_contain_text(re.compile("My sheet.*Not changed. You are offline."))
    look(seen, "files-not-removed")
    row.get_by_role("button", name=re.compile("Close.*My sheet")).click()
    expect(row).to_have_count(0)
    expect(listed(page)).to_have_count(1)
    seen.complaints[:] = [each for each in seen.complaints if "ERR_FAILED" not in each]


def test_a_refused_file_shows_what_another_tab_has_uploaded(visit, site, in_database):
    seen = visit(width=360).sign_in("mia")
    page = begin(seen)
    in_database(lambda: fill_answer(site.units["files"]))
    page.get_by_label("Add a file").set_input_files([SHEET])
    expect(page.locator("[data-words]")).to_contain_text("Not uploaded. You can upload at most 2")
    expect(listed(page)).to_have_text(["one.pdf", "two.pdf"])
    look(seen, "files-no-room")
    seen.complaints[:] = [each for each in seen.complaints if "422" not in each]


def fill_answer(unit):
    """Upload as many files as the question takes, from elsewhere."""
    attempt, question = Attempt.objects.get(), unit.questions.get()
    for name in ("one.pdf", "two.pdf"):
        storage.add_file(attempt, question, name, PDF + name.encode(), now=timezone.now())


def test_going_on_waits_for_a_file_that_is_being_uploaded(visit, site, in_database):
    page = begin(visit(width=360).sign_in("mia"))
    held = []

    def hold_first(route):
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/files/", hold_first)
    with page.expect_request("**/files/"):
        page.get_by_label("Add a file").set_input_files([SHEET])
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.get_by_role("button", name="Save and check your answers").click()
    expect(page.locator("[data-announce]")).to_have_text("Wait until the upload has finished.")
    held[0].continue_()
    expect(page.get_by_text("Every question has an answer.")).to_be_visible()
    assert in_database(AnswerFile.objects.count) == 1
