"""Facts on what is unusual for a Learner now: longer pointer pauses, a rise in skin conductance.

They are read under the Permits of their Streams, whose scopes they carry. Without enough data to
compare with they are unknown.
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
from vault.errors import KeystoreBusy

logger = logging.getLogger(__name__)
# A Sitting, a cut of it, and the Permits for reading it.
AnomalyRequest = tuple[Sitting, int, Mapping[str, Permit]]
LOOK_BACK_S = 300.0
STREAM_OF = {"hesitation": "pointer", "eda_rise": "eda"}


def facts_of_each(requests: Sequence[AnomalyRequest]) -> list[dict[str, Fact]]:
    """Return `hesitation` and `eda_rise` at the end of each Window, with one read.

    Unknown facts are left out.
    """
    data = tracks.read_each([_request_tracks(*each) for each in requests])
    return [_read_or_none(each) for each in data]


def _read_or_none(data: TrackRows) -> dict[str, Fact]:
    try:
        return _read_facts(data)
    except KeystoreBusy:
        raise
    except Exception:
        logger.exception("window.unreadable")
        return {}


def _request_tracks(sitting: Sitting, cut: int, permits: Mapping[str, Permit]) -> TrackRequest:
    t1 = windows.span(cut)[1]
    given = [permits[s] for s in map(_scope, STREAM_OF.values()) if s in permits]
    return TrackRequest(sitting, given, max(0.0, t1 - LOOK_BACK_S), t1)


def _read_facts(data: TrackRows) -> dict[str, Fact]:
    t0, t1 = data.request.t0, data.request.t1
    found = data.tracks(t0, t1)
    facts = {
        name: _read_fact(name, found[stream], t1)
        for name, stream in STREAM_OF.items()
        if stream in found
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def _read_fact(name: str, track: Track, t1: float) -> Fact | None:
    # The skin conductance filters need scipy, which only workers import.
    from emotion.features import anomaly

    result = {"hesitation": anomaly.hesitation, "eda_rise": anomaly.eda_rise}[name](track, t1)
    if result is None:
        return None
    scopes = (_scope(STREAM_OF[name]),)
    return Fact(result.is_so, source="sensed", quality=result.quality, scopes=scopes)


def _scope(stream: str) -> str:
    return f"{stream}:adapt"
