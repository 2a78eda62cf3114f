"""One video as its Teachers may see it: bins, chapters, a selected span, the transcript."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from courses.models import CaptionTrack, Unit
from courses.timestamps import format_time
from estimates.models import BEHAVIOUR_STATES
from teaching.class_picture import published_summary
from teaching.class_picture.published_summary import EstimatedRange
from teaching.groups.group_filter import EVERYBODY, Audience, audience_of
from teaching.videos.chapters import chapters_of
from teaching.videos.engagement_stats import VideoRecords, load_records
from teaching.videos.time_bins import SpanCounts, TimeSpan, count_spans, split_video
from teaching.videos.timeline_svg import ChapterPart, ChartInput, TimelineChart, draw_timeline

LABEL = "CONFUSION"
# Steps of the colour ramp next to a sentence, from least to most replayed.
STEPS = 3


@dataclass(frozen=True, slots=True)
class TimelineBin:
    """A bin of 5 s in the table; `is_shown` = enough people watched."""

    span: TimeSpan
    name: str
    count: SpanCounts
    is_shown: bool


@dataclass(frozen=True, slots=True)
class TranscriptSentence:
    """A caption and how often it was replayed; None = too few watched.

    `is_back_enough`: enough people replayed it.
    """

    at: str
    span: TimeSpan
    text: str
    back: int | None
    step: int
    current: bool
    is_back_enough: bool


@dataclass(frozen=True, slots=True)
class ChosenSpan:
    """Figures of the selected span; `part` is the chapter in which it begins."""

    span: TimeSpan
    name: str
    end: str
    part: ChapterPart
    count: SpanCounts
    is_shown: bool
    is_back_shown: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """All that the page of one video shows."""

    unit: Unit
    length: float
    since: datetime | None
    audience: Audience
    bins: tuple[TimelineBin, ...]
    parts: tuple[ChapterPart, ...]
    chart: TimelineChart
    stretch: ChosenSpan
    sentences: tuple[TranscriptSentence, ...]
    guessing: bool


def load_timeline(unit: Unit, who: str = EVERYBODY, wanted: TimeSpan | None = None) -> Timeline:
    """Return what may be shown of one video for one group of its course."""
    audience = audience_of(unit.course, who)
    found, own, length = (
        load_records(unit, audience.learners),
        own_pauses(unit),
        unit.video.duration_s,
    )
    cut = split_video(length)
    bins = [
        TimelineBin(span, format_span(span), count, audience.is_enough(count.watched))
        for span, count in zip(cut, count_spans(found, cut, own), strict=True)
    ]
    parts = _chapter_parts(unit, found, audience, own)
    chosen = wanted or _most_replayed(parts).span
    return Timeline(
        unit=unit,
        length=length,
        since=found.since,
        audience=audience,
        bins=tuple(bins),
        parts=tuple(parts),
        chart=draw_timeline(
            ChartInput(
                length,
                [(each.span, each.count) for each in bins if each.is_shown],
                _held_back_spans(bins),
                parts,
                chosen,
            )
        ),
        stretch=_count_chosen(chosen, parts, found, audience, own),
        sentences=tuple(list_sentences(unit, found, audience, chosen)),
        guessing=published_summary.is_allowed(),
    )


def format_span(span: TimeSpan) -> str:
    return f"{format_time(span.begin)}–{format_time(span.end)}"


def own_pauses(unit: Unit) -> list[float]:
    """Return the seconds at which the page pauses by itself: the end, questions, replay ends."""
    rows = unit.questions.filter(time_s__isnull=False).values_list("time_s", "jump_to_s")
    return [unit.video.duration_s, *(at for row in rows for at in row if at is not None)]


def _held_back_spans(bins: Sequence[TimelineBin]) -> list[TimeSpan]:
    """Merge neighbouring bins that too few people watched."""
    found: list[TimeSpan] = []
    for each in bins:
        if each.is_shown:
            continue
        if found and found[-1].end == each.span.begin:
            found[-1] = TimeSpan(found[-1].begin, each.span.end)
        else:
            found.append(each.span)
    return found


def _chapter_parts(
    unit: Unit, found: VideoRecords, audience: Audience, own: Collection[float]
) -> list[ChapterPart]:
    """Return the chapters, or the whole video as one; estimates only of the whole class."""
    length = unit.video.duration_s
    begins = [(min(c["start"], length), c["title"]) for c in chapters_of(unit)] or [(0.0, "")]
    ends = [*(begin for begin, _ in begins[1:]), length]
    cut = [TimeSpan(begin, end) for (begin, _), end in zip(begins, ends, strict=True)]
    estimates = _chapter_estimates(unit, audience, len(cut))
    behaviour = _chapter_behaviour(unit, audience, len(cut))
    rows = zip(begins, cut, count_spans(found, cut, own), estimates, behaviour, strict=True)
    return [
        ChapterPart(title, span, count, audience.is_enough(count.stuck), estimate, states)
        for (_, title), span, count, estimate, states in rows
    ]


def _chapter_estimates(unit: Unit, audience: Audience, n: int) -> list[EstimatedRange | None]:
    if audience.chosen.key != EVERYBODY or not published_summary.is_allowed():
        return [None] * n
    cells = published_summary.published_cells(unit=unit)
    return [
        published_summary.median_range(cells.get((place, None), []), LABEL) for place in range(n)
    ]


def _chapter_behaviour(unit: Unit, audience: Audience, n: int) -> list[tuple[EstimatedRange, ...]]:
    """Return for each chapter the share of each state of behaviour; empty for a group."""
    if audience.chosen.key != EVERYBODY or not published_summary.is_allowed():
        return [()] * n
    cells = published_summary.published_cells(unit=unit, kind="behaviour")
    return [
        published_summary.median_ranges(cells.get((place, None), []), BEHAVIOUR_STATES)
        for place in range(n)
    ]


def _most_replayed(parts: Sequence[ChapterPart]) -> ChapterPart:
    """Return the chapter replayed most for its length; the first if none was."""
    return max(parts, key=lambda part: part.count.back / max(1.0, part.span.end - part.span.begin))


def _count_chosen(
    span: TimeSpan,
    parts: Sequence[ChapterPart],
    found: VideoRecords,
    audience: Audience,
    own: Collection[float],
) -> ChosenSpan:
    (count,) = count_spans(found, [span], own)
    part = next((part for part in reversed(parts) if part.span.begin <= span.begin), parts[0])
    return ChosenSpan(
        span, format_span(span), format_time(span.end), part, count,
        is_shown=audience.is_enough(count.watched),
        is_back_shown=audience.is_enough(count.back_people),
    )  # fmt: skip


def list_sentences(
    unit: Unit, found: VideoRecords, audience: Audience, chosen: TimeSpan
) -> Iterator[TranscriptSentence]:
    """Yield the captions in the language of the course, and how often each was replayed."""
    cues = _load_cues(unit)
    cut = [TimeSpan(cue["start"], max(cue["end"], cue["start"] + 0.1)) for cue in cues]
    ends = [span.end for span in cut]
    if ends == sorted(ends):
        each = count_spans(found, cut, ())
    else:  # one inside another
        each = [count_spans(found, [span], ())[0] for span in cut]
    most = max((count.back for count in each), default=0)
    for cue, span, count in zip(cues, cut, each, strict=True):
        is_shown = audience.is_enough(count.watched)
        yield TranscriptSentence(
            format_time(span.begin), span, " ".join(cue["text"].split()),
            back=count.back if is_shown else None,
            step=round(STEPS * count.back / most) if is_shown and most else 0,
            current=chosen.meets(span.begin, span.end),
            is_back_enough=audience.is_enough(count.back_people),
        )  # fmt: skip


def _load_cues(unit: Unit) -> list[dict[str, Any]]:
    """Return the captions in the language of the course, else of the first track."""
    tracks = list(CaptionTrack.objects.filter(video=unit.video))
    own = [track for track in tracks if track.lang == unit.course.language]
    cues = (own or tracks)[0].cues if tracks else []
    return sorted(cues, key=lambda cue: (cue["start"], cue["end"]))
