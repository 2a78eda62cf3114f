"""What the page of a lesson shows of its map: lines with sentences, and the chart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from teaching.lessons import part_texts
from teaching.lessons.lesson_map import LessonMap
from teaching.lessons.map_svg import draw_map
from teaching.lessons.parts import LessonPart
from teaching.videos.timeline import TranscriptSentence

# Parts without a difference that are listed at once; the others are in the table.
MOST_LISTED = 5
# Sentences of the transcript before and after the explained part; without one in it, the first few.
SENTENCES_AROUND, FIRST_SENTENCES = 2, 6


@dataclass(frozen=True, slots=True)
class PartLine:
    """A part in the list: its name, what drives its place, and the looks of these sources."""

    part: LessonPart
    name: str
    share: str
    drivers: str
    looks: tuple[str, ...]
    is_current: bool = False

    @property
    def width(self) -> int:
        """Return the width of the interval in percent, at least a line."""
        return max(1, self.part.rank.high - self.part.rank.low) if self.part.rank else 0

    @property
    def usual_width(self) -> int:
        usual = self.part.rank.usual if self.part.rank else None
        return max(1, usual[1] - usual[0]) if usual else 0


def read_page(found: LessonMap) -> dict[str, Any]:
    """Return the context of the page for a map."""
    chosen = found.chosen
    length = found.lesson.video.video.duration_s if found.lesson.video else 0.0
    harder, alike, few = (
        list_lines(parts, chosen) for parts in (found.harder, found.alike, found.few)
    )
    return {
        "chosen": _line(chosen, chosen) if chosen else None,
        "evidence": part_texts.list_evidence(found, chosen) if chosen else [],
        "harder": harder,
        "alike": alike,
        "listed": f":{MOST_LISTED}",
        "most_listed": MOST_LISTED,
        "few": few,
        "tables": (harder, alike, few),
        "chart": draw_map(found.parts, length, chosen.key) if chosen else None,
        "sentences": near_sentences(found.sentences),
        "people": max((part.rank.n for part in found.ranked if part.rank), default=0),
    }


def near_sentences(sentences: Sequence[TranscriptSentence]) -> Sequence[TranscriptSentence]:
    """Return the sentences of the explained part, and some around it."""
    inside = [place for place, each in enumerate(sentences) if each.current]
    if not inside:
        return sentences[:FIRST_SENTENCES]
    return sentences[max(0, inside[0] - SENTENCES_AROUND) : inside[-1] + 1 + SENTENCES_AROUND]


def list_lines(parts: Iterable[LessonPart], chosen: LessonPart | None = None) -> list[PartLine]:
    return [_line(part, chosen) for part in parts]


def _line(part: LessonPart, chosen: LessonPart | None) -> PartLine:
    looks = dict.fromkeys(part_texts.LOOKS.get(e.source, "course") for e in part.drivers)
    return PartLine(
        part,
        part_texts.name_part(part),
        part_texts.describe_share(part),
        part_texts.describe_drivers(part),
        tuple(looks),
        is_current=chosen is not None and part.key == chosen.key,
    )
