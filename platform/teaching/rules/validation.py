"""Checks of a Rule before it is saved; the loader's messages are shown at the slot they concern."""

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
from teaching.rules.drafts import Body, RuleComparison, clauses_of

NO_NAME: Final = "C0"
RESTS, WAITS, KINDS, WORDS, SITE = range(5)
CHECKS: Final = (
    _("Is based on something the learner did or said, not on an estimate alone"),
    _("Waits before it acts, because most confusion passes by itself"),
    _("Suggests something, not too often, and never in a graded test"),
    _("Gives a reason in plain words, and a way to say no"),
    _("Allowed by the rules of this site"),
)
CHECK_BY_FIELD: Final[Mapping[str, int]] = {
    "when": RESTS,
    "enter": RESTS,
    "exit": RESTS,
    "per_hour": RESTS,
    "evidence_min": RESTS,
    "dwell_s": WAITS,
    "explain": WORDS,
    "title": WORDS,
}
PLAIN_MESSAGES: Final = (
    (
        "a biometric signal needs",
        _("A rule cannot act on an estimate alone. Add something the learner did or said."),
    ),
    (
        "seconds with an estimate",
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
# Other messages of the loader, with the values they contain.
MESSAGE_PATTERNS: Final = (
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
LEAF_FIELDS: Final = ("signal", "op", "value")


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check; `state` is ok, no, or open (not checked yet, because another one failed)."""

    text: str
    state: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """The outcome of all checks; `slot` is the form field of the error."""

    lines: tuple[CheckLine, ...]
    rule: Rule | None = None
    slot: str = ""
    place: str = ""
    why: str = ""


def guesses_allowed(now: datetime) -> bool:
    """Return whether rules may use estimates on this site."""
    return rules_use(now) != "self_report_only"


def check_draft(body: Body, *, now: datetime) -> CheckedRule:
    """Check a draft as saving would."""
    whole = {"id": NO_NAME, "version": 1} | body
    try:
        rule = versions.check_draft(whole, guesses_allowed=guesses_allowed(now))
    except RuleError as flaw:
        return _failed_checks(body, flaw)
    return CheckedRule(tuple(CheckLine(text, "ok") for text in _check_texts()), rule)


def _check_texts() -> tuple[str, ...]:
    profile = profiles.current()
    site = _title_in_sentence(profile.title) if profile else gettext("none yet")
    return (*map(str, CHECKS[:-1]), f"{CHECKS[SITE]} ({site})")


def _title_in_sentence(title: str) -> str:
    """Return a title for use in a sentence: English in lower case, translations unchanged."""
    translated = gettext(title)
    return title.lower() if translated == title else translated


def _failed_checks(body: Body, flaw: RuleError) -> CheckedRule:
    _, place, message = str(flaw).split(": ", 2)
    failed = SITE if "rules of this site" in message else _check_of(place)
    why = _plain_message(message)
    lines = tuple(
        CheckLine(text, "no", why) if number == failed else CheckLine(text, "open")
        for number, text in enumerate(_check_texts())
    )
    return CheckedRule(lines, None, _slot_of(body, place), place, why)


def _check_of(place: str) -> int:
    return CHECK_BY_FIELD.get(re.split(r"[.\[]", place)[0], KINDS)


def _plain_message(message: str) -> str:
    if found := next((plain for part, plain in PLAIN_MESSAGES if part in message), None):
        return str(found)
    named = ((form.fullmatch(message), plain) for form, plain in MESSAGE_PATTERNS)
    text = next((plain.format(*match.groups()) for match, plain in named if match), None)
    return text or f"{message[:1].upper()}{message[1:]}."


def _slot_of(body: Body, place: str) -> str:
    """Return the form field from which this part of the body came."""
    if found := LEAF_PLACE.match(place):
        field = LEAF_FIELDS[int(found[3] or 0)]
        return f"{field}-{found[1] or 0}-{found[2] or 0}"
    head, _, rest = place.partition(".")
    if head in ("when", "enter", "exit", "per_hour"):
        leaf = _leaf_of(body, rest)
        name = {"enter": "value", "exit": "exit", "per_hour": "value"}.get(head, "signal")
        return f"{name}-{leaf.suffix}" if leaf else ""
    named = {"dwell_s": "dwell", "cooldown_s": "cooldown", "cap.offers": "cap", "cap.per_s": "per"}
    if place.startswith("explain.heading."):
        return f"heading-{place.rpartition('.')[2]}"
    if head in ("step", "adjust"):
        return "kind-0"
    return named.get(place) or place.rpartition(".")[2]


def _leaf_of(body: Body, signal: str) -> RuleComparison | None:
    """Return the comparison of this signal, else the first biometric one."""
    leaves = [leaf for clause in clauses_of(body) for leaf in clause or ()]
    known = [leaf for leaf in leaves if leaf.signal in SIGNALS]
    named = [leaf for leaf in known if leaf.signal == signal]
    return next(iter(named or [row for row in known if SIGNALS[row.signal].biometric]), None)
