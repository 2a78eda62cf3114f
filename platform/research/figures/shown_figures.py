"""What this site may show of a card: no state and no group of fewer people than its floor."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from consent.scopes import SOURCES
from estimates.group_figures import disclosure
from estimates.models.group_figures import RESEARCH
from research.runs.models import Run

GROUPS: Final = "groups"
CONFUSION: Final = "confusion"
# Figures of one state: its own, those of a comparison, and a level's, which is about two states.
OF_STATE: Final = re.compile(
    r"(?:^|_)(?:auc|gain_over_video)_\w+|(?:^|_)auroc|_high_share$|_commonest_macro_f1$"
)
OF_GROUP: Final = re.compile(r"(?:^|_)(?:gap|log_loss_gain_with(?:out)?)_(?P<group>\w+)")


def find_floor(figures: Mapping[str, Any], origin: str, sources: Iterable[str]) -> int:
    """Return the least number of people in a group of a card; 0 where all are simulated.

    No group is enough where the site allows no research.
    """
    if origin == "simulated" and not figures.get("real_people"):
        return 0
    floor = disclosure.current_floor(RESEARCH)
    if floor is None:
        return sys.maxsize
    biometric = any(SOURCES[name].biometric for name in sources if name in SOURCES)
    return floor.biometric if biometric else floor.people


def count_people(figures: Mapping[str, Any], prefix: str, floor: int) -> list[int | None]:
    """Return the number of people in each state; None where it is not shown, [] if unknown."""
    confusion = figures.get(f"{prefix}{CONFUSION}")
    people = confusion.get("people", ()) if isinstance(confusion, Mapping) else ()
    shown = find_enough([n or 0 for n in people], floor)
    return [int(n) if n is not None and at in shown else None for at, n in enumerate(people)]


def find_enough(people: Sequence[float], floor: int) -> set[int]:
    """Return the places of the groups that have enough people.

    Where one group alone has too few, the next smallest is left out as well, since the totals
    would tell what is missing.
    """
    shown = {at for at, number in enumerate(people) if number >= floor}
    if len(people) - len(shown) == 1 and shown:
        shown.remove(min(shown, key=lambda at: people[at]))
    return shown


def shows_group(sides: Sequence[Sequence[float]], floor: int) -> bool:
    """Return whether both sides of a group have enough people: one side tells the other."""
    return all(side[3] >= floor for side in sides)


def list_shown(figures: Mapping[str, Any], floor: int) -> dict[str, Any]:
    """Return the figures without those of states and groups that are not shown."""
    prefixes = [key.removesuffix(CONFUSION) for key in figures if key.endswith(CONFUSION)]
    states = all(None not in count_people(figures, each, floor) for each in prefixes)
    groups = set(_list_groups(figures, floor))
    return {
        key: value
        for key, value in figures.items()
        if (not floor or states or not OF_STATE.search(key))
        and (not floor or not (of := OF_GROUP.search(key)) or of["group"] in groups)
    }


def list_shown_of_run(run: Run) -> dict[str, Any]:
    """Return the figures of a Run that may be listed; of real people, with the highest floor."""
    figures = run.figures or {}
    origin = "simulated" if run.simulated else "people"
    return list_shown(figures, find_floor(figures, origin, SOURCES))


def _list_groups(figures: Mapping[str, Any], floor: int) -> Iterator[str]:
    found = figures.get(GROUPS)
    for name, sides in found.items() if isinstance(found, Mapping) else ():
        if shows_group(sides, floor):
            yield name
