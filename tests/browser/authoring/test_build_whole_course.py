"""A whole course, built by mouse and again by keyboard alone, and published.

Three sections and eight units: a film, readings, one of them with a picture, and quizzes, one of
them with nine questions of eight types, the numbers of one drawn for each learner.
"""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from demo.seed_data import COURSE_PACKAGE
from tests.browser.authoring.test_build_course import SECTIONS, build, empty, half  # noqa: F401
from tests.browser.authoring.test_upload_film import convert
from tests.fixtures.browser.hands import Keyboard, Mouse

FILM = COURSE_PACKAGE / "01-one-step-equations.mp4"
SKILL = "Parts"
KINDS = [
    *("cloze", "hotspot", "match", "multiple", "numeric", "numeric", "order", "single", "text"),
]
AREAS = {"The left": (2, 10, 46, 80), "The right": (52, 10, 46, 80)}
TEXTS = {
    "Halves": "A half is $\\frac12$ of a whole.",
    "Tenths": "A tenth is $0.1$.",
    "Hundredths": "A hundredth is $0.01$.",
    "Of a hundred": "One percent is $\\frac1{100}$.",
}


class Course:
    """What one pair of hands does, on the pages in their order."""

    def __init__(self, seen, hand):
        self.seen, self.page, self.hand = seen, seen.page, hand

    def open(self, name):
        self.hand.press(self.page.locator("main").get_by_role("link", name=name, exact=True))
        self.page.wait_for_selector("html[data-ready]", state="attached")
        expect(self.page.get_by_role("heading", name=name, level=1)).to_be_visible()

    def leave(self, name="Content"):
        self.hand.press(self.page.locator(".crumbs").get_by_role("link", name=name, exact=True))
        self.page.wait_for_selector("html[data-ready]", state="attached")

    def save(self):
        button = self.page.locator("main").get_by_role("button", name="Save draft")
        self.hand.press(button)
        expect(self.page.locator("#done")).to_contain_text("Draft saved")
        self.page.wait_for_selector("html[data-ready]", state="attached")
        assert self.seen.violations() == []

    def field(self, name):
        return self.page.locator(f"#{name}")

    def add_skill(self):
        self.go_to_tab("Skills")
        self.hand.press(self.page.get_by_role("button", name="Add skill"))
        expect(self.page.get_by_role("textbox", name="Skill 1")).to_be_focused()
        self.hand.write(self.page.get_by_role("textbox", name="Skill 1"), SKILL)
        self.save()
        self.go_to_tab("Content")

    def go_to_tab(self, name):
        self.hand.press(self.page.get_by_role("link", name=name, exact=True))
        self.page.wait_for_selector("html[data-ready]", state="attached")
        expect(self.page.get_by_role("heading", name=name, level=1)).to_be_visible()

    def write_reading(self, name, text, picture=None):
        self.open(name)
        self.hand.write(self.field("body"), text)
        if picture:
            self.add_picture(picture, "body")
        self.save()
        self.leave()

    def add_picture(self, picture, field):
        self.hand.press(self.page.get_by_text("Add a picture", exact=True))
        self.hand.attach(self.field("picture-file"), picture)
        self.hand.write(self.field("picture_words"), "A bar, one half of it green")
        self.hand.press(self.page.get_by_role("button", name="Insert picture"))
        expect(self.page.locator("#preview img")).to_be_visible()
        expect(self.field(field)).to_be_focused()

    def add_film(self, name, in_database):
        self.open(name)
        self.hand.attach(self.field("film"), FILM)
        self.hand.press(self.page.get_by_role("button", name="Upload video"))
        status = self.page.locator("#film-status")
        expect(status).to_contain_text("Waiting to be converted", timeout=30_000)
        in_database(convert)
        expect(status).to_contain_text("Ready.", timeout=20_000)
        assert self.seen.violations() == []
        self.leave()

    def ask(self, kind, prompt, **fields):
        """Write a question; a field's name has - for _, and its value True for a tick."""
        self.hand.press(self.page.get_by_role("link", name="New question"))
        self.page.wait_for_selector("html[data-ready]", state="attached")
        if kind != "single":
            self.hand.select(self.field("kind"), kind)
        self.hand.choose(self.page.get_by_role("checkbox", name=SKILL))
        self.hand.write(self.field("prompt"), prompt)
        for name, value in fields.items():
            self.fill(name.replace("_", "-"), value)
        assert self.seen.violations() == []
        self.save()

    def fill(self, name, value):
        named = self.page.locator(f'[name="{name}"], [name="{name.replace("-", "_")}"]')
        if value is True:
            self.hand.choose(named)
        elif named.evaluate("field => field.matches('select')"):
            self.hand.select(named, value)
        else:
            self.hand.write(named, value)

    def ask_for_a_place(self, picture):
        """Write the question whose answer is a place on a picture."""
        self.hand.press(self.page.get_by_role("link", name="New question"))
        self.page.wait_for_selector("html[data-ready]", state="attached")
        self.hand.select(self.field("kind"), "hotspot")
        self.hand.choose(self.page.get_by_role("checkbox", name=SKILL))
        self.hand.write(self.field("prompt"), "Where is the bar green?")
        self.add_picture(picture, "prompt")
        for number, (name, area) in enumerate(AREAS.items()):
            row = self.page.locator("#choices .rowform").nth(number)
            self.hand.write(row.locator("[name$='-text']"), name)
            self.hand.draw(row, area)
            if number == 0:
                self.hand.choose(row.get_by_role("checkbox"))
        expect(self.page.locator("#preview rect:not(.halo)")).to_have_count(len(AREAS))
        self.save()

    def draw_numbers(self):
        """Write the question whose numbers are drawn for each learner."""
        self.hand.press(self.page.get_by_role("link", name="New question"))
        self.page.wait_for_selector("html[data-ready]", state="attached")
        self.hand.select(self.field("kind"), "numeric")
        self.hand.choose(self.page.get_by_role("checkbox", name=SKILL))
        self.hand.write(self.field("prompt"), "What is 3 · 2?")
        self.hand.write(self.field("answer"), "6")
        self.hand.press(self.page.get_by_text("Random numbers for each learner"))
        self.hand.write(self.field("drawn"), "a: 2 to 9")
        self.hand.write(self.field("drawn_prompt"), "What is [[a]] · 2?")
        self.hand.write(self.field("drawn_answer"), "2*a")
        self.save()

    def write_nine_questions(self, picture):
        self.ask(
            "single",
            "How many halves make a whole?",
            choices_0_text="Two",
            choices_0_correct=True,
            choices_1_text="Three",
            choices_2_text="One",
        )
        self.leave("Check halves")
        self.ask(
            "multiple",
            "Which are halves?",
            choices_0_text="$\\frac24$",
            choices_0_correct=True,
            choices_1_text="$0.5$",
            choices_1_correct=True,
            choices_2_text="$2$",
        )
        self.leave("Check halves")
        self.ask("numeric", "What is $4 : 2$?", answer="2")
        self.leave("Check halves")
        self.ask("text", "What is one of two equal parts called?", answer="half")
        self.leave("Check halves")
        self.ask(
            "order",
            "From small to large",
            choices_0_text="$0.1$",
            choices_1_text="$0.5$",
            choices_2_text="$1$",
        )
        self.leave("Check halves")
        self.ask(
            "match",
            "What is the same?",
            choices_0_text="Half",
            choices_0_right="50 %",
            choices_1_text="Tenth",
            choices_1_right="10 %",
            choices_2_text="Whole",
            choices_2_right="100 %",
        )
        self.leave("Check halves")
        self.ask("cloze", "Two [[1]] make a whole.", gaps_0_answer="halves")
        self.leave("Check halves")
        self.ask_for_a_place(picture)
        self.leave("Check halves")
        self.draw_numbers()
        self.leave("Check halves")

    def publish(self):
        self.hand.press(self.page.get_by_role("link", name="Publish…"))
        self.page.wait_for_selector("html[data-ready]", state="attached")
        self.hand.press(self.page.get_by_role("button", name="Publish", exact=True))
        expect(self.page.locator("#published")).to_contain_text("Learners now see version")


def stored():
    from courses.models import Course

    course = Course.objects.get(slug="fresh")
    units = course.units.filter(position__isnull=False)
    kinds = course.questions.filter(unit__title="Check halves").values_list("kind", flat=True)
    return (
        [row["title"] for row in course.sections],
        [unit.title for unit in units.order_by("position")],
        sorted(kinds),
        units.get(title="Halves").reading.html.count("<img"),
        [choice["area"] for choice in course.questions.get(kind="hotspot").choices],
    )


@pytest.mark.long
@pytest.mark.parametrize("way", [Mouse, Keyboard])
def test_a_whole_course_is_built_and_published(
    site,
    empty,  # noqa: F811
    visit,
    half,  # noqa: F811
    in_database,
    record_testsuite_property,
    way,
):
    seen = visit().sign_in("ines")
    seen.go(empty)
    hand = way(seen.page)
    course = Course(seen, hand)
    began = time.monotonic()

    course.add_skill()
    build(hand, seen.page)
    assert seen.violations() == []
    for name, text in TEXTS.items():
        course.write_reading(name, text, half if name == "Halves" else None)
    course.add_film("Watch halves", in_database)
    for name in ("Check tenths", "Last quiz"):
        course.open(name)
        course.ask("text", "Write 10 % as a decimal number.", answer="0.1")
        course.leave()
    course.open("Check halves")
    course.write_nine_questions(half)
    course.leave()
    seen.shot(f"whole-course-{way.__name__.lower()}")
    course.publish()

    machine = (time.monotonic() - began) / 60
    effort = hand.effort
    line = f"{way.__name__}: {machine:.1f} minutes by the test, {effort.minutes:.1f} minutes for "
    line += f"a practised person as the keystroke-level model predicts ({effort})"
    print(line)
    record_testsuite_property(way.__name__, line)
    titles, units, kinds, pictures, areas = in_database(stored)
    assert titles == list(SECTIONS)
    assert units == [name for rows in SECTIONS.values() for _, name in rows]
    assert kinds == KINDS
    assert pictures == 1
    assert areas == [list(area) for area in AREAS.values()]
