"""A Learner's own pairs as their page shows them: no name before both have accepted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import User
from accounts.name_order import initial_of
from accounts.people import name_of
from courses.models import Course, Skill, UnitSkill
from peers.models import PAIRED, PeerPair
from peers.pairs import is_asked, open_pairs
from vault.errors import KeyDestroyed


@dataclass(frozen=True, slots=True)
class PairCard:
    """One pair. `step`: "asked" = waits for the reader, "waiting" = for the other, "paired"."""

    id: UUID
    course: str
    url: str
    lang: str
    skill: str
    step: str
    helps: bool
    until: datetime | None
    name: str = ""
    simulated: bool = False
    discussion: str = ""

    @property
    def initial(self) -> str:
        return initial_of(self.name)


def load_cards(user: User, courses: Iterable[Course], *, now: datetime) -> list[PairCard]:
    """Return the person's open pairs, oldest first."""
    rows = list(open_pairs(user, courses, now=now))
    places = _find_discussions({row.skill for row in rows if row.state == PAIRED})
    cards = (_make_card(user, row, places.get(row.skill_id, "")) for row in rows)
    return [card for card in cards if card is not None]


def _make_card(user: User, pair: PeerPair, discussion: str) -> PairCard | None:
    """Return one card; None while the other's account is being erased."""
    course, helps, paired = pair.skill.course, pair.helper_id == user.pk, pair.state == PAIRED
    other = pair.learner if helps else pair.helper
    try:
        name = name_of(other) if paired else ""
    except KeyDestroyed:
        return None
    return PairCard(
        id=pair.pk,
        course=course.title,
        url=f"/courses/{course.slug}/classmates/",
        lang=course.language,
        skill=pair.skill.name,
        step="paired" if paired else "asked" if is_asked(user, pair) else "waiting",
        helps=helps,
        until=pair.due_at,
        name=name,
        simulated=paired and other.simulated,
        discussion=discussion,
    )


def _find_discussions(skills: Iterable[Skill]) -> dict[int, str]:
    """Return the address of the discussion of each skill's first unit that is no graded test."""
    places = UnitSkill.objects.filter(skill__in=skills, unit__position__isnull=False)
    rows = places.exclude(unit__scenario="graded").select_related("unit")
    return {
        row.skill_id: f"/units/{row.unit.code}/discussion/#ask"
        for row in rows.order_by("-unit__position")
    }
