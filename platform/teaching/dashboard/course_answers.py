"""Three answers of the page Today: what went wrong, what to change, and whether changes helped.

It reads what the lesson map and the page of experiments show, and nothing else: group figures above
the floor, published cells and published effects.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from courses.models import Course
from teaching.effects import hint_experiments
from teaching.effects import views as effects_views
from teaching.effects.published_effects import load_effects
from teaching.effects.trial_card import CLOSED, ENDED, SO_FAR, WAITS, TrialCard
from teaching.groups.group_filter import Audience, audience_of
from teaching.lessons import part_texts
from teaching.lessons.lesson_list import Lesson, find_current, list_lessons
from teaching.lessons.lesson_map import load_cells, load_parts
from teaching.lessons.part_texts import EvidenceLine
from teaching.lessons.parts import LessonPart

MOST_FINDINGS, MOST_CHANGES, MOST_EFFECTS = 3, 4, 2
AXIS_LEFT, AXIS_SCALE = 20, 3


@dataclass(frozen=True, slots=True)
class RangeBox:
    """A range of percents drawn on an axis."""

    x: int
    width: int

    @property
    def end(self) -> int:
        return self.x + self.width

    @property
    def middle(self) -> int:
        return self.x + self.width // 2


def make_box(found: tuple[int, int]) -> RangeBox:
    low, high = found
    return RangeBox(AXIS_LEFT + AXIS_SCALE * low, max(2, AXIS_SCALE * (high - low)))


@dataclass(frozen=True, slots=True)
class Finding:
    """A part that was harder than usual, and the sources that show it."""

    part: LessonPart
    title: str
    share: str
    evidence: tuple[EvidenceLine, ...]

    @property
    def bar(self) -> RangeBox:
        """Return the interval on an axis of 300 that begins at 20."""
        rank = self.part.rank
        return make_box((rank.low, rank.high) if rank else (0, 0))

    @property
    def usual(self) -> RangeBox:
        rank = self.part.rank
        return make_box((rank.usual if rank else None) or (0, 0))


@dataclass(frozen=True, slots=True)
class Change:
    """One thing an Author could change; `count` of `n` learners did there what `deed` says."""

    part: LessonPart
    title: str
    text: str
    count: int
    n: int
    deed: str
    url: str
    action: str


@dataclass(frozen=True, slots=True)
class LessonAnswers:
    """What is known of the lesson that most opened this week; no `lesson` = too few opened any.

    `harder` counts all findings, `alike` the parts without a difference, and `few` those with too
    few people.
    """

    lesson: Lesson | None
    audience: Audience
    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    harder: int = 0
    alike: int = 0
    few: int = 0

    @property
    def more(self) -> int:
        """Return how many findings there are besides the first."""
        return max(0, self.harder - 1)

    @property
    def undrawn(self) -> int:
        """Return how many findings have no card."""
        return self.harder - len(self.findings)


@dataclass(frozen=True, slots=True)
class EffectAnswers:
    """Finished experiments with figures, and how many others are still running.

    `closed`: how many never have figures here, since those could reveal what a learner felt.
    """

    ended: tuple[TrialCard, ...]
    running: tuple[TrialCard, ...]
    others: int
    closed: int

    @property
    def headline(self) -> str:
        """Return the first conclusion, or that nothing is known yet."""
        if self.ended:
            return self.ended[0].said
        if self.running or self.others:
            return _("Not known yet")
        return _("No figures shown") if self.closed else _("No experiment yet")


def load_lesson_answers(course: Course, *, now: datetime) -> LessonAnswers:
    """Return the findings of the current lesson, and what could be changed about them."""
    audience = audience_of(course)
    lessons = list_lessons(course) if audience.learners else []
    lesson = find_current(course, lessons, audience, now=now) if lessons else None
    if lesson is None:
        return LessonAnswers(None, audience)
    cells = load_cells(course, [lesson], audience, now=now)
    ranked, few = load_parts(lesson, audience, cells)
    harder = [part for part in ranked if part.is_harder]
    return LessonAnswers(
        lesson,
        audience,
        tuple(describe_finding(part) for part in harder[:MOST_FINDINGS]),
        tuple(suggest_change(course, lesson, part) for part in harder[:MOST_CHANGES]),
        harder=len(harder),
        alike=len(ranked) - len(harder),
        few=few,
    )


def load_effect_answers(course: Course) -> EffectAnswers:
    """Return the published effects of rules, finished ones first."""
    published = load_effects(course)
    cards = effects_views.load_cards(course, published)
    ended = [card for card in cards if card.state == ENDED and card.chart]
    running = [card for card in cards if card.state == SO_FAR]
    wordings = hint_experiments.load_cards(course, published)
    shown = ended[:MOST_EFFECTS]
    drawn = running[: MOST_EFFECTS - len(shown)]
    states = [card.state for card in cards] + [wording.state for wording in wordings]
    unfinished = sum(state in (WAITS, SO_FAR) for state in states)
    return EffectAnswers(
        tuple(shown),
        tuple(drawn),
        others=unfinished - len(drawn),
        closed=states.count(CLOSED),
    )


def describe_finding(part: LessonPart) -> Finding:
    """Return the sentence, the share and the evidence of a part that was harder than usual."""
    return Finding(
        part,
        _("{name} was harder than usual").format(name=part_texts.name_part(part)),
        part_texts.describe_share(part),
        tuple(part_texts.list_drivers(part)),
    )


def suggest_change(course: Course, lesson: Lesson, part: LessonPart) -> Change:
    """Return what an Author could change about a harder part, by its kind and its evidence."""
    driver = part.drivers[0]
    title, text, action = _chapter_words(part) if part.is_chapter else _question_words(part)
    return Change(
        part,
        title,
        text,
        driver.count,
        driver.n,
        part_texts.describe_deed(driver.source),
        _edit_url(course, lesson, part),
        action,
    )


def _chapter_words(part: LessonPart) -> tuple[str, str, str]:
    return (
        _("Add a question after “{title}”").format(title=part.title),
        _("Learners then notice at once whether they could follow."),
        _("Add a question"),
    )


def _question_words(part: LessonPart) -> tuple[str, str, str]:
    if part.is_hinted:
        text = _("More learners than usual used a hint here.")
        return _("{name}: rewrite the hint").format(name=part.title), text, _("Edit this question")
    text = _("More learners than usual had trouble here. No difference in hints was seen.")
    return _("{name}: add a hint").format(name=part.title), text, _("Add a hint")


def _edit_url(course: Course, lesson: Lesson, part: LessonPart) -> str:
    """Return the Author's page on which this is changed."""
    if part.code is not None:
        return reverse("authoring:question", args=[course.slug, part.code])
    at = f"?unit={lesson.code}&t={round(part.end)}"
    return reverse("authoring:question_new", args=[course.slug]) + at
