"""Gates for replacing the champion by a challenger: each passes or fails, in words for a page.

`judge` reads nothing but two cards. A gate fails if the card lacks its figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

Card = Mapping[str, Any]
Figures = Mapping[str, Any]

# With fewer held-out people a result does not generalise.
LEAST_PEOPLE: Final = 20
# Largest allowed rise of the calibration error, and fall of macro-F1 without a stream.
WORSE_CALIBRATED: Final = 0.02
WORSE_WITHOUT: Final = 0.05
# Smallest gap between groups that matters, in macro-F1 (as in
# `emotion.evaluation.metrics.fairness_gap`).
RELEVANT_GAP: Final = 0.05


class Gate(NamedTuple):
    """One gate.

    Attributes
    ----------
    name : str
        "people", "gain", "information", "signal", "calibration", "groups" or "streams".
    passed : bool
    words : str
        Why, with the figures: whole sentences, to be shown unchanged.
    """

    name: str
    passed: bool
    words: str


def judge(challenger: Card, champion: Card | None) -> tuple[Gate, ...]:
    """Return every gate, in a fixed order; a challenger may be promoted if all passed.

    Parameters
    ----------
    challenger : mapping
        A card with the figures of `emotion.models.crossmodal.finetune_card`: on held-out people,
        paired with those of its base on the same people (`base_…`, `gain…`).
    champion : mapping or None
        The one in use. If it has the same base, the two are compared by their gains over that base.
    """
    found = []
    for name, gate in _GATES.items():
        try:
            passed, words = gate(challenger["figures"], champion["figures"] if champion else {})
        except (KeyError, TypeError, IndexError) as lost:
            what = str(lost).strip("'").replace("_", " ")
            passed, words = False, f"Its card does not tell what this gate asks for ({what})."
        found.append(Gate(name, bool(passed), words))
    return tuple(found)


def may_promote(gates: tuple[Gate, ...]) -> bool:
    """Return whether all have passed."""
    return all(gate.passed for gate in gates)


def _check_people(ours: Figures, _: Figures) -> tuple[bool, str]:
    return ours["people"] >= LEAST_PEOPLE, (
        f"Its figures are of {ours['people']} people who were left out; at least {LEAST_PEOPLE} "
        "are asked for."
    )


def _check_gain(ours: Figures, champion: Figures) -> tuple[bool, str]:
    better = ours["gain"][1] > 0
    said = "is better than" if better else "is not shown to be better than"
    words = (
        f"It {said} what it came from on the same people: macro-F1 {_format_signed(ours['gain'])}."
    )
    if "gain" not in champion:
        return better, words
    ahead = ours["gain"][0] > champion["gain"][0]
    least = f"The champion gained {champion['gain'][0]:+.3f} over the same; "
    return better and ahead, f"{words} {least}{'less' if ahead else 'no less'} than this one."


def _check_information(ours: Figures, _: Figures) -> tuple[bool, str]:
    better = ours["log_loss_gain"][1] > 0
    said = "say more about people left out" if better else "are not shown to say more"
    return (
        better,
        f"Its probabilities {said}: log loss lower by {_format_signed(ours['log_loss_gain'])}.",
    )


def _check_signal(ours: Figures, _: Figures) -> tuple[bool, str]:
    better = ours["auroc"][1] > 0.5
    said = "ranks states better than luck" if better else "is not shown to rank better than luck"
    return better, f"It {said} would, which is 0.5: area {_format_interval(ours['auroc'])}."


def _check_calibration(ours: Figures, _: Figures) -> tuple[bool, str]:
    own, before = ours["ece"][0], ours["base_ece"][0]
    kept = own <= before + WORSE_CALIBRATED
    said = "means" if kept else "does not mean"
    return kept, f"It {said} what it says: calibration error {own:.3f}, before {before:.3f}."


def _check_groups(ours: Figures, _: Figures) -> tuple[bool, str]:
    """Fail if a group is served worse than before, or a gap of `GAP` is proved; report smaller
    ones.
    """
    names = sorted(key.removeprefix("gap_") for key in ours if key.startswith("gap_"))
    if not names:
        return True, "No group has enough people on both sides to be looked at."
    worse = [said for name in names if (said := _describe_worse(ours, name))]
    wide = [
        _describe_gap(ours, name)
        for name in names
        if _smallest_gap(ours[f"gap_{name}"]) >= RELEVANT_GAP
    ]
    if worse or wide:
        return False, " ".join([*worse, *wide])
    proved = [_describe_gap(ours, name) for name in names if _smallest_gap(ours[f"gap_{name}"]) > 0]
    listed = ", ".join(names)
    least = f"No gap of {RELEVANT_GAP:.2f} is proved between people with and without: {listed}."
    return True, " ".join([least, *proved])


def _describe_worse(ours: Figures, name: str) -> str:
    for side in ("with", "without"):
        told = ours[f"log_loss_gain_{side}_{name}"]
        if told[2] < 0:
            loss = _format_signed(told)
            return f"It serves people {side} {name} worse than before: log loss {loss}."
    return ""


def _describe_gap(ours: Figures, name: str) -> str:
    told = _format_signed(ours[f"gap_{name}"])
    return f"People with and without {name} are served differently: macro-F1 {told}."


def _smallest_gap(found: list[float]) -> float:
    """Return the smallest gap compatible with the measurements; 0 if there may be none."""
    return max(found[1], -found[2], 0.0)


def _check_streams(ours: Figures, _: Figures) -> tuple[bool, str]:
    start = "macro_f1_without_"
    names = [key.removeprefix(start) for key in ours if key.startswith(start)]
    fell = {n: ours[f"base_{start}{n}"][0] - ours[f"{start}{n}"][0] for n in names}
    if not fell:
        raise KeyError(start)
    worst = max(fell, key=lambda name: fell[name])
    kept = fell[worst] <= WORSE_WITHOUT
    return kept, (
        f"Without {worst} it gives macro-F1 {ours[f'{start}{worst}'][0]:.3f}, before "
        f"{ours[f'base_{start}{worst}'][0]:.3f}: "
        f"{'no stream is needed more than before' if kept else 'it falls where that is missing'}."
    )


def _format_signed(found: list[float]) -> str:
    return f"{found[0]:+.3f} ({found[1]:+.3f} to {found[2]:+.3f})"


def _format_interval(found: list[float]) -> str:
    return f"{found[0]:.3f} ({found[1]:.3f} to {found[2]:.3f})"


_GATES: Final[Mapping[str, Callable[[Figures, Figures], tuple[bool, str]]]] = {
    "people": _check_people,
    "gain": _check_gain,
    "information": _check_information,
    "signal": _check_signal,
    "calibration": _check_calibration,
    "groups": _check_groups,
    "streams": _check_streams,
}
