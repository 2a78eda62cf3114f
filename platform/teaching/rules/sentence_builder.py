"""A Rule as a sentence with slots: the words for its signals, and the options of each slot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext, pgettext_lazy

from accounts.name_order import by_name
from courses.percent_text import format_percent
from emotion.models.crossmodal.acting_rates import PER_HOUR, RATED
from interventions.signals import SIGNALS, RuleSignal

Pair = tuple[str, str]
# The start of a comparison; the listbox of all signals omits the colon.
SIGNAL_TEXTS: Final = {
    "wrong_on_item": lazy("incorrect answers on this question:"),
    "answers_on_item": lazy("answers on this question:"),
    "correct_streak": lazy("correct answers in a row:"),
    "wrong_streak": lazy("incorrect answers in a row:"),
    "course_idle_s": lazy("time since the last step in the lesson:"),
    "rewinds_60s": lazy("rewinds in the video within a minute:"),
    "hints_open": lazy("hints opened on this question:"),
    "replays_here": lazy("replays of this part of the video:"),
    "opportunities": lazy("first tries on this skill so far:"),
    "right_of_last_5": lazy("correct answers among the learner’s last five on this skill:"),
    "fast_right": lazy("correct answers in a row, each quicker than usual for the learner:"),
    "quick_answers": lazy("answers in a row that took under three seconds:"),
    "quick_hints": lazy("hints in a row that were open for under two seconds:"),
    "unlikely_after_help": lazy(
        "questions in a row that look hard for the learner, after help was used:"
    ),
    "wrong_before_right": lazy("incorrect answers just before the correct one:"),
    "stopped_s": lazy("time since the learner last did anything while a question is open:"),
    "predicted_success": lazy("the chance of a correct answer:"),
    "mastery": lazy("what the learner probably knows of this skill:"),
    "skills_known": lazy("skills of this unit the learner probably knows:"),
    "skills_in_unit": lazy("skills this unit teaches:"),
    "on_quiz": lazy("a question is open:"),
    "video_playing": lazy("the video is playing:"),
    "self_stuck": lazy("“I\u2019m stuck” was pressed:"),
    "self_got_it": lazy("“Got it” was pressed:"),
    "self_interest": lazy("the learner said “interested”:"),
    "self_boredom": lazy("the learner said “bored”:"),
    "self_happiness": lazy("the learner said “happy”:"),
    "self_confusion": lazy("the learner said “confused”:"),
    "self_frustration": lazy("the learner said “frustrated”:"),
    "self_distraction": lazy("the learner said “distracted”:"),
    "self_anxiety": lazy("the learner said “anxious”:"),
    "self_confidence": lazy("the learner said “confident”:"),
    "self_neutral": lazy("the learner said “neutral”:"),
    "interest": lazy("a pattern like interest:"),
    "boredom": lazy("a pattern like boredom:"),
    "happiness": lazy("a pattern like happiness:"),
    "confusion": lazy("a pattern like confusion:"),
    "frustration": lazy("a pattern like frustration:"),
    "distraction": lazy("a pattern like distraction:"),
    "engaged": lazy("a pattern that often goes with being absorbed:"),
    "valence": lazy("a pattern that often goes with a pleasant feeling:"),
    "arousal": lazy("a pattern that often goes with being tense or excited:"),
    "foursub_interest": lazy("a pattern like interest, over a minute:"),
    "foursub_boredom": lazy("a pattern like boredom, over a minute:"),
    "foursub_happiness": lazy("a pattern like happiness, over a minute:"),
    "foursub_confusion": lazy("a pattern like confusion, over a minute:"),
    "focused": lazy("a pattern that often goes with being on task:"),
    "struggling": lazy("a pattern that often goes with trying hard:"),
    "disengaged": lazy("a pattern that often goes with being away from the task:"),
    "hesitation": lazy("a pattern that often goes with hesitating:"),
    "eda_rise": lazy("a pattern that often goes with physiological arousal (skin conductance):"),
    "active_min": lazy("time working without a break:"),
    "away_s": lazy("time away from the page:"),
    "tab_hidden": lazy("another tab is in front:"),
    "scenario": lazy("type of activity:"),
    "paused": lazy("paused by the learner:"),
    "dismissed_s": lazy("time since the learner last dismissed a suggestion:"),
}
KINDS: Final = {
    "hint": lazy("a hint"),
    "worked_step": lazy("a worked step"),
    "jump_back": lazy("seeing a part again"),
    "easier": lazy("an easier question"),
    "harder": lazy("a harder question"),
    "break": lazy("a break"),
    "challenge": lazy("a challenge"),
    "message": lazy("a message"),
    "adjust": lazy("easier or harder questions for a while"),
    "ask_teacher": lazy("asking the teacher"),
}
OPERATORS: Final = {
    ">=": lazy("at least"),
    ">": lazy("more than"),
    "<=": lazy("at most"),
    "<": lazy("less than"),
}
YES_NO: Final = (("true", pgettext_lazy("answer", "yes")), ("false", pgettext_lazy("answer", "no")))
COUNTS: Final = (0, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20)
SECONDS: Final = (0, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1800, 3600, 86400)
MINUTES: Final = (5, 10, 15, 20, 30, 45, 60, 90)
PROBABILITIES: Final = tuple(round(0.05 * step, 2) for step in range(1, 20))
SCENARIOS: Final = {
    "course": lazy("the course"),
    "practice_test": lazy("a practice test"),
    "graded_test": lazy("a graded test"),
    "discussion": lazy("a discussion"),
}


@dataclass(frozen=True, slots=True)
class SlotOption:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Slot:
    """One listbox of the sentence. `was` is the value in the active version."""

    name: str
    label: str
    source: str
    options: tuple[SlotOption, ...]
    was: str = ""
    error: str = ""

    @property
    def id(self) -> str:
        return f"slot-{self.name}"


def source_of(signal: RuleSignal) -> str:
    """Return the source that is shown next to a slot."""
    if signal.biometric:
        return "sensed"
    return "self" if signal.sources == ("self",) else "course"


def signal_text(name: str) -> str:
    """Return the start of a comparison, as in the sentence."""
    return str(SIGNAL_TEXTS[name])


def join_or(words: Iterable[str]) -> str:
    """Join words: "a hint or a message"."""
    return f" {_('or')} ".join(words)


def signal_options() -> tuple[Pair, ...]:
    """Return every signal a rule may use: behaviour first, then self-reports, then estimates."""
    order = ("course", "self", "sensed")
    rows = by_name(SIGNALS.values(), lambda row: signal_text(row.name))
    rows.sort(key=lambda row: order.index(source_of(row)))
    return tuple((row.name, signal_text(row.name).rstrip(":")) for row in rows)


def value_options(signal: RuleSignal) -> tuple[Pair, ...]:
    """Return the values that a slot of this signal offers."""
    if signal.type == "flag":
        return tuple((value, str(words)) for value, words in YES_NO)
    if signal.type == "code":
        return tuple((value, str(SCENARIOS.get(value, value))) for value in signal.values)
    numbers: Mapping[str, Sequence[float]] = {
        "s": SECONDS,
        "min": MINUTES,
        "probability": PROBABILITIES,
    }
    found = numbers.get(signal.unit, COUNTS)
    rates = [f"{rate:g}/h" for rate in PER_HOUR] if signal.name in RATED else []
    values = [*rates, *(f"{value:g}" for value in found)]
    return tuple((value, value_words(signal, _as_number(value))) for value in values)


def _as_number(value: str) -> float | str:
    return value if value.endswith("/h") else float(value)


def value_words(signal: RuleSignal, value: Any) -> str:
    """Return a value as it reads in the sentence; "4/h" is a rate."""
    if isinstance(value, str) and value.endswith("/h") and signal.name in RATED:
        return _("so clear that it happens {rate}").format(rate=format_rate(float(value[:-2])))
    if signal.type != "number" or not isinstance(value, int | float):
        words = dict(YES_NO).get(str(value).lower()) or SCENARIOS.get(str(value))
        return str(words or value)
    if signal.unit == "probability":
        is_likelihood = signal.biometric or signal.name == "predicted_success"
        if not is_likelihood:
            return format_percent(100 * value)
        return _("{percent}% likely").format(percent=f"{100 * value:.0f}")
    if signal.unit in ("s", "min"):
        return format_duration(value * (60 if signal.unit == "min" else 1))
    return format_times(value) if value else _("never")


def format_times(n: Any) -> str:
    """Return "once" or "3 times"; a value that is not a number is inserted unchanged."""
    if n == 1:
        return _("once")
    return _("{n} times").format(n=_format_number(n) if isinstance(n, int | float) else n)


def format_rate(per_hour: float) -> str:
    """Return "about once an hour", "about 4 times an hour" or "about once in 2 hours"."""
    if per_hour < 1:
        return _("about once in {n} hours").format(n=_format_number(1 / per_hour))
    if per_hour == 1:
        return _("about once an hour")
    return _("about {n} times an hour").format(n=_format_number(per_hour))


def format_duration(seconds: float) -> str:
    """Return "20 seconds", "5 minutes" or "1 day"."""
    size = next((size for size in (86400, 3600, 60) if seconds and seconds % size == 0), 1)
    return _duration_text(seconds / size, size).format(n=_format_number(seconds / size))


def _duration_text(count: float, size: int) -> str:
    n = 1 if count == 1 else 2
    if size == 86400:
        return ngettext("{n} day", "{n} days", n)
    if size == 3600:
        return ngettext("{n} hour", "{n} hours", n)
    if size == 60:
        return ngettext("{n} minute", "{n} minutes", n)
    return ngettext("{n} second", "{n} seconds", n)


def _format_number(value: float) -> str:
    return str(number_format(f"{value:g}"))


def make_options(pairs: Iterable[Pair], chosen: str, words: str) -> tuple[SlotOption, ...]:
    """Return the options of a slot; an unlisted current value is added as the first."""
    pairs = tuple(pairs)
    if chosen not in {value for value, _ in pairs}:
        pairs = ((chosen, words), *pairs)
    return tuple(SlotOption(value, label, value == chosen) for value, label in pairs)


def seconds_pairs(numbers: Iterable[float]) -> tuple[Pair, ...]:
    return tuple((f"{number:g}", format_duration(number)) for number in numbers)


def describe_condition(part: Any) -> str:
    """Return a condition of any form in words, for one that has no slots."""
    if "cmp" in part:
        return _describe_comparison(*part["cmp"][:3])
    if "not" in part:
        return _("not ({condition})").format(condition=describe_condition(part["not"]))
    word = "all" if "all" in part else "any"
    parts = [
        f"({describe_condition(row)})" if set(row) - {"cmp"} else describe_condition(row)
        for row in part[word]
    ]
    return f" {_('and')} ".join(parts) if word == "all" else join_or(parts)


def _describe_comparison(name: str, op: str, value: Any) -> str:
    signal = SIGNALS[name]
    words = _("likely enough") if value == "threshold" else value_words(signal, value)
    compared = f"{OPERATORS[op]} " if op in OPERATORS and value != "threshold" else ""
    return f"{signal_text(name)} {compared}{words}"
