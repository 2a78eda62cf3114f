"""Convert the fields of the rule form to the body of a Rule, and back.

Conditions are clauses that must all hold; each clause is a choice of comparisons. A clause of any
other form (some built-in rules have one) is copied unchanged from the version the draft started
from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext_noop as noop

from adaptation.models import RuleVersion
from emotion.models.crossmodal.acting_rates import RATED
from interventions import catalogue
from interventions.signals import SIGNALS, RuleSignal

Body = dict[str, Any]
Fields = Mapping[str, str]
Grid = list[str | list[dict[str, str]]]
MOST_CLAUSES: Final = 6
MOST_CHOICES: Final = 4
# The value of a comparison by its rate, such as "4/h".
RATE: Final = re.compile(r"(\d+(?:\.\d+)?)/h")
PLACE: Final = re.compile(r"[0-9]{1,3}")
COMPARISON_FIELDS: Final = ("signal", "op", "value", "exit")
USUAL_PROBABILITY: Final = 0.6
EXIT_GAP: Final = 0.15
THRESHOLDS: Final = ("enter", "exit", "per_hour")
ALWAYS_EXCLUDED: Final = (["scenario", "==", "graded_test"], ["paused", "==", True])
EXCLUSIONS: Final[Mapping[str, list[Any]]] = {
    "hidden": ["tab_hidden", "==", True],
    "got_it": ["self_got_it", "==", True],
    "practice": ["scenario", "==", "practice_test"],
    "run": ["correct_streak", ">=", 3],
    "put_aside": ["dismissed_s", "<", 600],
}
# Stored in the source language; readers see them translated.
HEADINGS: Final[Mapping[str, str]] = {
    "hint": noop("Want a hint for this question?"),
    "worked_step": noop("Want to see the next step worked out?"),
    "jump_back": noop("Want to see this part again?"),
    "easier": noop("Want an easier question next?"),
    "harder": noop("Want a harder question next?"),
    "break": noop("Want a short break?"),
    "challenge": noop("Want to skip ahead to a challenge?"),
    "message": noop("Want to read this in different words?"),
    "adjust": noop("The next three questions here have a different difficulty."),
    "ask_teacher": noop("Want to ask your teacher about this?"),
}
BLANK_RULE: Final[Body] = {
    "title": noop("Untitled rule"),
    "author": noop("your teacher"),
    "priority": 50,
    "when": {"all": [{"cmp": ["wrong_on_item", ">=", 2]}]},
    "enter": {},
    "exit": {},
    "scenarios": {},
    "dwell_s": 20,
    "cooldown_s": 300,
    "cap": {"offers": 4, "per_s": 1800, "per": "rule"},
    "contraindications": [
        {"cmp": each} for each in (*ALWAYS_EXCLUDED, EXCLUSIONS["hidden"], EXCLUSIONS["got_it"])
    ],
    "step": ["hint"],
    "explain": {
        "heading": {"hint": HEADINGS["hint"]},
        "lead": "{evidence}",
        "waits": noop("It waits {dwell} seconds, so that you can try on your own first."),
    },
    "evidence_min": 1,
    "precision": 0.5,
    "probability": 1,
    "suppresses": [],
    "critical": False,
}


@dataclass(frozen=True, slots=True)
class RuleComparison:
    """One comparison at its position: clause `i`, choice `j`."""

    i: int
    j: int
    signal: str
    op: str
    value: Any
    exit: Any = None

    @property
    def suffix(self) -> str:
        return f"{self.i}-{self.j}"


Comparisons = list[RuleComparison] | None


def kinds_of(body: Body) -> list[str]:
    """Return the kinds of help as the form names them: `adjust` with its direction."""
    way = body.get("adjust", "")
    return [f"{kind}-{way}" if kind == "adjust" else kind for kind in body["step"]]


@cache
def _shipped_json(rule: str) -> str:
    return (Path(catalogue.__file__).parent / f"{rule}.json").read_text("utf-8")


def body_of(rule: str, version: RuleVersion | None) -> Body:
    """Return a fresh copy of the body from which a draft starts."""
    found: Body = json.loads(_shipped_json(rule) if version is None else json.dumps(version.body))
    return found


def parts_of(body: Body) -> list[Any]:
    when = body["when"]
    return list(when["all"]) if set(when) == {"all"} else [when]


def clauses_of(body: Body) -> list[Comparisons]:
    """Return the clauses as comparisons; None for a clause of another form."""
    return [_comparisons(body, i, part) for i, part in enumerate(parts_of(body))]


def _comparisons(body: Body, i: int, part: Any) -> Comparisons:
    rows = part.get("any", [part])
    if any(set(row) != {"cmp"} for row in rows):
        return None
    return [_make_comparison(body, i, j, row["cmp"]) for j, row in enumerate(rows)]


def _make_comparison(body: Body, i: int, j: int, row: list[Any]) -> RuleComparison:
    signal, op, value = row[:3]
    if value != "threshold":
        return RuleComparison(i, j, signal, op, value)
    if signal in body.get("per_hour", ()):
        return RuleComparison(i, j, signal, op, f"{body['per_hour'][signal]:g}/h")
    return RuleComparison(i, j, signal, op, body["enter"].get(signal), body["exit"].get(signal))


def read_draft(fields: Fields, base: Body) -> Body:
    """Return the draft that the fields describe, based on `base`; it may be invalid."""
    body: Body = json.loads(json.dumps(base))
    body |= {key: {} for key in THRESHOLDS}
    shape = [part for part in fields.get("shape", "1").split(",") if part][:MOST_CLAUSES]
    parts = [_read_clause(fields, base, body, i, size) for i, size in enumerate(shape)]
    body["when"] = {"all": parts} if len(parts) > 1 or "all" in base["when"] else parts[0]
    if any(body[key] != base.get(key, {}) for key in THRESHOLDS):
        body["scenarios"] = {}
    if not body["per_hour"]:
        del body["per_hour"]
    body["title"] = fields.get("title", base["title"])
    body["dwell_s"] = _parse_number(fields.get("dwell", base["dwell_s"]))
    body["cooldown_s"] = _parse_number(fields.get("cooldown", base["cooldown_s"]))
    if base["step"]:
        _read_offer(fields, base, body)
    return body


def _read_offer(fields: Fields, base: Body, body: Body) -> None:
    """Read what only a rule with an offer has: kinds, a cap, exclusions, texts."""
    kinds = [fields.get(f"kind-{n}", "").partition("-") for n in (0, 1)]
    body["step"] = list(dict.fromkeys(kind for kind, _, _ in kinds if kind))
    body.pop("adjust", None)
    body |= {kind: direction for kind, _, direction in kinds if kind == "adjust"}
    body["cap"] = base["cap"] | {
        "offers": _parse_number(fields.get("cap", base["cap"]["offers"])),
        "per_s": _parse_number(fields.get("per", base["cap"]["per_s"])),
    }
    never = [EXCLUSIONS[name] for name in EXCLUSIONS if fields.get(f"never-{name}")]
    own = [row["cmp"] for row in base["contraindications"]]
    others = [row for row in own if row not in (*ALWAYS_EXCLUDED, *EXCLUSIONS.values())]
    body["contraindications"] = [{"cmp": row} for row in (*ALWAYS_EXCLUDED, *never, *others)]
    headings = base["explain"]["heading"]
    body["explain"] = {
        "heading": {kind: _heading(fields, headings, kind) for kind in body["step"]},
        "lead": fields.get("lead", base["explain"]["lead"]),
        "waits": fields.get("waits", base["explain"]["waits"]),
    }
    _keep_said_leads(base, body)


def _keep_said_leads(base: Body, body: Body) -> None:
    """Keep the leads for the Learner's own words, unless the lead or their signal was replaced."""
    leads = base["explain"].get("said", {})
    signals = {row[0] for row in _compared_rows(body["when"])}
    kept = {name: text for name, text in leads.items() if name in signals}
    if kept and body["explain"]["lead"] == base["explain"]["lead"]:
        body["explain"]["said"] = kept


def _heading(fields: Fields, headings: Mapping[str, str], kind: str) -> str:
    return fields.get(f"heading-{kind}") or headings.get(kind) or HEADINGS.get(kind, "")


def _read_clause(fields: Fields, base: Body, body: Body, i: int, size: str) -> Any:
    if size.startswith("k") and PLACE.fullmatch(size[1:]) and int(size[1:]) < len(parts_of(base)):
        part = parts_of(base)[int(size[1:])]
        signals = _thresholds(part)
        for key in THRESHOLDS:
            given = base.get(key, {})
            body[key] |= {signal: given[signal] for signal in signals if signal in given}
        return part
    count = int(size) if PLACE.fullmatch(size) else 1
    rows = [{"cmp": _read_comparison(fields, base, body, f"{i}-{j}")} for j in range(max(1, count))]
    return rows[0] if len(rows) == 1 else {"any": rows}


def _thresholds(part: Any) -> list[str]:
    """Return the signals in a clause that are compared with a threshold."""
    return [row[0] for row in _compared_rows(part) if row[2] == "threshold"]


def _compared_rows(part: Any) -> list[list[Any]]:
    """Return the comparisons in a clause of any form."""
    if "cmp" in part:
        return [part["cmp"]]
    inner = part["not"] if "not" in part else part.get("all") or part.get("any")
    rows = [inner] if isinstance(inner, dict) else inner
    return [found for row in rows for found in _compared_rows(row)]


def _read_comparison(fields: Fields, base: Body, body: Body, suffix: str) -> list[Any]:
    name, op = fields.get(f"signal-{suffix}", "wrong_on_item"), fields.get(f"op-{suffix}", ">=")
    signal, text = SIGNALS.get(name), fields.get(f"value-{suffix}", "")
    more = _extra_requirements(base, name)
    if signal is None:
        return [name, op, text]
    if signal.type != "number":
        value: Any = text != "false" if signal.type == "flag" else text or signal.values[0]
        return [name, "==", value, *more]
    if name in RATED and (rate := RATE.fullmatch(text)):
        _set_rate(base, body, name, _parse_number(rate[1]))
        return [name, ">=", "threshold", *more]
    value = _fit_value(_parse_number(text), signal)
    op = ">=" if op == "==" else op
    if not signal.biometric:
        return [name, op, value, *more]
    body["enter"][name] = value
    body["exit"][name] = _read_exit(fields.get(f"exit-{suffix}", ""), op, value)
    return [name, op, "threshold", *more]


def _set_rate(base: Body, body: Body, name: str, per_hour: float) -> None:
    """Set a rate, the usual precision if none is stated, and numbers for a model without rates."""
    body["per_hour"][name] = per_hour
    body.setdefault("precision", BLANK_RULE["precision"])
    enter = body["enter"][name] = base["enter"].get(name, USUAL_PROBABILITY)
    body["exit"][name] = base["exit"].get(name, _read_exit("", ">=", enter))


def _extra_requirements(base: Body, name: str) -> list[Any]:
    """Return further requirements on a sensed value, such as the origin of its model."""
    rows = [part["cmp"] for part in parts_of(base) if "cmp" in part]
    return next((row[3:] for row in rows if row[0] == name), [])


def _fit_value(value: Any, signal: RuleSignal) -> Any:
    """Replace a number left over from a signal with another unit by a default one."""
    is_probability = signal.unit == "probability"
    if isinstance(value, int | float) and (value <= 1 if is_probability else value == int(value)):
        return value
    default: Any = USUAL_PROBABILITY if is_probability else 20 if signal.unit == "s" else 2
    return value if isinstance(value, str) and value and not RATE.fullmatch(value) else default


def _read_exit(text: str, op: str, value: Any) -> Any:
    left_over = isinstance(_parse_number(text), int | float) and _parse_number(text) > 1
    if (text and not left_over) or not isinstance(value, float | int):
        return _parse_number(text)
    return round(min(1, max(0, value - EXIT_GAP if op in (">=", ">") else value + EXIT_GAP)), 2)


def _parse_number(text: Any) -> Any:
    """Return a number, or the text unchanged; the loader reports what is wrong with it."""
    try:
        number = float(text)
    except (TypeError, ValueError):
        return text
    return int(number) if number.is_integer() else number


def change_shape(fields: Fields, act: str) -> dict[str, str]:
    """Return the fields after adding a comparison (`and`, `or-1`) or removing one (`drop-1-0`)."""
    verb, *numbers = act.split("-")
    grid = _grid(fields)
    places = [int(number) for number in numbers if PLACE.fullmatch(number)]
    row = grid[places[0]] if places and places[0] < len(grid) else None
    if verb == "and" and len(grid) < MOST_CLAUSES:
        grid.append([{}])
    elif verb == "or" and isinstance(row, list) and len(row) < MOST_CHOICES:
        row.append({})
    elif verb == "drop" and row is not None:
        _drop(grid, places)
    return _write_fields(fields, grid)


def _drop(grid: Grid, places: list[int]) -> None:
    """Remove one comparison, or a clause that is kept whole; the last one cannot be removed."""
    row = grid[places[0]]
    if isinstance(row, list) and len(row) > 1 and len(places) == 2:
        row[:] = [leaf for j, leaf in enumerate(row) if j != places[1]]
    elif len(grid) > 1:
        del grid[places[0]]


def _grid(fields: Fields) -> Grid:
    """Return the fields by clause and comparison; a clause that is kept whole is its code."""
    shape = [part for part in fields.get("shape", "1").split(",") if part][:MOST_CLAUSES]
    return [
        [_comparison_fields(fields, f"{i}-{j}") for j in range(min(int(part), MOST_CHOICES))]
        if PLACE.fullmatch(part)
        else part
        for i, part in enumerate(shape)
    ]


def _comparison_fields(fields: Fields, suffix: str) -> dict[str, str]:
    return {
        name: fields[f"{name}-{suffix}"]
        for name in COMPARISON_FIELDS
        if f"{name}-{suffix}" in fields
    }


def _write_fields(fields: Fields, grid: Grid) -> dict[str, str]:
    others = {
        key: text for key, text in fields.items() if key.split("-")[0] not in COMPARISON_FIELDS
    }
    for i, row in enumerate(grid):
        for j, leaf in enumerate(row if isinstance(row, list) else ()):
            others |= {f"{name}-{i}-{j}": text for name, text in leaf.items()}
    shape = [row if isinstance(row, str) else str(len(row)) for row in grid]
    return others | {"shape": ",".join(shape)}
