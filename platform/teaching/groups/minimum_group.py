"""Select the learners whose decisions may be shown as a group (I-22).

Real people count from the floor on, else simulated ones alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.utils.translation import gettext as _

from consent.legal_profiles import profiles
from estimates.group_figures import proportions
from estimates.group_figures.noise import NO_NOISE, Noise
from estimates.group_figures.proportions import Floor, GroupPerson

# Used if no legal profile is set: the least group that could be allowed.
DEFAULT_FLOOR = Floor(people=5, biometric=profiles.BIOMETRIC_FLOOR, simulated=1)


def group_floor() -> Floor:
    """Return the least group sizes on this site."""
    profile = profiles.current()
    if profile is None:
        return DEFAULT_FLOOR
    return Floor(profile.floor_people, profile.floor_biometric, profile.floor_simulated)


def select_group(
    simulated: Mapping[int, bool],
    body: Collection[int] = (),
    noise: Noise = NO_NOISE,
    *,
    floor: Floor | None = None,
) -> set[int]:
    """Return the learners who may be shown together; those in `body` have biometric Estimates.

    `floor`: the site's, for callers with many groups; it is loaded if it is not given.
    """
    people = [
        GroupPerson(who, is_simulated, {}, who in body) for who, is_simulated in simulated.items()
    ]
    shown = proportions.select_countable(people, floor or group_floor(), noise)
    return {person.learner for person in shown}


def format_count(learners: int, *, simulated: bool) -> str:
    """Return the number of people as text; of real people, the lower end of a band."""
    return f"{learners}" if simulated else _("{n} or more").format(n=proportions.band(learners))
