"""A draft of a Rule: the fields of a form to the body that the loader reads, and back.

Conditions stand as clauses that must all hold, each a choice of comparisons. A clause of another
form (the catalogue has some) is kept as it is in the version the draft began from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext_noop as noop

from adaptation.models import RuleVersion
from interventions import catalogue
from interventions.signals import SIGNALS, RuleSignal

Body = dict[str, Any]
Fields = Mapping[str, str]
Grid = list[str | list[dict[str, str]]]
MOST_CLAUSES: Final = 6
MOST_CHOICES: Final = 4
IN_LEAF: Final = ("signal", "op", "value", "exit")
GAP: Final = 0.15
ALWAYS: Final = (["scenario", "==", "graded_test"], ["paused", "==", True])
NEVER: Final[Mapping[str, list[Any]]] = {
    "hidden": ["tab_hidden", "==", True],
    "got_it": ["self_got_it", "==", True],
    "practice": ["scenario", "==", "practice_test"],
    "run": ["correct_streak", ">=", 3],
    "put_aside": ["dismissed_s", "<", 600],
}
# Kept in the language of the source; who reads them reads them in their own.
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
BLANK: Final[Body] = {
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
    "contraindications": [{"cmp": each} for each in (*ALWAYS, NEVER["hidden"], NEVER["got_it"])],
    "step": ["hint"],
    "explain": {
        "heading": {"hint": HEADINGS["hint"]},
        "lead": "{evidence}",
        "waits": noop("It waits {dwell} seconds, so that you can try on your own first."),
    },
    "evidence_min": 1,
    "probability": 1,
    "suppresses": [],
    "critical": False,
}


@dataclass(frozen=True, slots=True)
class Leaf:
    """One comparison at its place: clause `i`, choice `j`."""

    i: int
    j: int
    signal: str
    op: str
    value: Any
    exit: Any = None

    @property
    def at(self) -> str:
        return f"{self.i}-{self.j}"


Clause = list[Leaf] | None


def kinds_of(body: Body) -> list[str]:
    """What is offered as a form names it: `adjust` with the way it goes."""
    way = body.get("adjust", "")
    return [f"{kind}-{way}" if kind == "adjust" else kind for kind in body["step"]]


@cache
def _shipped(rule: str) -> str:
    return (Path(catalogue.__file__).parent / f"{rule}.json").read_text("utf-8")


def body_of(rule: str, version: RuleVersion | None) -> Body:
    """The body a draft begins from; a fresh copy."""
    found: Body = json.loads(_shipped(rule) if version is None else json.dumps(version.body))
    return found


def parts_of(body: Body) -> list[Any]:
    when = body["when"]
    return list(when["all"]) if set(when) == {"all"} else [when]


def clauses_of(body: Body) -> list[Clause]:
    """The clauses as comparisons; None for one of another form."""
    return [_clause(body, i, part) for i, part in enumerate(parts_of(body))]


def _clause(body: Body, i: int, part: Any) -> Clause:
    rows = part.get("any", [part])
    if any(set(row) != {"cmp"} for row in rows):
        return None
    return [_leaf(body, i, j, row["cmp"]) for j, row in enumerate(rows)]


def _leaf(body: Body, i: int, j: int, row: list[Any]) -> Leaf:
    signal, op, value = row[:3]
    if value != "threshold":
        return Leaf(i, j, signal, op, value)
    return Leaf(i, j, signal, op, body["enter"].get(signal), body["exit"].get(signal))


def read(fields: Fields, base: Body) -> Body:
    """The draft that a form describes, begun from `base`; what it says may be nonsense."""
    body: Body = json.loads(json.dumps(base))
    body |= {"enter": {}, "exit": {}}
    shape = [part for part in fields.get("shape", "1").split(",") if part][:MOST_CLAUSES]
    parts = [_part(fields, base, body, i, size) for i, size in enumerate(shape)]
    body["when"] = {"all": parts} if len(parts) > 1 or "all" in base["when"] else parts[0]
    if body["enter"] != base["enter"] or body["exit"] != base["exit"]:
        body["scenarios"] = {}
    body["title"] = fields.get("title", base["title"])
    body["dwell_s"] = _number(fields.get("dwell", base["dwell_s"]))
    body["cooldown_s"] = _number(fields.get("cooldown", base["cooldown_s"]))
    if base["step"]:
        _offer(fields, base, body)
    return body


def _offer(fields: Fields, base: Body, body: Body) -> None:
    """What only a rule that offers something has: kinds, a cap, times to be silent, words."""
    kinds = [fields.get(f"kind-{n}", "").partition("-") for n in (0, 1)]
    body["step"] = list(dict.fromkeys(kind for kind, _, _ in kinds if kind))
    body.pop("adjust", None)
    body |= {kind: direction for kind, _, direction in kinds if kind == "adjust"}
    body["cap"] = base["cap"] | {
        "offers": _number(fields.get("cap", base["cap"]["offers"])),
        "per_s": _number(fields.get("per", base["cap"]["per_s"])),
    }
    never = [NEVER[name] for name in NEVER if fields.get(f"never-{name}")]
    own = [row["cmp"] for row in base["contraindications"]]
    kept = [row for row in own if row not in (*ALWAYS, *NEVER.values())]
    body["contraindications"] = [{"cmp": row} for row in (*ALWAYS, *never, *kept)]
    headings = base["explain"]["heading"]
    body["explain"] = {
        "heading": {kind: _heading(fields, headings, kind) for kind in body["step"]},
        "lead": fields.get("lead", base["explain"]["lead"]),
        "waits": fields.get("waits", base["explain"]["waits"]),
    }


def _heading(fields: Fields, headings: Mapping[str, str], kind: str) -> str:
    return fields.get(f"heading-{kind}") or headings.get(kind) or HEADINGS.get(kind, "")


def _part(fields: Fields, base: Body, body: Body, i: int, size: str) -> Any:
    if size.startswith("k") and size[1:].isdigit() and int(size[1:]) < len(parts_of(base)):
        part = parts_of(base)[int(size[1:])]
        for signal in _thresholds(part):
            body["enter"][signal], body["exit"][signal] = (
                base["enter"][signal],
                base["exit"][signal],
            )
        return part
    count = int(size) if size.isdigit() else 1
    rows = [{"cmp": _cmp(fields, base, body, f"{i}-{j}")} for j in range(max(1, count))]
    return rows[0] if len(rows) == 1 else {"any": rows}


def _thresholds(part: Any) -> list[str]:
    """The signals in a clause that are compared with a threshold."""
    if "cmp" in part:
        return [part["cmp"][0]] if part["cmp"][2] == "threshold" else []
    inner = part["not"] if "not" in part else part.get("all") or part.get("any")
    rows = [inner] if isinstance(inner, dict) else inner
    return [signal for row in rows for signal in _thresholds(row)]


def _cmp(fields: Fields, base: Body, body: Body, at: str) -> list[Any]:
    name, op = fields.get(f"signal-{at}", "wrong_on_item"), fields.get(f"op-{at}", ">=")
    signal, text = SIGNALS.get(name), fields.get(f"value-{at}", "")
    more = _more(base, name)
    if signal is None:
        return [name, op, text]
    if signal.type != "number":
        value: Any = text != "false" if signal.type == "flag" else text or signal.values[0]
        return [name, "==", value, *more]
    value = _fitting(_number(text), signal)
    op = ">=" if op == "==" else op
    if not signal.biometric:
        return [name, op, value, *more]
    body["enter"][name] = value
    body["exit"][name] = _exit(fields.get(f"exit-{at}", ""), op, value)
    return [name, op, "threshold", *more]


def _more(base: Body, name: str) -> list[Any]:
    """What else the version asks of a sensed value, such as what its model learned from."""
    rows = [part["cmp"] for part in parts_of(base) if "cmp" in part]
    return next((row[3:] for row in rows if row[0] == name), [])


def _fitting(value: Any, signal: RuleSignal) -> Any:
    """A number left over from a signal of another unit gives way to a usual one of this."""
    likely = signal.unit == "probability"
    if isinstance(value, int | float) and (value <= 1 if likely else value == int(value)):
        return value
    usual: Any = 0.6 if likely else 20 if signal.unit == "s" else 2
    return value if isinstance(value, str) and value else usual


def _exit(text: str, op: str, value: Any) -> Any:
    left_over = isinstance(_number(text), int | float) and _number(text) > 1
    if (text and not left_over) or not isinstance(value, float | int):
        return _number(text)
    return round(min(1, max(0, value - GAP if op in (">=", ">") else value + GAP)), 2)


def _number(text: Any) -> Any:
    """A number, or the text as it came: the loader says what is wrong with it."""
    try:
        number = float(text)
    except (TypeError, ValueError):
        return text
    return int(number) if number.is_integer() else number


def changed(fields: Fields, act: str) -> dict[str, str]:
    """The fields after a comparison was added (`and`, `or-1`) or taken out (`drop-1-0`)."""
    verb, *numbers = act.split("-")
    grid = _grid(fields)
    places = [int(number) for number in numbers if number.isdigit()]
    row = grid[places[0]] if places and places[0] < len(grid) else None
    if verb == "and" and len(grid) < MOST_CLAUSES:
        grid.append([{}])
    elif verb == "or" and isinstance(row, list) and len(row) < MOST_CHOICES:
        row.append({})
    elif verb == "drop" and row is not None:
        _drop(grid, places)
    return _written(fields, grid)


def _drop(grid: Grid, places: list[int]) -> None:
    """Take out one comparison, or a clause kept whole; the last one of all stays."""
    row = grid[places[0]]
    if isinstance(row, list) and len(row) > 1 and len(places) == 2:
        row[:] = [leaf for j, leaf in enumerate(row) if j != places[1]]
    elif len(grid) > 1:
        del grid[places[0]]


def _grid(fields: Fields) -> Grid:
    """The fields by clause and comparison; a clause that is kept whole is its word."""
    shape = [part for part in fields.get("shape", "1").split(",") if part][:MOST_CLAUSES]
    return [
        [_taken(fields, f"{i}-{j}") for j in range(min(int(part), MOST_CHOICES))]
        if part.isdigit()
        else part
        for i, part in enumerate(shape)
    ]


def _taken(fields: Fields, at: str) -> dict[str, str]:
    return {name: fields[f"{name}-{at}"] for name in IN_LEAF if f"{name}-{at}" in fields}


def _written(fields: Fields, grid: Grid) -> dict[str, str]:
    others = {key: text for key, text in fields.items() if key.split("-")[0] not in IN_LEAF}
    for i, row in enumerate(grid):
        for j, leaf in enumerate(row if isinstance(row, list) else ()):
            others |= {f"{name}-{i}-{j}": text for name, text in leaf.items()}
    shape = [row if isinstance(row, str) else str(len(row)) for row in grid]
    return others | {"shape": ",".join(shape)}
