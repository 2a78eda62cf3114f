"""Rule drafts that a Teacher could write to tell one Learner from the others.

They have the form "(what four others did) or (what one Learner alone did, and something sensed or
reported)": with any threshold, in another wording (De Morgan), and of acts alone with any wait.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from adaptation.rules import versions
from interventions.json_reader import RuleError
from interventions.rules import Rule
from teaching.rules.drafts import BLANK_RULE

THRESHOLDS: Final = (0.15, 0.25, 0.35, 0.45, 0.5, 0.55, 0.65, 0.75, 0.85, 0.95)
REWORDED: Final = (0.25, 0.5, 0.75)
WAITS: Final = (20, 40, 65, 85)
OF_DEEDS: Final = frozenset(f"waits {wait}" for wait in WAITS)
SAID: Final = ("self_got_it", "self_confusion", "self_interest")
# By floor: how many wrong tries the others need, so that they are one fewer than the floor.
OTHERS: Final[Mapping[int, int]] = {5: 3, 10: 2}


def make_drafts(floor: int, *, guesses_allowed: bool) -> Iterator[tuple[str, Rule]]:
    """Yield every draft that the loader accepts, by a name that describes it."""
    others = {"cmp": ["wrong_on_item", ">=", OTHERS[floor]]}
    victim = {"cmp": ["wrong_on_item", ">=", 1]}
    asked: list[tuple[str, dict[str, Any]]] = []
    for x in THRESHOLDS:
        sensed = {"cmp": ["confusion", ">=", "threshold"]}
        asked.append((f"confusion {x}", _make_body(_either(others, victim, sensed), x=x)))
    for x in REWORDED:
        sensed = {"cmp": ["confusion", "<", "threshold"]}
        when = _either_negated(others, victim, {"not": sensed})
        asked.append((f"not below {x}", _make_body(when, x=x, easier=0.1)))
    for name in SAID:
        for value in (True, False):
            said = {"cmp": [name, "==", value]}
            asked.append((f"{name} {value}", _make_body(_either(others, victim, said), free=True)))
    for wait in WAITS:
        asked.append((f"waits {wait}", _make_body({"all": [victim]}, dwell_s=wait)))
    for number, (name, body) in enumerate(asked):
        try:
            rule = versions.check_draft(
                {**body, "id": f"C{number + 100}", "version": 1}, guesses_allowed=guesses_allowed
            )
        except RuleError:
            continue
        yield name, rule


def _either(others: Any, victim: Any, secret: Any) -> Any:
    return {"all": [{"any": [others, victim]}, {"any": [others, secret]}]}


def _either_negated(others: Any, victim: Any, secret: Any) -> Any:
    return {"not": {"all": [{"not": others}, {"not": {"all": [victim, secret]}}]}}


def _make_body(
    when: Any,
    *,
    x: float | None = None,
    easier: float = -0.1,
    dwell_s: int = 10,
    free: bool = False,
) -> dict[str, Any]:
    """Return a draft as a form makes it; `free`: no report holds it back."""
    body: dict[str, Any] = json.loads(json.dumps(BLANK_RULE))
    body |= {"when": when, "dwell_s": dwell_s, "evidence_min": 1}
    if x is not None:
        body |= {"enter": {"confusion": x}, "exit": {"confusion": round(x + easier, 2)}}
    if free:
        against = [row for row in body["contraindications"] if "self_got_it" not in row["cmp"]]
        body["contraindications"] = against
    return body
