"""The help a Rule can offer now: for each kind its texts and where accepting it leads.

Where no help is available there is no HelpOption, and the Rule neither fires nor counts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from django.utils.translation import gettext_noop

from adaptation.facts.answer_facts import find_last_answer
from adaptation.models import Intervention
from adaptation.offers import escalation, lesson_help, link_targets
from adaptation.offers.help_context import HelpContext, HelpOption
from courses.models import Enrolment, Question
from courses.timestamps import format_time
from estimates.knowledge import mastery
from interventions.conditions import walk_comparisons
from interventions.escalation_ladder import HelpStep
from interventions.facts import UNKNOWN, Facts, get_fact
from interventions.rules import Rule
from telemetry.sittings import TESTS

# Predicted success of an easier question: achievable, and not trivial.
WITHIN_REACH = (0.65, 0.8)
# After this many tries on a skill without mastery, heavier help no longer waits for lighter.
SPINNING_AFTER = 10
SAME_AS_STUCK = gettext_noop(
    "This presses “I’m stuck” for you. Your teacher sees that and nothing else."
)
OK_LABEL = gettext_noop("OK")
WATCH_AGAIN = gettext_noop("Watch it again")
KINDS_ABOUT_LAST = {"message", "adjust"}


HelpOptions = dict[str, HelpOption]


class Refusal(NamedTuple):
    """An offer that the Learner answered with "Not for this", by primary keys."""

    rule: str
    unit: int
    question: int | None


def find_options(rule: Rule, here: HelpContext, refusals: Sequence[Refusal]) -> HelpOptions:
    """Return the kinds of this Rule that are available, in its order of preference."""
    if is_refused(rule, here, refusals):
        return {}
    kinds = [kind for kind in rule.step if _is_allowed_in_test(rule, kind, here)]
    found = {kind: _find_maker(rule, kind)(rule, here) for kind in kinds}
    available = {kind: option for kind, option in found.items() if option is not None}
    return (
        available
        if here.question is None or not available
        else _limit_by_ladder(available, here.question, here)
    )


def _is_allowed_in_test(rule: Rule, kind: str, here: HelpContext) -> bool:
    """Return whether this help is allowed in the scenario.

    In a practice test, that is a break, or help unrelated to a question.
    """
    in_test = here.course.sitting.scenario in TESTS
    return not in_test or kind == "break" or kind in rule.practice_kinds


def _limit_by_ladder(given: HelpOptions, question: Question, here: HelpContext) -> HelpOptions:
    """Keep the kinds the ladder allows, as cues where offers were dismissed lately."""
    tries = get_fact(here.facts, "opportunities").value
    spinning = isinstance(tries, float) and tries >= SPINNING_AFTER
    learner = here.course.sitting.learner
    step = escalation.find_open_help(learner, question, given, spinning=spinning, now=here.now)
    cue = step.form is HelpStep.CUE
    return {kind: replace(option, cue=cue) for kind, option in given.items() if kind in step.kinds}


def load_refusals(learners: Collection[int]) -> dict[int, list[Refusal]]:
    """Return by Learner the offers answered with "Not for this"; no query without a Learner."""
    found: dict[int, list[Refusal]] = {learner: [] for learner in learners}
    rows = Intervention.objects.filter(learner__in=found, outcome="never")
    columns = rows.values_list("learner", "rule", "sitting__unit", "question")
    for learner, rule, unit, question in columns:
        found[learner].append(Refusal(rule, unit, question))
    return found


def is_refused(rule: Rule, here: HelpContext, refusals: Sequence[Refusal]) -> bool:
    """Return whether "Not for this" was chosen for this question, or this Rule in this unit."""
    unit, question = here.course.sitting.unit_id, here.question
    of_rule = [each for each in refusals if (each.rule, each.unit) == (rule.id, unit)]
    if question is None:
        return bool(of_rule)
    of_question = any(each.question == question.pk for each in refusals)
    return of_question or any(each.question is None for each in of_rule)


def question_of_offer(rule: Rule, here: HelpContext) -> Question | None:
    """Return the question an offer is stored with: the open one, if any.

    For help about the skill answered last, including any rule with a cap per skill, it is the
    question answered last.
    """
    last = find_last_answer(here.course)
    about_the_last = rule.cap.per == "skill" or set(rule.step) & KINDS_ABOUT_LAST
    if here.question is None and last is not None and about_the_last:
        return last.question
    return here.question


Maker = Callable[[Rule, HelpContext], HelpOption | None]


def _find_maker(rule: Rule, kind: str) -> Maker:
    return NAMED_MAKERS[rule.help[kind]] if kind in rule.help else MAKERS[kind]


def _hint(_: Rule, here: HelpContext) -> HelpOption | None:
    if here.question is None or here.hints_left[:1] in ([], ["worked_step"]):
        return None
    return HelpOption(gettext_noop("Show a hint"), about=str(here.question.code))


def _worked_step(_: Rule, here: HelpContext) -> HelpOption | None:
    if here.question is None or "worked_step" not in here.hints_left:
        return None
    return HelpOption(gettext_noop("Show the worked step"), about=str(here.question.code))


def _jump_back(_: Rule, here: HelpContext) -> HelpOption | None:
    if here.question is not None:
        begin, end = here.question.jump_from_s, here.question.jump_to_s
        if begin is None or end is None:
            return None
        return HelpOption(WATCH_AGAIN, jump=(begin, end), about=str(here.question.code))
    if here.course.sitting.scenario == "discussion":
        return lesson_help.offer_explanation(here)
    part = link_targets.find_replayed_part(here.course, here.t)
    return None if part is None else HelpOption(WATCH_AGAIN, jump=part)


def _easier(_: Rule, here: HelpContext) -> HelpOption | None:
    """Offer the easier variant of the open question, if its predicted success is in range."""
    if here.question is None:
        return None
    place = here.question.sibling or here.question
    siblings = list(place.variants.filter(relation="easier").prefetch_related("skills"))
    chances = mastery.read(here.permit).predict(siblings)
    low, high = WITHIN_REACH
    fit = [each for each in siblings if low <= chances.get(each.pk, 0) <= high]
    if not fit or fit[0].pk == here.question.pk:
        return None
    return HelpOption(
        gettext_noop("Show the easier question"),
        text=gettext_noop("You can come back to this one whenever you like."),
        url=link_targets.question_url(fit[0]),
        about=str(here.question.code),
    )


def _prerequisite_unit(_: Rule, here: HelpContext) -> HelpOption | None:
    """Offer the unit that explains a prerequisite of the open question."""
    found = here.question and link_targets.find_prerequisite(here.question, here.permit)
    if not found:
        return None
    skill, unit, url = found
    text = gettext_noop("“{unit}” covers this: {skill}.")
    names = {"unit": unit.title, "skill": skill.name}
    return HelpOption(gettext_noop("Go there"), text, url, names=names)


def _harder(_: Rule, here: HelpContext) -> HelpOption | None:
    found = link_targets.find_harder_question(here.course, now=here.now)
    if found is None:
        return None
    return HelpOption(
        gettext_noop("Show the harder question"), url=link_targets.question_url(found)
    )


def _challenge(_: Rule, here: HelpContext) -> HelpOption | None:
    return lesson_help.skip_ahead(here)


def _break(_: Rule, __: HelpContext) -> HelpOption | None:
    text = gettext_noop("Your place and answers are saved, and nothing is sensed during the break.")
    return HelpOption(gettext_noop("Take a five-minute break"), text, rests=True)


def _message(_: Rule, __: HelpContext) -> HelpOption | None:
    return HelpOption(OK_LABEL)


def _caption_quote(_: Rule, here: HelpContext) -> HelpOption | None:
    """Quote the captions of the part just replayed."""
    part = link_targets.find_replayed_part(here.course, here.t)
    words = part and link_targets.read_captions(here.course.sitting.unit, *part)
    if not words:
        return None
    text, names = gettext_noop("It says: “{words}”"), {"words": words}
    return HelpOption(gettext_noop("Watch it once more"), text, jump=part, names=names)


def _jump_to_explanation(_: Rule, here: HelpContext) -> HelpOption | None:
    """Offer the part of a video that explains the skill of the open question."""
    found = here.question and link_targets.find_explanation(here.question)
    return lesson_help.link_to_part(*found) if found else None


def _later_part(_: Rule, here: HelpContext) -> HelpOption | None:
    """Offer the later part of this video that explains the weakest skill."""
    found = link_targets.find_later_part(here.course, here.permit, here.t)
    if found is None:
        return None
    begin, end, skill = found
    text = gettext_noop("The step on {skill} is at {time}.")
    names = {"time": format_time(begin), "skill": skill}
    return HelpOption(gettext_noop("Go to {time}"), text, jump=(begin, end), names=names)


def _slower_hints(_: Rule, here: HelpContext) -> HelpOption | None:
    """Slow down hints from now on, and offer the same question with new numbers."""
    last = find_last_answer(here.course)
    if last is None or last.question.parameterised is None or here.question is None:
        return HelpOption(OK_LABEL)
    draw = (last.draw or 0) + 1
    return HelpOption(
        gettext_noop("Yes, with new numbers"),
        url=f"{link_targets.question_url(last.question)}&draw={draw}",
    )


def _breathing(_: Rule, __: HelpContext) -> HelpOption | None:
    text = gettext_noop("Breathe in for four seconds, and out for six.")
    return HelpOption(gettext_noop("Take three breaths"), text, rests=True)


def _next_question(_: Rule, here: HelpContext) -> HelpOption | None:
    last = find_last_answer(here.course)
    if last is None or not last.correct or last.question.unit is None:
        return None
    unit = last.question.unit
    url = f"{link_targets.unit_url(unit)}?after={last.question.code}" if unit.kind == "quiz" else ""
    return HelpOption(gettext_noop("Next question") if url else OK_LABEL, url=url)


def _ask_teacher(_: Rule, here: HelpContext) -> HelpOption | None:
    teachers = Enrolment.objects.filter(
        course=here.course.sitting.unit.course_id, role="teacher", user__is_active=True
    )
    if not teachers.exists():
        return None
    return HelpOption(gettext_noop("Ask my teacher"), SAME_AS_STUCK)


def _adjust(rule: Rule, here: HelpContext) -> HelpOption | None:
    """Shift the next questions of a quiz after an answer."""
    on_quiz = here.course.sitting.unit.kind == "quiz"
    if not (on_quiz and _reads_state(rule, here.facts) and find_last_answer(here.course)):
        return None
    return HelpOption(OK_LABEL, adjust=rule.adjust)


def _lesson_easier(rule: Rule, here: HelpContext) -> HelpOption | None:
    return lesson_help.make_easier(here) if _reads_state(rule, here.facts) else None


def _lesson_harder(rule: Rule, here: HelpContext) -> HelpOption | None:
    return lesson_help.make_harder(here) if _reads_state(rule, here.facts) else None


def _reads_state(rule: Rule, facts: Facts) -> bool:
    """Return whether a rule reads an estimate made under a Grant, or the Learner's own word."""
    looked_at = [get_fact(facts, leaf.signal) for leaf, _ in walk_comparisons(rule.when)]
    known = [each for each in looked_at if each.value is not UNKNOWN]
    return any(
        bool(each.scopes) if each.source == "sensed" else each.source == "self" and bool(each.value)
        for each in known
    )


MAKERS: Mapping[str, Maker] = {
    "hint": _hint,
    "worked_step": _worked_step,
    "jump_back": _jump_back,
    "easier": _easier,
    "harder": _harder,
    "break": _break,
    "challenge": _challenge,
    "message": _message,
    "adjust": _adjust,
    "ask_teacher": _ask_teacher,
}
# Keyed by `interventions.rules.NAMED_HELP`.
NAMED_MAKERS: Mapping[str, Maker] = {
    "breathing": _breathing,
    "caption_quote": _caption_quote,
    "jump_to_explanation": _jump_to_explanation,
    "later_part": _later_part,
    "lesson_easier": _lesson_easier,
    "lesson_harder": _lesson_harder,
    "next_question": _next_question,
    "prerequisite_unit": _prerequisite_unit,
    "slower_hints": _slower_hints,
}
