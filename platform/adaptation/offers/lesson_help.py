"""Easier and harder help in a video, a reading or a discussion.

It is another pace, one more example, skipping ahead, or a pointer to the explanation.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

from adaptation.facts import pace_facts
from adaptation.offers import link_targets
from adaptation.offers.help_context import HelpContext, HelpOption
from courses.models import Unit
from courses.timestamps import format_time
from interventions.facts import UNKNOWN, get_fact

# The rates of the player between which a step slower or faster is possible.
SLOWEST, FASTEST = 0.5, 2.0
EXPLAINED = gettext_noop("“{unit}” explains it at {time}.")
EXPLAINED_OR_ASK = gettext_noop(
    "“{unit}” explains it at {time}. You can also ask about it here in the discussion."
)
UNDO_PACE = gettext_noop("You can go back to your usual speed at any time.")
SKIP_AHEAD = gettext_noop("Skip ahead")
NEXT_IS = gettext_noop("Next is “{unit}”.")


def make_easier(here: HelpContext) -> HelpOption | None:
    """Offer a slower video after going back in it, and otherwise one more example.

    Where one of them is not possible, offer the other.
    """
    if not _is_lesson(here):
        return None
    went_back = get_fact(here.facts, "rewinds_60s").value not in (0.0, UNKNOWN)
    first, second = (_slow_down, _show_example) if went_back else (_show_example, _slow_down)
    return first(here) or second(here)


def make_harder(here: HelpContext) -> HelpOption | None:
    """Offer a faster video; in a reading, or at the fastest rate, offer to skip ahead."""
    return (_speed_up(here) or skip_ahead(here)) if _is_lesson(here) else None


def skip_ahead(here: HelpContext) -> HelpOption | None:
    """Offer the next part of this video, else a harder question, else the next unit."""
    return _skip_part(here) or _skip_to_question(here) or _skip_to_unit(here)


def offer_explanation(here: HelpContext) -> HelpOption | None:
    """Point to the explanation of a discussed unit, and to asking in its discussion."""
    unit = here.course.sitting.unit
    found = link_targets.find_skills_explanation(unit.course_id, unit.skills.all())
    if found is not None:
        return link_to_part(*found, text=EXPLAINED_OR_ASK)
    if unit.kind == "quiz":
        return None
    text = gettext_noop("You can also ask about it here in the discussion.")
    return HelpOption(gettext_noop("Show it again"), text, link_targets.unit_url(unit))


def link_to_part(unit: Unit, begin: float, *, text: str = EXPLAINED) -> HelpOption:
    """Link to the second of a video that explains something."""
    url = f"{link_targets.unit_url(unit)}?t={begin:.1f}#player"
    names = {"unit": unit.title, "time": format_time(begin)}
    return HelpOption(gettext_noop("Watch that part"), text, url, names=names)


def _is_lesson(here: HelpContext) -> bool:
    """Return whether a video or a reading itself is open, and not its discussion."""
    sitting = here.course.sitting
    return sitting.scenario == "course" and sitting.unit.kind != "quiz"


def _slow_down(here: HelpContext) -> HelpOption | None:
    if not _is_watching(here) or pace_facts.playback_rate(here.course) <= SLOWEST:
        return None
    return HelpOption(gettext_noop("Play slower"), UNDO_PACE, pace=-1)


def _speed_up(here: HelpContext) -> HelpOption | None:
    if not _is_watching(here) or pace_facts.playback_rate(here.course) >= FASTEST:
        return None
    return HelpOption(gettext_noop("Play faster"), UNDO_PACE, pace=1)


def _is_watching(here: HelpContext) -> bool:
    return pace_facts.position_at(here.course, here.t) is not None


def _show_example(here: HelpContext) -> HelpOption | None:
    """Offer a question with a worked step, else another video that explains the skill."""
    skills = link_targets.list_current_skills(here.course)
    question = link_targets.find_example(here.course, skills)
    if question is not None and question.unit is not None:
        text = gettext_noop("“{unit}” has a question on this with a worked step.")
        names, url = {"unit": question.unit.title}, link_targets.question_url(question)
        return HelpOption(gettext_noop("Show one more example"), text, url, names=names)
    unit = here.course.sitting.unit
    found = link_targets.find_skills_explanation(unit.course_id, skills, apart_from=unit)
    return link_to_part(*found) if found else None


def _skip_part(here: HelpContext) -> HelpOption | None:
    found = link_targets.find_next_part(here.course, here.t)
    if found is None or not _is_lesson(here):
        return None
    begin, end, title = found
    return HelpOption(SKIP_AHEAD, NEXT_IS, jump=(begin, end), names={"unit": title})


def _skip_to_question(here: HelpContext) -> HelpOption | None:
    found = link_targets.find_harder_question(here.course, now=here.now)
    if found is None:
        return None
    text = gettext_noop(
        "The questions you skip stay where they are. You can do them later, or not at all."
    )
    return HelpOption(gettext_noop("Skip to a challenge"), text, link_targets.question_url(found))


def _skip_to_unit(here: HelpContext) -> HelpOption | None:
    sitting = here.course.sitting
    unit = link_targets.find_next_unit(sitting.learner, sitting.unit, now=here.now)
    if unit is None:
        return None
    return HelpOption(SKIP_AHEAD, NEXT_IS, link_targets.unit_url(unit), names={"unit": unit.title})
