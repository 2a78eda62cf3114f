"""The slots of a draft, filled in: what is chosen, what it was before, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from interventions.signals import SIGNALS
from teaching.rules.drafts import NEVER, Body, Leaf, clauses_of, kinds_of, parts_of
from teaching.rules.sentence_builder import (
    KINDS,
    OPERATORS,
    Pair,
    Slot,
    duration,
    listed,
    says,
    seconds_pairs,
    signal_options,
    source_of,
    tell,
    times,
    value_options,
    value_words,
)
from teaching.rules.validation import Checked

DWELL = (0, 5, 10, 15, 20, 30, 45, 60, 90, 120)
COOLDOWN = (0, 60, 120, 180, 300, 600, 900, 1800)
PER = (600, 900, 1800, 3600, 86400)
CAP = (1, 2, 3, 4, 5, 6, 8, 10)
# What a rule may do to the level of the questions that come, as one choice beside the kinds.
WAYS = {
    "adjust-easier": lazy("easier questions for a while"),
    "adjust-harder": lazy("harder questions for a while"),
}
NEVER_WORDS = {
    "hidden": lazy("another tab is in front"),
    "got_it": lazy("the learner pressed “Got it”"),
    "practice": lazy("the learner is taking a practice test"),
    "run": lazy("the last three answers were correct"),
    "put_aside": lazy("the learner dismissed a suggestion in the last 10 minutes"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison of the sentence; `drop` takes it out, "" for the only one."""

    slots: tuple[Slot, ...]
    exit: Slot | None
    drop: str
    last: bool


@dataclass(frozen=True, slots=True)
class Clause:
    """Comparisons of which one must hold, or a condition kept as it is, in words."""

    rows: tuple[Row, ...]
    kept: str
    add: str
    drop: str
    last: bool


@dataclass(frozen=True, slots=True)
class Box:
    name: str
    label: str
    on: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    """All that stands in the studio's sentence. `offers` is empty for a rule that suppresses."""

    clauses: tuple[Clause, ...]
    shape: str
    dwell: Slot
    cooldown: Slot
    offers: tuple[Slot, ...]
    cap: Slot | None
    per: Slot | None
    never: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class _Draft:
    body: Body
    base: Body | None
    checked: Checked

    def slot(
        self,
        name: str,
        label: str,
        source: str,
        pairs: Iterable[Pair],
        now: tuple[str, str],
        was: tuple[str, str] | None,
    ) -> Slot:
        """`now` and `was` are a value and its words; `was` is None where nothing was before."""
        before = was[1] if was and was[0] != now[0] else ""
        error = self.checked.why if self.checked.slot == name else ""
        return Slot(name, label, source, listed(pairs, *now), before, error)


def sentence_of(body: Body, base: Body | None, checked: Checked) -> Sentence:
    """`base` is the version that is on, None for a new rule."""
    draft = _Draft(body, base, checked)
    clauses = clauses_of(body)
    rows = [_clause(draft, i, clause, len(clauses)) for i, clause in enumerate(clauses)]
    shape = ",".join(str(len(c)) if c else f"k{_kept(draft, i)}" for i, c in enumerate(clauses))
    offers = bool(body["step"] or checked.slot == "kind-0")
    return Sentence(
        tuple(rows),
        shape,
        _seconds(draft, "dwell", _("Waiting time"), DWELL, "dwell_s"),
        _seconds(draft, "cooldown", _("Minimum time between suggestions"), COOLDOWN, "cooldown_s"),
        tuple(_kind(draft, n) for n in (0, 1)) if offers else (),
        _cap(draft) if offers else None,
        _per(draft) if offers else None,
        tuple(_never(draft)) if offers else (),
    )


def _kept(draft: _Draft, i: int) -> int:
    """Which clause of the version it began from this one is."""
    return parts_of(draft.base).index(parts_of(draft.body)[i]) if draft.base else i


def _clause(draft: _Draft, i: int, clause: list[Leaf] | None, count: int) -> Clause:
    last = i == count - 1
    if clause is None:
        drop = f"drop-{i}" if count > 1 else ""
        return Clause((), tell(parts_of(draft.body)[i]), "", drop, last)
    alone = count == 1 and len(clause) == 1
    rows = [_row(draft, leaf, "" if alone else f"drop-{leaf.at}", clause) for leaf in clause]
    return Clause(tuple(rows), "", f"or-{i}", "", last)


def _row(draft: _Draft, leaf: Leaf, drop: str, clause: list[Leaf]) -> Row:
    last = leaf is clause[-1]
    before = _before(draft, leaf)
    signal = SIGNALS.get(leaf.signal)
    now = (leaf.signal, says(leaf.signal).rstrip(":") if signal else leaf.signal)
    was = (before.signal, says(before.signal).rstrip(":")) if before else None
    source = source_of(signal) if signal else "course"
    first = draft.slot(f"signal-{leaf.at}", _("Signal"), source, signal_options(), now, was)
    if signal is None:
        return Row((first,), None, drop, last)
    same = before if before and before.signal == leaf.signal else None
    slots = [first]
    if signal.type == "number":
        slots.append(_op(draft, leaf, source, same))
    slots.append(_value(draft, leaf, source, same))
    ends = _exit(draft, leaf, source, same) if leaf.exit is not None else None
    return Row(tuple(slots), ends, drop, last)


def _before(draft: _Draft, leaf: Leaf) -> Leaf | None:
    """What stood at this place in the version that is on."""
    clauses = clauses_of(draft.base) if draft.base else []
    clause = clauses[leaf.i] if leaf.i < len(clauses) else None
    return clause[leaf.j] if clause and leaf.j < len(clause) else None


def _op(draft: _Draft, leaf: Leaf, source: str, same: Leaf | None) -> Slot:
    was = (same.op, str(OPERATORS[same.op])) if same and same.op in OPERATORS else None
    pairs = [(op, str(words)) for op, words in OPERATORS.items()]
    now = (leaf.op, str(OPERATORS.get(leaf.op, leaf.op)))
    return draft.slot(f"op-{leaf.at}", _("Comparison"), source, pairs, now, was)


def _value(draft: _Draft, leaf: Leaf, source: str, same: Leaf | None) -> Slot:
    signal = SIGNALS[leaf.signal]
    now = (_text(leaf.value), value_words(signal, leaf.value))
    was = (_text(same.value), value_words(signal, same.value)) if same else None
    name = f"value-{leaf.at}"
    return draft.slot(name, _("Value"), source, value_options(signal), now, was)


def _exit(draft: _Draft, leaf: Leaf, source: str, same: Leaf | None) -> Slot:
    signal = SIGNALS[leaf.signal]
    now = (_text(leaf.exit), value_words(signal, leaf.exit))
    was = (_text(same.exit), value_words(signal, same.exit)) if same else None
    name = f"exit-{leaf.at}"
    return draft.slot(name, _("Stops at"), source, value_options(signal), now, was)


def _seconds(draft: _Draft, name: str, label: str, numbers: Iterable[float], key: str) -> Slot:
    was = _duration(draft.base[key]) if draft.base else None
    source = "sensed" if name == "dwell" and _guesses(draft.body) else ""
    pairs = seconds_pairs(numbers)
    return draft.slot(name, label, source, pairs, _duration(draft.body[key]), was)


def _guesses(body: Body) -> bool:
    return bool(body["enter"])


def _duration(value: Any) -> tuple[str, str]:
    known = isinstance(value, int | float)
    return _text(value), duration(value) if known else str(value)


def _kind(draft: _Draft, n: int) -> Slot:
    kept = {kind: words for kind, words in KINDS.items() if kind != "adjust"} | WAYS
    named = [(kind, str(words)) for kind, words in kept.items()]
    pairs = [*named, *([("", _("nothing else"))] if n else [])]
    kinds = [*kinds_of(draft.body), "", ""]
    before = [*kinds_of(draft.base), "", ""] if draft.base else None
    names = dict(pairs)
    now = (kinds[n], names.get(kinds[n], _("select one")))
    was = (before[n], names.get(before[n], _("nothing"))) if before else None
    label = _("Alternative if that is not possible") if n else _("Help suggested")
    return draft.slot(f"kind-{n}", label, "", pairs, now, was)


def _cap(draft: _Draft) -> Slot:
    pairs = [(f"{n}", times(n)) for n in CAP]
    now, was = draft.body["cap"]["offers"], draft.base and draft.base["cap"]["offers"]
    before = (_text(was), times(was)) if was else None
    return draft.slot("cap", _("Maximum number"), "", pairs, (_text(now), times(now)), before)


def _per(draft: _Draft) -> Slot:
    was = _duration(draft.base["cap"]["per_s"]) if draft.base else None
    now = _duration(draft.body["cap"]["per_s"])
    return draft.slot("per", _("Period"), "", seconds_pairs(PER), now, was)


def _never(draft: _Draft) -> Iterable[Box]:
    rows = [row["cmp"] for row in draft.body["contraindications"]]
    return (Box(f"never-{name}", str(NEVER_WORDS[name]), NEVER[name] in rows) for name in NEVER)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else str(value)
