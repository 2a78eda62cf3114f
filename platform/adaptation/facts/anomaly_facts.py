"""What is unusual for a Learner just now, as Facts: longer stops of the pointer, a livelier skin.

Read under the Permits of their Streams, which they carry; not known without enough to compare with.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from consent.permits.gate import Permit
from emotion.windows import Track
from interventions.facts import Fact
from telemetry import windows
from telemetry.blocks import tracks
from telemetry.blocks.tracks import TrackRequest, TrackRows
from telemetry.models import Sitting

logger = logging.getLogger(__name__)
# A Sitting, a cut of it, and the Permits it may be read under.
Asked = tuple[Sitting, int, Mapping[str, Permit]]
LOOK_BACK_S = 300.0
STREAM_OF = {"hesitation": "pointer", "eda_rise": "eda"}


def facts_of_each(asked: Sequence[Asked]) -> list[dict[str, Fact]]:
    """`hesitation` and `eda_rise` at the end of each Window, by one reading; one that is not known
    is left out."""
    held = tracks.read_each([_wanted(*each) for each in asked])
    return [_facts_or_none(each) for each in held]


def _facts_or_none(held: TrackRows) -> dict[str, Fact]:
    try:
        return _facts(held)
    except Exception:
        logger.exception("window.unreadable")
        return {}


def _wanted(sitting: Sitting, cut: int, permits: Mapping[str, Permit]) -> TrackRequest:
    t1 = windows.span(cut)[1]
    given = [permits[s] for s in map(_scope, STREAM_OF.values()) if s in permits]
    return TrackRequest(sitting, given, max(0.0, t1 - LOOK_BACK_S), t1)


def _facts(held: TrackRows) -> dict[str, Fact]:
    t0, t1 = held.request.t0, held.request.t1
    found = held.tracks(t0, t1)
    facts = {
        name: _fact(name, found[stream], t1)
        for name, stream in STREAM_OF.items()
        if stream in found
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def _fact(name: str, track: Track, t1: float) -> Fact | None:
    # The filters of the skin need scipy, which only a worker has use for.
    from emotion.features import anomaly

    said = {"hesitation": anomaly.hesitation, "eda_rise": anomaly.eda_rise}[name](track, t1)
    if said is None:
        return None
    scopes = (_scope(STREAM_OF[name]),)
    return Fact(said.is_so, source="sensed", quality=said.quality, scopes=scopes)


def _scope(stream: str) -> str:
    return f"{stream}:adapt"
