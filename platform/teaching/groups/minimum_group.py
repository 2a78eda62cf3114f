"""Whose decisions may be shown as those of a group: real people from the floor on, else simulated
ones by themselves (I-22)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.utils.translation import gettext as _

from consent.legal_profiles import profiles
from teaching.class_picture import proportions
from teaching.class_picture.noise import NO_NOISE, Noise
from teaching.class_picture.proportions import Floor, GroupPerson

# Where no profile says what makes a group: the least that one may say.
STRICT = Floor(people=5, biometric=profiles.BIOMETRIC_FLOOR, simulated=1)


def floor() -> Floor:
    """What makes a group on this site."""
    profile = profiles.current()
    if profile is None:
        return STRICT
    return Floor(profile.floor_people, profile.floor_biometric, profile.floor_simulated)


def group(
    simulated: Mapping[int, bool], body: Collection[int] = (), noise: Noise = NO_NOISE
) -> set[int]:
    """Who of these Learners may be shown together; `body` = a guess of their body was in it."""
    people = [GroupPerson(who, made_up, {}, who in body) for who, made_up in simulated.items()]
    return {person.learner for person in proportions.select_countable(people, floor(), noise)}


def told(learners: int, *, simulated: bool) -> str:
    """How many people, of real ones the least of a band."""
    return f"{learners}" if simulated else _("{n} or more").format(n=proportions.band(learners))
