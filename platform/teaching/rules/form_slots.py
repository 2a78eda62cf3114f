"""Slots of a rule draft: the current value, the value of the active version, and the error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from interventions.signals import SIGNALS
from teaching.rules.drafts import (
    EXCLUSIONS,
    RATE,
    Body,
    RuleComparison,
    clauses_of,
    kinds_of,
    parts_of,
)
from teaching.rules.sentence_builder import (
    KINDS,
    OPERATORS,
    Pair,
    Slot,
    describe_condition,
    format_duration,
    format_times,
    make_options,
    seconds_pairs,
    signal_options,
    signal_text,
    source_of,
    value_options,
    value_words,
)
from teaching.rules.validation import CheckedRule

DWELL = (0, 5, 10, 15, 20, 30, 45, 60, 90, 120)
COOLDOWN = (0, 60, 120, 180, 300, 600, 900, 1800)
PERIODS = (600, 900, 1800, 3600, 86400)
CAP = (1, 2, 3, 4, 5, 6, 8, 10)
# Changes of difficulty, listed in the same choice as the kinds of help.
ADJUST_OPTIONS = {
    "adjust-easier": lazy("easier questions for a while"),
    "adjust-harder": lazy("harder questions for a while"),
}
EXCLUSION_TEXTS = {
    "hidden": lazy("another tab is in front"),
    "got_it": lazy("the learner pressed “Got it”"),
    "practice": lazy("the learner is taking a practice test"),
    "run": lazy("the last three answers were correct"),
    "put_aside": lazy("the learner dismissed a suggestion in the last 10 minutes"),
}


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One comparison of the sentence; `drop` removes it, "" for the only one."""

    slots: tuple[Slot, ...]
    exit: Slot | None
    drop: str
    last: bool


@dataclass(frozen=True, slots=True)
class ClauseSlots:
    """Comparisons of which one must hold, or in `kept` a condition of another form in words."""

    rows: tuple[ComparisonRow, ...]
    kept: str
    add: str
    drop: str
    last: bool


@dataclass(frozen=True, slots=True)
class ExclusionBox:
    name: str
    label: str
    on: bool


@dataclass(frozen=True, slots=True)
class RuleSentence:
    """All slots of the editor's sentence. `offers` is empty for a rule that only suppresses."""

    clauses: tuple[ClauseSlots, ...]
    shape: str
    dwell: Slot
    cooldown: Slot
    offers: tuple[Slot, ...]
    cap: Slot | None
    per: Slot | None
    never: tuple[ExclusionBox, ...]


@dataclass(frozen=True, slots=True)
class _Draft:
    body: Body
    base: Body | None
    checked: CheckedRule

    def slot(
        self,
        name: str,
        label: str,
        source: str,
        pairs: Iterable[Pair],
        now: tuple[str, str],
        was: tuple[str, str] | None,
    ) -> Slot:
        """Return a slot; `now` and `was` are (value, words), and `was` is None for a new slot."""
        before = was[1] if was and was[0] != now[0] else ""
        error = self.checked.why if self.checked.slot == name else ""
        return Slot(name, label, source, make_options(pairs, *now), before, error)


def build_sentence(body: Body, base: Body | None, checked: CheckedRule) -> RuleSentence:
    """Return the slots of a draft; `base` is the active version, None for a new rule."""
    draft = _Draft(body, base, checked)
    clauses = clauses_of(body)
    rows = [_clause_slots(draft, i, clause, len(clauses)) for i, clause in enumerate(clauses)]
    shape = ",".join(
        str(len(c)) if c else f"k{_base_index(draft, i)}" for i, c in enumerate(clauses)
    )
    offers = bool(body["step"] or checked.slot == "kind-0")
    return RuleSentence(
        tuple(rows),
        shape,
        _seconds_slot(draft, "dwell", _("Waiting time"), DWELL, "dwell_s"),
        _seconds_slot(
            draft, "cooldown", _("Minimum time between suggestions"), COOLDOWN, "cooldown_s"
        ),
        tuple(_kind_slot(draft, n) for n in (0, 1)) if offers else (),
        _cap_slot(draft) if offers else None,
        _period_slot(draft) if offers else None,
        tuple(_exclusion_boxes(draft)) if offers else (),
    )


def _base_index(draft: _Draft, i: int) -> int:
    """Return the index of this clause in the version from which the draft started."""
    return parts_of(draft.base).index(parts_of(draft.body)[i]) if draft.base else i


def _clause_slots(
    draft: _Draft, i: int, clause: list[RuleComparison] | None, count: int
) -> ClauseSlots:
    last = i == count - 1
    if clause is None:
        drop = f"drop-{i}" if count > 1 else ""
        return ClauseSlots((), describe_condition(parts_of(draft.body)[i]), "", drop, last)
    is_only = count == 1 and len(clause) == 1
    rows = [
        _comparison_row(draft, leaf, "" if is_only else f"drop-{leaf.suffix}", clause)
        for leaf in clause
    ]
    return ClauseSlots(tuple(rows), "", f"or-{i}", "", last)


def _comparison_row(
    draft: _Draft, leaf: RuleComparison, drop: str, clause: list[RuleComparison]
) -> ComparisonRow:
    last = leaf is clause[-1]
    before = _comparison_before(draft, leaf)
    signal = SIGNALS.get(leaf.signal)
    now = (leaf.signal, signal_text(leaf.signal).rstrip(":") if signal else leaf.signal)
    was = (before.signal, signal_text(before.signal).rstrip(":")) if before else None
    source = source_of(signal) if signal else "course"
    first = draft.slot(f"signal-{leaf.suffix}", _("Signal"), source, signal_options(), now, was)
    if signal is None:
        return ComparisonRow((first,), None, drop, last)
    same = before if before and before.signal == leaf.signal else None
    slots = [first]
    if signal.type == "number" and not RATE.fullmatch(str(leaf.value)):
        slots.append(_operator_slot(draft, leaf, source, same))
    slots.append(_value_slot(draft, leaf, source, same))
    exit_slot = _exit_slot(draft, leaf, source, same) if leaf.exit is not None else None
    return ComparisonRow(tuple(slots), exit_slot, drop, last)


def _comparison_before(draft: _Draft, leaf: RuleComparison) -> RuleComparison | None:
    """Return the comparison at this position in the active version."""
    clauses = clauses_of(draft.base) if draft.base else []
    clause = clauses[leaf.i] if leaf.i < len(clauses) else None
    return clause[leaf.j] if clause and leaf.j < len(clause) else None


def _operator_slot(
    draft: _Draft, leaf: RuleComparison, source: str, same: RuleComparison | None
) -> Slot:
    was = (same.op, str(OPERATORS[same.op])) if same and same.op in OPERATORS else None
    pairs = [(op, str(words)) for op, words in OPERATORS.items()]
    now = (leaf.op, str(OPERATORS.get(leaf.op, leaf.op)))
    return draft.slot(f"op-{leaf.suffix}", _("Comparison"), source, pairs, now, was)


def _value_slot(
    draft: _Draft, leaf: RuleComparison, source: str, same: RuleComparison | None
) -> Slot:
    signal = SIGNALS[leaf.signal]
    now = (_text(leaf.value), value_words(signal, leaf.value))
    was = (_text(same.value), value_words(signal, same.value)) if same else None
    name = f"value-{leaf.suffix}"
    return draft.slot(name, _("Value"), source, value_options(signal), now, was)


def _exit_slot(
    draft: _Draft, leaf: RuleComparison, source: str, same: RuleComparison | None
) -> Slot:
    signal = SIGNALS[leaf.signal]
    now = (_text(leaf.exit), value_words(signal, leaf.exit))
    was = (_text(same.exit), value_words(signal, same.exit)) if same else None
    name = f"exit-{leaf.suffix}"
    return draft.slot(name, _("Stops at"), source, value_options(signal), now, was)


def _seconds_slot(draft: _Draft, name: str, label: str, numbers: Iterable[float], key: str) -> Slot:
    was = _duration(draft.base[key]) if draft.base else None
    source = "sensed" if name == "dwell" and _uses_estimates(draft.body) else ""
    pairs = seconds_pairs(numbers)
    return draft.slot(name, label, source, pairs, _duration(draft.body[key]), was)


def _uses_estimates(body: Body) -> bool:
    return bool(body["enter"])


def _duration(value: Any) -> tuple[str, str]:
    known = isinstance(value, int | float)
    return _text(value), format_duration(value) if known else str(value)


def _kind_slot(draft: _Draft, n: int) -> Slot:
    kinds_shown = {
        kind: words for kind, words in KINDS.items() if kind != "adjust"
    } | ADJUST_OPTIONS
    named = [(kind, str(words)) for kind, words in kinds_shown.items()]
    pairs = [*named, *([("", _("nothing else"))] if n else [])]
    kinds = [*kinds_of(draft.body), "", ""]
    before = [*kinds_of(draft.base), "", ""] if draft.base else None
    names = dict(pairs)
    now = (kinds[n], names.get(kinds[n], _("select one")))
    was = (before[n], names.get(before[n], _("nothing"))) if before else None
    label = _("Alternative if that is not possible") if n else _("Help suggested")
    return draft.slot(f"kind-{n}", label, "", pairs, now, was)


def _cap_slot(draft: _Draft) -> Slot:
    pairs = [(f"{n}", format_times(n)) for n in CAP]
    now, was = draft.body["cap"]["offers"], draft.base and draft.base["cap"]["offers"]
    before = (_text(was), format_times(was)) if was else None
    return draft.slot(
        "cap", _("Maximum number"), "", pairs, (_text(now), format_times(now)), before
    )


def _period_slot(draft: _Draft) -> Slot:
    was = _duration(draft.base["cap"]["per_s"]) if draft.base else None
    now = _duration(draft.body["cap"]["per_s"])
    return draft.slot("per", _("Period"), "", seconds_pairs(PERIODS), now, was)


def _exclusion_boxes(draft: _Draft) -> Iterable[ExclusionBox]:
    rows = [row["cmp"] for row in draft.body["contraindications"]]
    return (
        ExclusionBox(f"never-{name}", str(EXCLUSION_TEXTS[name]), EXCLUSIONS[name] in rows)
        for name in EXCLUSIONS
    )


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else str(value)
