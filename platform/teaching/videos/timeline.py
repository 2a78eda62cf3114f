"""One video as its Teachers may see it: bins, chapters, a chosen stretch, the transcript."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from courses.models import CaptionTrack, Unit
from teaching.class_picture import published_summary as guesses
from teaching.class_picture.published_summary import EstimatedRange
from teaching.groups.group_filter import EVERYBODY, Audience, audience_of
from teaching.videos.chapters import chapters_of, clock
from teaching.videos.engagement_stats import Records, records
from teaching.videos.time_bins import Count, Span, counts, spans
from teaching.videos.timeline_svg import Chart, Drawn, Part, draw

LABEL = "CONFUSION"
# Steps of the ramp beside a sentence, from the least to the most often replayed.
STEPS = 3


@dataclass(frozen=True, slots=True)
class Bin:
    """5 s as the table says them; `told` = enough people watched."""

    span: Span
    name: str
    count: Count
    told: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is said at a second, and how often it was replayed; None = too few watched."""

    at: str
    span: Span
    text: str
    back: int | None
    step: int
    current: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """The chosen stretch in numbers; `part` is the chapter it begins in."""

    span: Span
    name: str
    end: str
    part: Part
    count: Count
    told: bool
    back_told: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """All that the page of one video shows."""

    unit: Unit
    length: float
    since: datetime | None
    audience: Audience
    bins: tuple[Bin, ...]
    parts: tuple[Part, ...]
    chart: Chart
    stretch: Stretch
    sentences: tuple[Sentence, ...]
    guessing: bool


def timeline(unit: Unit, who: str = EVERYBODY, wanted: Span | None = None) -> Timeline:
    """What may be shown of one video and one group of its course."""
    audience = audience_of(unit.course, who)
    found, own, length = records(unit, audience.learners), own_pauses(unit), unit.video.duration_s
    cut = spans(length)
    bins = [
        Bin(span, named(span), count, audience.is_enough(count.watched))
        for span, count in zip(cut, counts(found, cut, own), strict=True)
    ]
    parts = _parts(unit, found, audience, own)
    chosen = wanted or _hardest(parts).span
    return Timeline(
        unit=unit,
        length=length,
        since=found.since,
        audience=audience,
        bins=tuple(bins),
        parts=tuple(parts),
        chart=draw(
            Drawn(
                length,
                [(each.span, each.count) for each in bins if each.told],
                _held(bins),
                parts,
                chosen,
            )
        ),
        stretch=_stretch(chosen, parts, found, audience, own),
        sentences=tuple(_sentences(unit, found, audience, chosen)),
        guessing=guesses.is_allowed(),
    )


def named(span: Span) -> str:
    return f"{clock(span.begin)}–{clock(span.end)}"


def own_pauses(unit: Unit) -> list[float]:
    """Where the page pauses by itself: at the end, at a question, after what it played again."""
    rows = unit.questions.filter(time_s__isnull=False).values_list("time_s", "jump_to_s")
    return [unit.video.duration_s, *(at for row in rows for at in row if at is not None)]


def _held(bins: Sequence[Bin]) -> list[Span]:
    """Stretches of neighbouring bins that too few people watched."""
    found: list[Span] = []
    for each in bins:
        if each.told:
            continue
        if found and found[-1].end == each.span.begin:
            found[-1] = Span(found[-1].begin, each.span.end)
        else:
            found.append(each.span)
    return found


def _parts(unit: Unit, found: Records, audience: Audience, own: Collection[float]) -> list[Part]:
    """The chapters, or the whole video as one; guesses only of everybody, as published."""
    length = unit.video.duration_s
    begins = [(min(c["start"], length), c["title"]) for c in chapters_of(unit)] or [(0.0, "")]
    ends = [*(begin for begin, _ in begins[1:]), length]
    cut = [Span(begin, end) for (begin, _), end in zip(begins, ends, strict=True)]
    guessed = _guessed(unit, audience, len(cut))
    rows = zip(begins, cut, counts(found, cut, own), guessed, strict=True)
    return [
        Part(title, span, count, audience.is_enough(count.stuck), guess)
        for (_, title), span, count, guess in rows
    ]


def _guessed(unit: Unit, audience: Audience, n: int) -> list[EstimatedRange | None]:
    if audience.chosen.key != EVERYBODY or not guesses.is_allowed():
        return [None] * n
    told = guesses.published_cells(unit=unit)
    return [guesses.median_range(told.get((place, None), []), LABEL) for place in range(n)]


def _hardest(parts: Sequence[Part]) -> Part:
    """The chapter that was replayed most, for its length; the first where none was."""
    return max(parts, key=lambda part: part.count.back / max(1.0, part.span.end - part.span.begin))


def _stretch(
    span: Span, parts: Sequence[Part], found: Records, audience: Audience, own: Collection[float]
) -> Stretch:
    (count,) = counts(found, [span], own)
    part = next((part for part in reversed(parts) if part.span.begin <= span.begin), parts[0])
    return Stretch(
        span, named(span), clock(span.end), part, count,
        told=audience.is_enough(count.watched), back_told=audience.is_enough(count.back_people),
    )  # fmt: skip


def _sentences(unit: Unit, found: Records, audience: Audience, chosen: Span) -> Iterator[Sentence]:
    cues = _cues(unit)
    cut = [Span(cue["start"], max(cue["end"], cue["start"] + 0.1)) for cue in cues]
    each = [counts(found, [span], ())[0] for span in cut]
    most = max((count.back for count in each), default=0)
    for cue, span, count in zip(cues, cut, each, strict=True):
        told = audience.is_enough(count.watched)
        yield Sentence(
            clock(span.begin), span, " ".join(cue["text"].split()),
            back=count.back if told else None,
            step=round(STEPS * count.back / most) if told and most else 0,
            current=chosen.meets(span.begin, span.end),
        )  # fmt: skip


def _cues(unit: Unit) -> list[dict[str, Any]]:
    """In the language of the course, else of the first track."""
    tracks = list(CaptionTrack.objects.filter(video=unit.video))
    own = [track for track in tracks if track.lang == unit.course.language]
    return list((own or tracks)[0].cues) if tracks else []
