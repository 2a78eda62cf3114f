"""ines writes a course, previews it and publishes; mia answers in it.

ines then restores an earlier version and undoes an import.
"""

from __future__ import annotations

import json
import zipfile

from playwright.sync_api import expect

READING = "# Halves\n\nA half is $\\frac12$: one of **two** equal parts."


def enrol(site, name: str, slug: str) -> None:
    from courses.models import Course
    from tests.fixtures import factories

    factories.make_enrolment(site.people[name], Course.objects.get(slug=slug))


def answers(slug: str) -> list[tuple[str, bool]]:
    from courses.models import Response

    rows = Response.objects.filter(question__course__slug=slug).order_by("answered_at")
    return list(rows.values_list("learner__code", "correct"))


def bring_in() -> None:
    """Run the import that the worker would run."""
    from authoring import tasks

    tasks.bring_in_due()


def previews() -> int:
    from courses.models import Course

    return Course.objects.exclude(preview_of=None).count()


def begin(page) -> None:
    """Create a course with a skill, a reading and an empty quiz."""
    page.get_by_label("Name").fill("Fractions")
    page.get_by_label("Description, in a sentence or two").fill("Parts of a whole.")
    page.get_by_role("button", name="Create course").click()
    page.get_by_role("link", name="Skills", exact=True).click()
    page.get_by_role("button", name="Add skill").wait_for()
    # Only the script moves the focus: without it the page is loaded again.
    page.wait_for_selector("html[data-ready]", state="attached")
    page.get_by_role("button", name="Add skill").click()
    expect(page.get_by_role("textbox", name="Skill 1")).to_be_focused()
    page.keyboard.type("Halves")
    page.get_by_role("button", name="Save draft").click()
    page.get_by_role("link", name="Content", exact=True).first.click()
    for kind, name in (("Reading", "What a half is"), ("Quiz", "Try it")):
        page.get_by_role("radio", name=kind).check()
        page.get_by_role("textbox", name="Name", exact=True).fill(name)
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()


def write_reading(seen) -> None:
    page = seen.page
    page.get_by_role("link", name="What a half is", exact=True).click()
    page.get_by_label("Text, in Markdown").fill(READING)
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.locator("#preview strong")).to_have_text("two")
    expect(page.locator("#preview math")).to_have_count(1)
    seen.shot("author-reading")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#done")).to_contain_text("Draft saved")
    page.locator(".crumbs a").first.click()


def write_choice(seen) -> None:
    page = seen.page
    page.get_by_role("link", name="New question").click()
    page.get_by_label("Question. Put maths").fill("How many halves make a whole?")
    page.get_by_role("checkbox", name="Halves").check()
    for number, (text, feedback) in enumerate(
        [("Two", "Right."), ("Three", "That is more than a whole."), ("One", "That is a half.")]
    ):
        page.locator(f"#choices-{number}-text").fill(text)
        page.locator(f"#choices-{number}-feedback").fill(feedback)
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Mark one choice as correct.")).to_be_visible()
    page.get_by_label("Correct answer").first.check()
    page.get_by_label("Explanation").fill("Two equal parts make the whole.")
    for number, text in enumerate(["Draw it.", "Cut an apple into equal parts."]):
        page.get_by_role("button", name="Add hint").click()
        expect(page.locator(f"#hints-{number}-kind")).to_be_focused()
        page.locator(f"#hints-{number}-text").fill(text)
    seen.shot("author-question")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#done")).to_contain_text("Draft saved")
    page.get_by_role("link", name="Try it", exact=True).click()


def write_order(seen) -> None:
    page = seen.page
    page.get_by_role("link", name="New question").click()
    page.get_by_label("Question type", exact=True).select_option("order")
    expect(page.get_by_text("Learners see them shuffled")).to_be_visible()
    page.get_by_label("Question. Put maths").fill("From small to large")
    for number, text in enumerate(["$\\frac14$", "$\\frac12$", "$1$"]):
        page.locator(f"#choices-{number}-text").fill(text)
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#done")).to_contain_text("Draft saved")


def publish(seen) -> None:
    page = seen.page
    page.get_by_role("link", name="Publish…").click()
    page.get_by_label("Note for your co-authors").fill("The beginning")
    seen.shot("author-publish")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator("#published")).to_contain_text("Learners now see version")


def answer_choice(page, right: bool) -> None:
    page.locator(".steps a").first.click()
    # The question comes in place, with its choices as they were before a choice was made.
    page.wait_for_url("**/units/*/?question=*")
    page.get_by_text("Two" if right else "Three", exact=True).click()
    page.get_by_role("button", name="Check answer").click()


def test_a_course_is_written_published_answered_and_restored(visit, site, in_database):
    seen = visit().sign_in("ines")
    page = seen.page
    seen.go("/author/new/")
    begin(page)
    write_reading(seen)
    page.get_by_role("link", name="Try it", exact=True).click()
    write_choice(seen)
    write_order(seen)
    page.get_by_role("link", name="Content", exact=True).first.click()
    seen.shot("author-builder")

    page.get_by_role("button", name="Preview as learner").click()
    page.locator(".lessons").get_by_role("link", name="Try it").click()
    answer_choice(page, right=False)
    expect(page.get_by_text("That is more than a whole.")).to_be_visible()
    assert in_database(previews) == 1
    assert in_database(lambda: answers("fractions")) == []

    seen.complaints[:] = [text for text in seen.complaints if "422" not in text]
    seen.go("/author/courses/fractions/")
    publish(seen)
    assert in_database(previews) == 0
    in_database(lambda: enrol(site, "mia", "fractions"))

    mia = visit().sign_in("mia")
    mia.go("/courses/fractions/")
    mia.page.locator(".lessons").get_by_role("link", name="Try it").click()
    answer_choice(mia.page, right=True)
    expect(mia.page.locator("fieldset").get_by_text("Right.")).to_be_visible()
    told = in_database(lambda: answers("fractions"))
    assert told == [(site.people["mia"].code, True)]

    page.get_by_role("button", name="Restore this version: 1").click()
    expect(page.get_by_text("restored by you")).to_be_visible()
    mia.go("/courses/fractions/")
    expect(mia.page.get_by_text("No lessons yet")).to_be_visible()
    assert in_database(lambda: answers("fractions")) == told
    page.locator("#published [data-undo]").click()
    mia.go("/courses/fractions/")
    expect(mia.page.locator(".lessons").get_by_role("link", name="Try it")).to_be_visible()
    assert seen.violations() == []
    # The page still closes the Sitting of a unit that was deleted meanwhile.
    for each in (seen, mia):
        each.complaints[:] = [text for text in each.complaints if "404" not in text]


def test_an_import_is_undone(visit, tmp_path, site, in_database):
    seen = visit().sign_in("ines")
    page = seen.page
    seen.go("/author/import/")
    page.set_input_files("#file", packed(tmp_path, "sums", "Sums"))
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_role("heading", name="Reading the file")).to_be_visible()
    in_database(bring_in)
    page.get_by_role("heading", name="Imported as version 1.").wait_for()
    seen.shot("author-arrival")
    seen.go("/author/import/")
    page.get_by_label("Update an existing course").check()
    page.get_by_label("Course", exact=True).select_option("sums")
    page.set_input_files("#file", packed(tmp_path, "other", "Adding up"))
    seen.shot("author-import")
    page.get_by_role("button", name="Upload", exact=True).click()
    in_database(bring_in)
    page.get_by_role("heading", name="Update Sums?").wait_for()
    expect(page.get_by_text("Course details")).to_be_visible()
    seen.shot("author-update")
    page.get_by_role("button", name="Update course").click()
    in_database(bring_in)
    page.get_by_role("heading", name="Imported as version 2.").wait_for()
    page.get_by_role("button", name="Undo").click()
    told = "Sums is back as it was before the import, saved as a new version."
    expect(page.get_by_text(told)).to_be_visible()
    seen.go("/author/import/")
    page.locator(".history").get_by_role("link", name="sums.zip").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The imported course has been deleted.")).to_be_visible()
    seen.go("/author/")
    expect(page.get_by_role("link", name="Sums")).to_have_count(0)

    seen.go("/author/import/")
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 no archive")
    page.set_input_files("#file", tmp_path / "broken.zip")
    page.get_by_role("button", name="Upload", exact=True).click()
    in_database(bring_in)
    page.get_by_role("heading", name="Not imported").wait_for()
    assert seen.violations() == []


def packed(folder, slug: str, title: str):
    reading = {"id": "r", "kind": "reading", "title": "Adding", "skills": [], "body": "1 + 1"}
    course = {
        "format": "attune-course",
        "format_version": "1.1",
        "slug": slug,
        "title": title,
        "language": "en",
        "skills": [],
        "units": [reading | {"format": "markdown"}],
    }
    path = folder / f"{slug}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("course.json", json.dumps(course))
    return path
