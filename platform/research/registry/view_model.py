"""View model of Predictors: grouped by kind, each with its state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext

from emotion import artefacts
from emotion.models.registry import MODELS
from estimates.models import Predictor
from estimates.registry import predictors
from research.registry import flagged_predictors
from research.runs import view_model


@dataclass(frozen=True, slots=True)
class PredictorLine:
    """A Predictor in the list, and its state."""

    row: Predictor
    place: str
    figure: str
    flagged: bool


@dataclass(frozen=True, slots=True)
class PredictorKind:
    code: str
    name: str
    lines: tuple[PredictorLine, ...]
    can_go_back: bool


def group_by_kind(rows: Iterable[Predictor]) -> list[PredictorKind]:
    """Return the kinds by importance; within each, the Predictor in use comes first."""
    known = list(rows)
    shrunk = flagged_predictors.find_shrunk_runs([str(row) for row in known])
    found = []
    for code, model in MODELS.items():
        own = [_build_line(row, str(row) in shrunk) for row in known if row.kind == code]
        if own:
            own.sort(key=lambda line: (not line.row.active, not line.row.challenger))
            can_go_back = any(line.place == "former" for line in own)
            found.append(PredictorKind(code, gettext(model.title), tuple(own), can_go_back))
    return found


def _build_line(row: Predictor, is_flagged: bool) -> PredictorLine:
    """Build a line; a Predictor without weights is not flagged, since it holds no data."""
    place, figure = _find_state(row), view_model.format_headline(row.card.get("figures", {}))
    return PredictorLine(row, place, figure, is_flagged and place != "missing")


def _find_state(row: Predictor) -> str:
    if not predictors.folder_of(str(row)).is_dir():
        return "missing"
    if row.active:
        return "active"
    if row.challenger:
        return "challenger"
    if artefacts.UNPROMOTED in row.card:
        return "unpromoted"
    return "former" if row.promoted_at else "known"
