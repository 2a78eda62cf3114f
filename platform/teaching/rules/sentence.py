"""A Rule as a sentence with slots: the words for what it looks at, and what a slot may hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from interventions.signals import SIGNALS, Signal

Pair = tuple[str, str]
SAYS: Final[Mapping[str, str]] = {
    "wrong_on_item": "answers on this question that were not right:",
    "answers_on_item": "answers on this question:",
    "rewinds_60s": "going back in the video within a minute:",
    "replays_here": "replays of this part of the video:",
    "hints_open": "hints opened on this question:",
    "correct_streak": "right answers in a row:",
    "wrong_streak": "answers in a row that were not right:",
    "course_idle_s": "time since the last step in the lesson:",
    "mastery": "what they probably know of this skill:",
    "predicted_success": "the chance of a right answer:",
    "self_stuck": "“I\u2019m stuck” was pressed:",
    "self_got_it": "“Got it” was pressed:",
    "active_min": "time at work without a break:",
}
KINDS: Final[Mapping[str, str]] = {
    "hint": "a hint",
    "worked_step": "a worked step",
    "jump_back": "seeing a part again",
    "easier": "an easier question",
    "harder": "a harder question",
    "break": "a break",
    "challenge": "a challenge",
    "message": "a message",
    "adjust": "another pace",
    "ask_teacher": "asking you",
}
OPERATORS: Final[Mapping[str, str]] = {
    ">=": "at least",
    ">": "more than",
    "<=": "at most",
    "<": "less than",
}
YES_NO: Final = (("true", "yes"), ("false", "no"))
COUNTS: Final = (0, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20)
SECONDS: Final = (0, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1800, 3600, 86400)
MINUTES: Final = (5, 10, 15, 20, 30, 45, 60, 90)
PARTS: Final = tuple(round(0.05 * step, 2) for step in range(1, 20))
SCENARIOS: Final[Mapping[str, str]] = {
    "course": "the course",
    "practice_test": "a practice test",
    "graded_test": "a graded test",
    "discussion": "a discussion",
}
FEELINGS: Final = frozenset(
    {"interest", "boredom", "happiness", "confusion", "frustration", "distraction"}
)


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Slot:
    """One listbox of the sentence. `was` is what the version that is on has there."""

    name: str
    label: str
    source: str
    options: tuple[Option, ...]
    was: str = ""
    error: str = ""

    @property
    def id(self) -> str:
        return f"slot-{self.name}"


def source_of(signal: Signal) -> str:
    """Where the mark of a slot says that it comes from."""
    if signal.biometric:
        return "sensed"
    return "self" if signal.sources == ("self",) else "course"


def says(name: str) -> str:
    """The beginning of a comparison, as it reads in the sentence."""
    signal = SIGNALS[name]
    if name in FEELINGS:
        return f"a pattern like {signal.name}:"
    return SAYS.get(name) or f"{_lower(signal.label).replace('your', 'their')}:"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def signal_options() -> tuple[Pair, ...]:
    """Everything a rule may look at: what was done, then what was said, then what is guessed."""
    order = ("course", "self", "sensed")
    rows = sorted(SIGNALS.values(), key=lambda row: (order.index(source_of(row)), says(row.name)))
    return tuple((row.name, says(row.name).rstrip(":")) for row in rows)


def value_options(signal: Signal) -> tuple[Pair, ...]:
    """The values a slot of this signal offers."""
    if signal.type == "flag":
        return YES_NO
    if signal.type == "code":
        return tuple((value, SCENARIOS.get(value, value)) for value in signal.values)
    numbers: Mapping[str, Sequence[float]] = {
        "s": SECONDS,
        "min": MINUTES,
        "probability": PARTS,
    }
    found = numbers.get(signal.unit, COUNTS)
    return tuple((f"{value:g}", value_words(signal, value)) for value in found)


def value_words(signal: Signal, value: Any) -> str:
    """A value as it reads in the sentence."""
    if signal.type != "number" or not isinstance(value, int | float):
        return dict(YES_NO).get(str(value).lower()) or SCENARIOS.get(str(value), str(value))
    if signal.unit == "probability":
        likely = " likely" if signal.biometric or signal.name == "predicted_success" else ""
        return f"{100 * value:.0f} %{likely}"
    if signal.unit in ("s", "min"):
        return duration(value * (60 if signal.unit == "min" else 1))
    return "once" if value == 1 else f"{value:g} times" if value else "never"


def duration(seconds: float) -> str:
    """20 seconds, 5 minutes, 1 day."""
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds and seconds % size == 0:
            return _many(seconds / size, name)
    return _many(seconds, "second")


def _many(count: float, name: str) -> str:
    return f"{count:g} {name}" if count == 1 else f"{count:g} {name}s"


def listed(pairs: Iterable[Pair], chosen: str, words: str) -> tuple[Option, ...]:
    """The options of a slot; a value that is not among them is put first, so that it is kept."""
    pairs = tuple(pairs)
    if chosen not in {value for value, _ in pairs}:
        pairs = ((chosen, words), *pairs)
    return tuple(Option(value, label, value == chosen) for value, label in pairs)


def seconds_pairs(numbers: Iterable[float]) -> tuple[Pair, ...]:
    return tuple((f"{number:g}", duration(number)) for number in numbers)


def tell(part: Any) -> str:
    """A condition of any form in words, for one that has no slots."""
    if "cmp" in part:
        return _told(*part["cmp"][:3])
    if "not" in part:
        return f"not ({tell(part['not'])})"
    word = "all" if "all" in part else "any"
    told = [f"({tell(row)})" if set(row) - {"cmp"} else tell(row) for row in part[word]]
    return (" and " if word == "all" else " or ").join(told)


def _told(name: str, op: str, value: Any) -> str:
    signal = SIGNALS[name]
    words = "likely enough" if value == "threshold" else value_words(signal, value)
    compared = f"{OPERATORS[op]} " if op in OPERATORS and value != "threshold" else ""
    return f"{says(name)} {compared}{words}"
