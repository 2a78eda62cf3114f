"""Two worlds that differ by one bit of one Learner, and all that can be read in each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from django.db import transaction
from django.test.utils import override_settings

from accounts.models import User
from consent.legal_profiles import profiles
from consent.scopes import GRANT_SCOPES
from tools.inference_attack.attack_surface import ask_each
from tools.inference_attack.classroom import Classroom, do_lessons, enrol, read_hint
from tools.inference_attack.secret_rows import SECRETS, AttackTarget, SecretWriter

PROFILES: Final = (*profiles.NAMES, None)
Answers = Mapping[tuple[str, str | None], Mapping[str, str]]
Groups = Sequence[tuple[str | None, ...]]


@dataclass(frozen=True, slots=True)
class PairedWorlds:
    """What each road showed under each profile with the bit unset, and with the bit set."""

    victim: int
    secret: str
    unset: Answers
    was_set: Answers


def attack_victims(
    room: Classroom, secrets: Mapping[str, SecretWriter] = SECRETS, asked: Groups | None = None
) -> Iterator[PairedWorlds]:
    """Attack each victim with one of the secrets in turn."""
    names, under = list(secrets), group_profiles() if asked is None else asked
    for number, victim in enumerate(room.victims):
        name = names[number % len(names)]
        unset, was_set = (
            ask_world(room, victim, partial(secrets[name], bit=bit), under) for bit in (False, True)
        )
        yield PairedWorlds(number, name, unset, was_set)


def ask_world(
    room: Classroom, victim: User, write: Callable[[AttackTarget], None], asked: Groups
) -> Answers:
    """Write the secret, read everything, and roll back."""
    with _roll_back(), override_settings(LEGAL_PROFILE="demo"):
        enrol(victim, room)
        page = do_lessons(victim, room, 1)
        read_hint(victim, room, other=True)
        write(AttackTarget(victim, room, page))
        said = {names: list(_ask_under(names[0], room)) for names in asked}
    return {
        (road, name): found
        for names, roads in said.items()
        for road, found in roads
        for name in names
    }


def group_profiles() -> Groups:
    """Group the profiles by all settings that these roads depend on."""
    groups: dict[object, list[str | None]] = defaultdict(list)
    for name in PROFILES:
        groups[_read_settings(name)].append(name)
    return [tuple(names) for names in groups.values()]


def _read_settings(name: str | None) -> object:
    if name is None:
        return None
    profile = profiles.load_named(name)
    shown = [scope for scope in GRANT_SCOPES if not scope.endswith(":research")]
    return (
        profile.teacher_aggregate, profile.floor_people, profile.floor_biometric,
        profile.floor_simulated, profile.rules_use, profile.needs_study,
        tuple(filter(profile.allows, shown)),
    )  # fmt: skip


def _ask_under(profile: str | None, room: Classroom) -> Iterator[tuple[str, Mapping[str, str]]]:
    with override_settings(LEGAL_PROFILE=profile or ""):
        yield from ask_each(room)


def differing_roads(pair: PairedWorlds) -> set[tuple[str, str | None]]:
    """Return the roads and profiles on which the two worlds differ."""
    return {key for key, said in pair.unset.items() if said != pair.was_set[key]}


@contextmanager
def _roll_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
