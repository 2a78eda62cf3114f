"""Decide which stored figures may be shown now; pages read published cells only through this.

A cell is made under the legal profile, floors and consents of its time, and read under the current
ones. The current profile must allow every stream the cell was made from, for help and for the
audience, Teachers or Researchers. The cell's floor must be at least as high as the current one.
Otherwise it shows the same as a cell with too few people, and so does a withdrawn cell. Missing
figures therefore reveal nothing about anyone's consent (docs/adr/0031). "Got it" is shown if the
profile allows reports in class pictures (docs/adr/0040).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from consent.legal_profiles import profiles
from consent.legal_profiles.profiles import LegalProfile
from consent.scopes import REPORTS_TEACH, RESEARCH_SCOPES, required_scope, split, streams_of
from estimates.group_figures.proportions import Floor, Picture
from estimates.models import Cell, Member
from estimates.models.group_figures import RESEARCH, TEACH

STRICTEST_FLOOR = profiles.BIOMETRIC_FLOOR


@dataclass(frozen=True, slots=True)
class CellFigures:
    """One section as it may be shown; `picture` None = too few people, or withdrawn."""

    picture: Picture | None
    stuck: int | None
    got_it: int | None
    floor: int


def current_floor(audience: str) -> Floor | None:
    """Return the least group sizes on this site; None if it allows this audience no figures."""
    profile = profiles.current()
    if profile is None or not _allows_audience(profile, audience):
        return None
    return Floor(
        people=profile.floor_people,
        biometric=profile.floor_biometric,
        simulated=profile.floor_simulated,
    )


def _allows_audience(profile: LegalProfile, audience: str) -> bool:
    if audience == RESEARCH:
        return any(profile.allows(scope) for scope in RESEARCH_SCOPES)
    return profile.teacher_aggregate


def read_cells(cells: Collection[Cell], audience: str = TEACH) -> Mapping[int, CellFigures]:
    """Return what each of these cells may show this audience now, by its pk.

    A cell counted for the other audience shows nothing.
    """
    if not cells:
        return {}
    profile, scopes = profiles.current(), _scopes_of(cells)
    if profile is not None and not _allows_audience(profile, audience):
        profile = None
    return {cell.pk: _figures(cell, scopes[cell.pk], profile, audience) for cell in cells}


def _scopes_of(cells: Iterable[Cell]) -> Mapping[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    rows = Member.objects.filter(cell__in=[cell.pk for cell in cells])
    for cell, scopes in rows.values_list("cell", "scopes"):
        found[cell].update(scopes)
    return found


def _figures(
    cell: Cell, scopes: Collection[str], profile: LegalProfile | None, audience: str
) -> CellFigures:
    if profile is None or any(split(name)[1] != audience for name in scopes):
        return CellFigures(None, None, None, STRICTEST_FLOOR)
    sensed = [name for name in scopes if name != REPORTS_TEACH]
    streams = streams_of(sensed)
    least = profile.floor_simulated if cell.simulated else profile.floor(streams)
    stuck = _published_number(cell, cell.stuck, profile)
    got_it = (
        _published_number(cell, cell.got_it, profile) if profile.allows(REPORTS_TEACH) else None
    )
    made_with = (cell.n or 0) if cell.simulated else cell.floor
    if cell.n is None or made_with < least or not _allows(profile, sensed):
        return CellFigures(None, stuck, got_it, max(cell.floor, profile.floor(streams)))
    picture = Picture(
        cell.n,
        dict(zip(cell.labels, cell.shares, strict=True)),
        cell.unsure or 0,
        cell.simulated,
        dict(zip(cell.labels, cell.right, strict=True)) if cell.kind == "results" else {},
        cell.right_all,
    )
    return CellFigures(picture, stuck, got_it, cell.floor)


def _published_number(cell: Cell, stored: int | None, profile: LegalProfile) -> int | None:
    """Return a number of reports, unless it is under the current floor."""
    people = profile.floor_simulated if cell.simulated else profile.floor_people
    return stored if stored is not None and stored >= people else None


def _allows(profile: LegalProfile, sensed: Iterable[str]) -> bool:
    return all(profile.allows(name) and profile.allows(required_scope(name)) for name in sensed)
