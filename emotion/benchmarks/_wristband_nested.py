"""The wristband judged by nested leave-one-person-out: every choice is made without the person.

The list of variants was written before any left-out person was judged by it. For each person, all
variants are scored by cross-validation over the others, and the best is trained on the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.metrics.auc import Pairs, auc, auc_gain, auc_score, matched_pairs, pairs
from emotion.training.number_format import format_score, round_figure

if TYPE_CHECKING:
    from emotion.models.wearable.train import TrainedWearable, WearableRecipe, WearableTable

Array = NDArray[np.float64]
Say = Callable[[str], None]
Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to read a wristband.

    Attributes
    ----------
    name : str
    uses : tuple of str
        Which columns: "" = the features as they are, "_from_opening", "_from_recent".
    dropped : float
        Share of columns left out, those that tell the training people apart best at rest.
    votes : int
        Number of a person's newest Windows whose logits are averaged.
    by_quality : bool
        Whether each vote is weighted by its share of known columns.
    """

    name: str
    uses: tuple[str, ...]
    dropped: float = 0.0
    votes: int = 1
    by_quality: bool = False


_OPENING = ("", "_from_opening")
_RECENT = ("", "_from_opening", "_from_recent")
TODAY: Final = Variant("opening", _OPENING)
VARIANTS: Final = (
    TODAY,
    Variant("recent minutes", _RECENT),
    Variant("recent minutes instead of opening", ("", "_from_recent")),
    Variant("differences alone", ("_from_opening",)),
    Variant("differences alone, with recent minutes", ("_from_opening", "_from_recent")),
    Variant("opening, without what tells people apart", _OPENING, dropped=1 / 3),
    Variant("recent minutes, without what tells people apart", _RECENT, dropped=1 / 3),
    Variant("opening, 3 Windows vote", _OPENING, votes=3),
    Variant("opening, 3 Windows vote by quality", _OPENING, votes=3, by_quality=True),
    Variant("recent minutes, 3 Windows vote", _RECENT, votes=3),
)


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """P(stress) and whether it is answered (N,), each by models of other people; NaN = not yet.

    `chosen` holds the name of the variant by person.
    """

    proba: Array
    answered: NDArray[np.bool_]
    chosen: dict[int, str]


def judge_people(table: WearableTable, recipe: WearableRecipe, say: Say) -> dict[str, Judgement]:
    """Return today's and the chosen variant's judgement of each person, left out of all choices."""
    size = len(table.labels)
    found = {
        name: Judgement(np.full(size, np.nan), np.zeros(size, np.bool_), {})
        for name in ("today", "nested")
    }
    for number, code in enumerate(table.codes):
        best = choose_variant(table, number, recipe)
        say(f"{code}: {best.name}")
        for name, variant in (("today", TODAY), ("nested", best)):
            own = table.people == number
            proba, sure = _judge(variant, table, ~own, own, recipe)
            found[name].proba[own], found[name].answered[own] = proba, sure
            found[name].chosen[number] = variant.name
    return found


def choose_variant(table: WearableTable, left_out: int, recipe: WearableRecipe) -> Variant:
    """Return the variant with the greatest area over the other people, by cross-validation."""
    return VARIANTS[int(np.argmax(score_variants(table, left_out, recipe)))]


def score_variants(table: WearableTable, left_out: int, recipe: WearableRecipe) -> list[float]:
    """Return by variant the time-matched and the plain area added, over the other people."""
    return [_score_variant(each, table, left_out, recipe) for each in VARIANTS]


def _score_variant(
    variant: Variant, table: WearableTable, left_out: int, recipe: WearableRecipe
) -> float:
    from emotion.models.wearable.train import fit
    from emotion.training.cross_validation import split_people

    others = np.flatnonzero(table.people != left_out)
    proba = np.zeros(len(table.labels))
    for train, test in split_people(table.people[others], recipe.inner, recipe.seed):
        taught, judged = others[train], others[test]
        kept = select_columns(variant, table, taught)
        model = fit(table.rows[taught][:, kept], table.labels[taught], _group(kept), recipe)
        proba[judged] = model.proba(table.rows[judged][:, kept])
    proba = _vote(variant, table, proba)
    labels, who, at_s = table.labels[others], table.people[others], table.at_s[others]
    plain = auc(pairs(labels, proba[others], who))
    return plain + auc(matched_pairs(labels, proba[others], who, at_s))


def _judge(
    variant: Variant,
    table: WearableTable,
    train: NDArray[np.bool_],
    own: NDArray[np.bool_],
    recipe: WearableRecipe,
) -> tuple[Array, NDArray[np.bool_]]:
    from emotion.models.wearable.train import learn

    taught = np.flatnonzero(train)
    kept = select_columns(variant, table, taught)
    rows = table.rows[:, kept]
    model: TrainedWearable = learn(
        rows[taught], table.labels[taught], table.people[taught], _group(kept), recipe
    )
    proba, known = np.zeros(len(rows)), np.zeros(len(rows), np.bool_)
    proba[own], known[own] = model.predict(rows[own])
    said = _vote(variant, table, proba)[own]
    if variant.votes == 1:
        return said, known[own]
    return said, np.maximum(said, 1 - said) >= model.threshold


def select_columns(
    variant: Variant, table: WearableTable, taught: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the numbers of the columns that a variant reads, chosen on `taught` rows alone."""
    from emotion.models.wearable.predictor import SUFFIXES, columns

    suffixes = [
        next((each for each in SUFFIXES[1:] if name.endswith(each)), "") for name in columns()
    ]
    used = np.array([suffix in variant.uses for suffix in suffixes])
    kept = np.flatnonzero(used)
    if not variant.dropped:
        return kept
    calm = taught[table.labels[taught] == 0]
    shares = _measure_identity(table.rows[calm][:, kept], table.people[calm])
    order = np.argsort(shares, kind="stable")
    return np.sort(kept[order[: round((1 - variant.dropped) * len(kept))]])


def _measure_identity(rows: Array, people: NDArray[np.int64]) -> Array:
    """Return by column the share of its variance at rest that is between people."""
    known = np.ma.masked_invalid(rows)
    means = np.ma.stack([known[people == number].mean(axis=0) for number in np.unique(people)])
    total = np.ma.maximum(known.var(axis=0), 1e-12)
    return np.asarray((means.var(axis=0) / total).filled(0.0))


def _vote(variant: Variant, table: WearableTable, proba: Array) -> Array:
    """Return P(stress) averaged in logits over each person's newest Windows, none of them later."""
    if variant.votes == 1:
        return proba
    logits = np.log(np.clip(proba, 1e-6, 1 - 1e-6) / np.clip(1 - proba, 1e-6, 1 - 1e-6))
    weights = (
        (~np.isnan(table.rows)).mean(axis=1) if variant.by_quality else np.ones(len(table.labels))
    )
    found = np.zeros(len(proba))
    for rows in _iterate_past(table, variant.votes):
        found[rows[-1]] = np.average(logits[rows], weights=weights[rows] + 1e-6)
    return np.asarray(1 / (1 + np.exp(-found)))


def _iterate_past(table: WearableTable, votes: int) -> Iterator[NDArray[np.int64]]:
    """Yield for each Window the rows of its person's last `votes`, in order of time."""
    for number in np.unique(table.people):
        own = np.flatnonzero(table.people == number)
        own = own[np.argsort(table.at_s[own], kind="stable")]
        for last in range(len(own)):
            yield own[max(0, last + 1 - votes) : last + 1]


def _group(kept: NDArray[np.int64]) -> NDArray[np.int64]:
    from emotion.models.wearable.predictor import groups

    return groups()[kept]


def make_nested_rows(
    found: dict[str, Judgement],
    table: WearableTable,
    recipe: WearableRecipe,
    also: Sequence[str] = (),
) -> list[Row]:
    """Return the figures of today's and the nested judgement, and the paired gain.

    Parameters
    ----------
    also : sequence of str
        Codes of people whose figures are also given alone.
    """
    everybody = np.ones(len(table.labels), np.bool_)
    alone = np.isin(np.array(table.codes)[table.people], list(also))
    cuts = {"": everybody} | ({f" ({', '.join(also)})": alone} if alone.any() else {})
    return [
        row
        for suffix, own in cuts.items()
        for row in (
            *(
                _state_row(f"{name}{suffix}", each, table, own, recipe)
                for name, each in found.items()
            ),
            _state_gain(f"gain{suffix}", found, table, own, recipe),
        )
    ]


def _state_row(
    name: str,
    found: Judgement,
    table: WearableTable,
    own: NDArray[np.bool_],
    recipe: WearableRecipe,
) -> Row:
    rng = np.random.default_rng(recipe.seed)
    plain, matched = _compare(found, table, own)
    chosen = Counter(found.chosen[number] for number in np.unique(table.people[own]).tolist())
    return {
        "row": name,
        "auc": format_score(auc_score(plain, rng=rng)),
        "time_matched_auc": format_score(auc_score(matched, rng=rng)),
        "answered": round_figure(found.answered[own].mean()),
        "people": len(np.unique(table.people[own])),
        "windows": int(own.sum()),
        "chosen": dict(chosen),
    }


def _state_gain(
    name: str,
    found: dict[str, Judgement],
    table: WearableTable,
    own: NDArray[np.bool_],
    recipe: WearableRecipe,
) -> Row:
    rng = np.random.default_rng(recipe.seed)
    today, nested = (_compare(found[each], table, own) for each in ("today", "nested"))
    return {
        "row": name,
        "auc": format_score(auc_gain(nested[0], today[0], rng=rng)),
        "time_matched_auc": format_score(auc_gain(nested[1], today[1], rng=rng)),
        "people": len(np.unique(table.people[own])),
    }


def _compare(found: Judgement, table: WearableTable, own: NDArray[np.bool_]) -> tuple[Pairs, Pairs]:
    labels, who, at_s = table.labels[own], table.people[own], table.at_s[own]
    proba = found.proba[own]
    return pairs(labels, proba, who), matched_pairs(labels, proba, who, at_s)
