"""The table of results: how well one bit of each victim is guessed, by road and legal profile."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from consent.legal_profiles import profiles
from consent.scopes import REPORTS_TEACH
from estimates.group_figures.proportions import Floor, GroupPerson
from tools.inference_attack import classroom, noise_attack, paired_worlds, scores
from tools.inference_attack.attack_surface import EFFECTS, WORDINGS
from tools.inference_attack.noise_attack import PICTURED, Publish
from tools.inference_attack.scores import AttackScore
from tools.inference_attack.secret_rows import READ_BY_RULES

PICTURE: Final = "class picture, once the quarter has ended; ranges in videos and topics; usual"
CONTROL: Final = "control: "
BY_TURNS: Final = "by turns"
ADDS_UP: Final = (2, 4, 20)
# A limit has no bound to keep, and 20 quarters of one victim take as long as 20 victims.
VICTIMS_OF_LIMIT: Final = 40
Row = dict[str, Any]
Make = Callable[[random.Random, int], Publish]
Picture = Callable[[Sequence[GroupPerson], Floor], Publish]


def compare_worlds(victims: int, *, now: datetime, simulated: bool = False) -> Iterator[Row]:
    """Yield rows for the roads whose answers are compared exactly.

    For simulated people, also the control: the same queries succeed where figures are exact.
    """
    room = classroom.make_classroom(victims, now=now, simulated=simulated)
    differ: dict[tuple[str, str | None], int] = defaultdict(int)
    asked: dict[tuple[str, str | None], int] = defaultdict(int)
    for number, pair in enumerate(
        paired_worlds.attack_victims(room, **_choose_control(simulated)), start=1
    ):
        for (road, profile), said in pair.unset.items():
            asked[road, profile] = max(asked[road, profile], len(said))
        for road, profile in paired_worlds.differing_roads(pair):
            differ[road, profile] += 1
        if number % 10 == 0:
            yield {"progress": f"{number} of {victims} victims"}
    for (road, profile), questions in asked.items():
        score = scores.score_identity(differ[road, profile], victims)
        name = f"{CONTROL}{road}" if simulated else road
        yield _row(name, profile, BY_TURNS, score, questions=questions, days=31 * 3 + 8)


def _choose_control(simulated: bool) -> dict[str, Any]:
    """For simulated people: return the bits a rule reads, under the profile that publishes all."""
    if not simulated:
        return {}
    return {"secrets": READ_BY_RULES, "asked": [("demo",)]}


def attack_noise(victims: int) -> Iterator[Row]:
    """Yield rows for noisy figures, and what the same attacker makes of exact figures."""
    for floor, names in _floors().items():
        for secret, publish in PICTURED.items():
            score = _score(victims, secret, partial(_publish_picture, publish, floor))
            yield from (_row(PICTURE, name, secret, score) for name in names)
        score = _score(
            victims, "exact", partial(_publish_picture, noise_attack.publish_exact, floor)
        )
        yield from (_row(f"{CONTROL}{PICTURE}", name, "state", score) for name in names)


def attack_reports(victims: int) -> Iterator[Row]:
    """Yield rows for "Got it", under the profiles that count it."""
    for floor, names in _floors().items():
        score = _score(victims, "reports", partial(_publish_reports, floor))
        counted = (name for name in names if profiles.load_named(name).allows(REPORTS_TEACH))
        yield from (_row(PICTURE, name, "“Got it” pressed or not", score) for name in counted)


def attack_effects(victims: int) -> Iterator[Row]:
    """Yield rows for one decision of a rule's trial, and one case of two wordings of a hint.

    They cover the profiles that show effects.
    """
    for secret, met in (("rule met or not", True), ("offered or held back", False)):
        score = _score(victims, secret, partial(noise_attack.publish_decision, met=met))
        named = (name for names in _floors().values() for name in names)
        yield from (_row(EFFECTS, name, secret, score, days=62) for name in named)
    score = _score(victims, "counts or objects", noise_attack.publish_case)
    named = (name for names in _floors().values() for name in names)
    yield from (_row(WORDINGS, name, "objects or not", score, days=62) for name in named)


def attack_repeatedly(victims: int) -> Iterator[Row]:
    """Yield rows for the same state in several quarters: a limit that nothing here prevents."""
    make = partial(_publish_picture, noise_attack.publish_state, Floor(10, 10, 10))
    for quarters in ADDS_UP:
        score = _score(min(victims, VICTIMS_OF_LIMIT), "adds up", make, quarters=quarters)
        yield _row(f"limit: {PICTURE}", "eu_education", f"one state in {quarters} quarters", score)


def _publish_picture(publish: Picture, floor: Floor, rng: random.Random, victim: int) -> Publish:
    return publish(noise_attack.draw_others(floor, rng, victim), floor)


def _publish_reports(floor: Floor, _: random.Random, victim: int) -> Publish:
    return noise_attack.publish_reports(noise_attack.draw_reporters(floor, victim), floor)


def _score(victims: int, seed: str, make: Make, *, quarters: int = 1) -> AttackScore:
    rng = random.Random(seed)  # noqa: S311
    return scores.score_victims(
        [noise_attack.accuracy(make(rng, n), rng, quarters=quarters) for n in range(victims)]
    )


def _floors() -> Mapping[Floor, list[str]]:
    """Return the floors, each with the profiles that use it and allow class pictures."""
    found: dict[Floor, list[str]] = defaultdict(list)
    for name in profiles.NAMES:
        each = profiles.load_named(name)
        if each.teacher_aggregate:
            floor = Floor(each.floor_people, each.floor_biometric, each.floor_simulated)
            found[floor].append(name)
    return found


def _row(
    road: str,
    profile: str | None,
    secret: str,
    score: AttackScore,
    *,
    questions: int = 1,
    days: int = 1,
) -> Row:
    return {
        "road": road, "profile": profile or "none", "secret": secret, "questions": questions,
        "days": days, "accuracy": round(score.accuracy, 4), "upper": round(score.upper, 4),
        "victims": score.victims,
    }  # fmt: skip
