"""What must hold before a Rule may be saved: the loader's own word, at the slot it is about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from adaptation.facts.estimate_facts import rules_use
from adaptation.rules import versions
from consent.legal_profiles import profiles
from interventions.json_reader import RuleError
from interventions.rules import Rule
from interventions.signals import SIGNALS
from teaching.rules.drafts import Body, Leaf, clauses_of

NO_NAME: Final = "C0"
RESTS, WAITS, KINDS, WORDS, SITE = range(5)
CHECKS: Final = (
    _("Is based on something the learner did or said, not on an estimate alone"),
    _("Waits before it acts, because most confusion passes by itself"),
    _("Suggests something, not too often, and never in a graded test"),
    _("Gives a reason in plain words, and a way to say no"),
    _("Allowed by the rules of this site"),
)
OF_PLACE: Final[Mapping[str, int]] = {
    "when": RESTS,
    "enter": RESTS,
    "exit": RESTS,
    "evidence_min": RESTS,
    "dwell_s": WAITS,
    "explain": WORDS,
    "title": WORDS,
}
PLAIN: Final = (
    (
        "a biometric signal needs",
        _("A rule cannot act on an estimate alone. Add something the learner did or said."),
    ),
    (
        "beside a guess",
        _("Select a waiting time of at least 10 seconds, because most confusion passes by itself."),
    ),
    ("the rules of this site allow no", _("This site’s rules do not allow this kind of estimate.")),
    (
        "expected it to be easier",
        _("“Stops at” cannot be stricter than the value that starts the rule."),
    ),
    ("either steps to offer", _("Select the help to suggest.")),
    ("expected one of easier", _("Select whether questions get easier or harder.")),
    ("expected a text", _("Enter text here.")),
)
# What else the loader says, with the words it names.
NAMING: Final = (
    (
        re.compile("a text for people does not say (.+) here"),
        _("This text cannot contain {}."),
    ),
    (re.compile("expected at most ([0-9]+) letters"), _("Use at most {} characters.")),
    (
        re.compile("expected places (.+), got (.+)"),
        _("Only these placeholders are allowed: {}. Remove {}."),
    ),
    (re.compile("expected (.+), got (.+)"), _("This must be {}, not {}.")),
)
LEAF_PLACE: Final = re.compile(r"when(?:\.all\[(\d+)\])?(?:\.any\[(\d+)\])?\.cmp(?:\[(\d)\])?")
IN_LEAF: Final = ("signal", "op", "value")


@dataclass(frozen=True, slots=True)
class Line:
    """One check: `state` is ok, no, or open (not looked at yet, because another one failed)."""

    text: str
    state: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome; `slot` is the name of the form field that the flaw is about."""

    lines: tuple[Line, ...]
    rule: Rule | None = None
    slot: str = ""
    place: str = ""
    why: str = ""


def guesses_allowed(now: datetime) -> bool:
    """Whether rules may read a guess here at all."""
    return rules_use(now) != "self_report_only"


def look(body: Body, *, now: datetime) -> Checked:
    """Read a draft as saving would."""
    whole = {"id": NO_NAME, "version": 1} | body
    try:
        rule = versions.check_draft(whole, guesses_allowed=guesses_allowed(now))
    except RuleError as flaw:
        return _flawed(body, flaw)
    return Checked(tuple(Line(text, "ok") for text in _texts()), rule)


def _texts() -> tuple[str, ...]:
    profile = profiles.current()
    site = _within(profile.title) if profile else gettext("none yet")
    return (*map(str, CHECKS[:-1]), f"{CHECKS[SITE]} ({site})")


def _within(title: str) -> str:
    """A title within a sentence: English writes it small, a translation stands as it is."""
    told = gettext(title)
    return title.lower() if told == title else told


def _flawed(body: Body, flaw: RuleError) -> Checked:
    _, place, message = str(flaw).split(": ", 2)
    failed = SITE if "rules of this site" in message else _check_of(place)
    why = _plain(message)
    lines = tuple(
        Line(text, "no", why) if number == failed else Line(text, "open")
        for number, text in enumerate(_texts())
    )
    return Checked(lines, None, _slot_of(body, place), place, why)


def _check_of(place: str) -> int:
    return OF_PLACE.get(re.split(r"[.\[]", place)[0], KINDS)


def _plain(message: str) -> str:
    if found := next((plain for part, plain in PLAIN if part in message), None):
        return str(found)
    named = ((form.fullmatch(message), plain) for form, plain in NAMING)
    told = next((plain.format(*match.groups()) for match, plain in named if match), None)
    return told or f"{message[:1].upper()}{message[1:]}."


def _slot_of(body: Body, place: str) -> str:
    """The field of the form that a place of the body came from."""
    if found := LEAF_PLACE.match(place):
        field = IN_LEAF[int(found[3] or 0)]
        return f"{field}-{found[1] or 0}-{found[2] or 0}"
    head, _, rest = place.partition(".")
    if head in ("when", "enter", "exit"):
        leaf = _leaf_of(body, rest)
        name = {"enter": "value", "exit": "exit"}.get(head, "signal")
        return f"{name}-{leaf.at}" if leaf else ""
    named = {"dwell_s": "dwell", "cooldown_s": "cooldown", "cap.offers": "cap", "cap.per_s": "per"}
    if place.startswith("explain.heading."):
        return f"heading-{place.rpartition('.')[2]}"
    if head in ("step", "adjust"):
        return "kind-0"
    return named.get(place) or place.rpartition(".")[2]


def _leaf_of(body: Body, signal: str) -> Leaf | None:
    """The comparison of this signal, else the first that is guessed."""
    leaves = [leaf for clause in clauses_of(body) for leaf in clause or ()]
    known = [leaf for leaf in leaves if leaf.signal in SIGNALS]
    named = [leaf for leaf in known if leaf.signal == signal]
    return next(iter(named or [row for row in known if SIGNALS[row.signal].biometric]), None)
