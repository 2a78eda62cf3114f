"""Group figures of states and results: what a week's cell stores (ADR 0041).

The vector with noise is that of a class picture: the number of people, and a histogram. Here the
histogram counts pairs of a state and a result, and "not sure"; each person adds 1 in all. One bit
of one person moves it by at most sqrt(2), whatever their answers, so the bound of ADR 0041 holds.
Every share and difference is computed from this one noisy vector.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Final

from estimates.group_figures.noise import NO_NOISE, Noise
from estimates.group_figures.proportions import (
    REST,
    STEP,
    UNSURE,
    Floor,
    GroupPerson,
    Picture,
    band,
    noisy_histogram,
    noisy_size,
    reaches,
    select_countable,
)

RIGHT: Final = "right"
WRONG: Final = "wrong"
RESULTS: Final = (RIGHT, WRONG)


@dataclass(frozen=True, slots=True)
class AnswerState:
    """One answer: whether it was correct, and the mean share of each state before it.

    No shares = every Estimate before it abstained.
    """

    correct: bool
    shares: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class LearnerAnswers:
    """The answers of one Learner on one skill in a week, and the Grants they count under."""

    learner: int
    simulated: bool
    biometric: bool
    answers: tuple[AnswerState, ...]
    scopes: Mapping[str, int] = field(default_factory=dict)

    @property
    def labels(self) -> set[str]:
        return {label for answer in self.answers for label in answer.shares}


def make_week_picture(
    people: Collection[LearnerAnswers], floor: Floor, noise: Noise = NO_NOISE
) -> Picture | None:
    """Return the publishable figures of a skill's week, or None if there are too few people."""
    chosen = select_group(people, floor, noise)
    if not chosen:
        return None
    labels = select_labels(chosen, floor)
    parts = (*labels, REST) if has_rest(chosen, labels) else labels
    group = [to_person(each, parts) for each in chosen]
    simulated = group[0].simulated
    noise = NO_NOISE if simulated else noise
    size = noisy_size(group, noise)
    states = noisy_histogram(group, size, noise)
    sure = [person for person in group if person.shares]
    basis = size - states[UNSURE]
    least = floor.simulated if simulated else floor.required_for(sure)
    unsure = STEP * round(100 * states[UNSURE] / size / STEP)
    if not labels or not reaches(max(1, least), len(sure), basis, noise.margin(2)):
        return Picture(round(size) if simulated else band(size), {}, unsure, simulated)
    right, whole, right_all = _percents(states, labels, basis)
    return Picture(
        n=round(basis) if simulated else band(basis),
        shares=whole,
        unsure=unsure,
        simulated=simulated,
        right=right,
        right_all=right_all,
    )


def select_group(
    people: Collection[LearnerAnswers], floor: Floor, noise: Noise = NO_NOISE
) -> list[LearnerAnswers]:
    """Return the real people if there are enough, else simulated ones, else none."""
    found = [GroupPerson(each.learner, each.simulated, {}, each.biometric) for each in people]
    chosen = {person.learner for person in select_countable(found, floor, noise)}
    return [each for each in people if each.learner in chosen]


def select_labels(people: Collection[LearnerAnswers], floor: Floor) -> tuple[str, ...]:
    """Return the states estimated for enough of these people; the others count as the rest.

    If one alone were left over, the rest would be this one. Then the last of the others, in
    alphabetical order, joins it.
    """
    known: dict[str, list[GroupPerson]] = defaultdict(list)
    for each in people:
        for label in each.labels:
            known[label].append(GroupPerson(each.learner, each.simulated, {}, each.biometric))
    enough = sorted(label for label, who in known.items() if select_countable(who, floor))
    return tuple(enough[:-1] if len(known) - len(enough) == 1 else enough)


def has_rest(people: Iterable[LearnerAnswers], labels: Collection[str]) -> bool:
    """Return whether these states are not everything: most Predictors give shares that sum to 1."""
    sure = [answer.shares for each in people for answer in each.answers if answer.shares]
    return sum(_shares_with_rest(shares, labels)[REST] for shares in sure) > 0.005 * len(sure)


def to_person(each: LearnerAnswers, parts: Collection[str]) -> GroupPerson:
    """Return the mean over a Learner's answers of each pair of a state and a result.

    `parts` are the states, and the rest if there is one.

    The pairs sum to 1. Every person has every pair, so that none is named for what one felt.
    """
    sure = [answer for answer in each.answers if answer.shares]
    pairs = {pair_name(part, result): 0.0 for part in parts for result in RESULTS}
    for answer in sure:
        shares = _shares_with_rest(answer.shares, [part for part in parts if part != REST])
        for part in parts:
            pairs[pair_name(part, RIGHT if answer.correct else WRONG)] += shares[part] / len(sure)
    return GroupPerson(each.learner, each.simulated, pairs if sure else {}, each.biometric)


def pair_name(label: str, result: str) -> str:
    return f"{label} {result}"


def _shares_with_rest(shares: Mapping[str, float], labels: Collection[str]) -> dict[str, float]:
    """Return the share of each of these labels and of the rest; they sum to 1."""
    total = max(1.0, sum(shares.values()))
    found = {label: shares.get(label, 0.0) / total for label in labels}
    return {**found, REST: max(0.0, 1 - sum(found.values()))}


def _percents(
    states: Mapping[str, float], labels: Collection[str], basis: float
) -> tuple[dict[str, int], dict[str, int], int]:
    """Return how many percent of the answers have each state: correct ones, and all.

    The last number is how many percent are correct. Whole percents, so that no low bits of a float
    remain.
    """
    right, whole = {}, {}
    for label in labels:
        correct = states.get(pair_name(label, RIGHT), 0.0)
        right[label] = round(100 * correct / basis)
        whole[label] = round(100 * (correct + states.get(pair_name(label, WRONG), 0.0)) / basis)
    every = (states.get(pair_name(label, RIGHT), 0.0) for label in (*labels, REST))
    return right, whole, min(100, round(100 * sum(every) / basis))


def sum_up(pictures: Sequence[Picture]) -> Picture | None:
    """Return the figures of several skills together, from their published numbers alone.

    It reveals nothing more than they do, and its noise is that of all of them. Only states that
    each of them has are named. None = fewer than two skills are sure, they share no state, or
    real and simulated people are mixed. A real person counts in one skill, so the people add up. A
    simulated one counts in each, so there may be no more people than in the largest. Bands of
    people are lower ends, so the weight of a skill is off by at most four people.
    """
    sure = [each for each in pictures if each.shares]
    if len(sure) < 2 or len({each.simulated for each in sure}) > 1:
        return None
    simulated, weights = sure[0].simulated, [each.n for each in sure]
    labels = sorted(set.intersection(*(set(each.shares) for each in sure)))
    if not labels:
        return None
    everyone = sum(each.n / (1 - min(each.unsure, 95) / 100) for each in sure)
    return Picture(
        n=max(weights) if simulated else sum(weights),
        shares={label: _mean([each.shares[label] for each in sure], weights) for label in labels},
        unsure=STEP * round(100 * (1 - sum(weights) / everyone) / STEP),
        simulated=simulated,
        right={label: _mean([each.right[label] for each in sure], weights) for label in labels},
        right_all=_mean([each.right_all or 0 for each in sure], weights),
        cells=len(sure),
        entries=sum(len(each.shares) for each in sure),
    )


def _mean(values: Sequence[int], weights: Sequence[int]) -> int:
    return round(fmean(values, weights))
