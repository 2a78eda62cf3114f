"""Layout of the lesson map as coordinates in an SVG of 860 by 424 (pure).

The video is a time axis, the quiz a column for each question. Above are the intervals on one scale,
below a row for each source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from courses.timestamps import format_time
from teaching.lessons.evidence import Evidence
from teaching.lessons.parts import LessonPart
from teaching.videos.timeline_svg import SvgBox, SvgLabel

LEFT, RIGHT, GAP = 124.0, 858.0, 16.0
COLUMN, WIDEST_QUIZ, QUESTION = 27.0, 0.5, 15.0
# Top and base of the scale, and the rows below it.
TOP, BASE = 70.0, 212.0
FIRST_ROW, ROW, ROW_GAP, BOTTOM = 236.0, 24.0, 10.0, 404.0
LETTER = 6.6
STEPS = (25, 50, 75)


@dataclass(frozen=True, slots=True)
class MapColumn:
    """One part: its place from left to right, its interval or what is held back instead."""

    key: str
    label: str
    x: float
    width: float
    bar: SvgBox | None
    held: SvgBox | None
    words: str
    is_harder: bool
    is_chapter: bool

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class MapCell:
    """A cell of a row. `look`: more, usual, few or unsure; `text` is the figure, or a dash."""

    look: str
    source: str
    box: SvgBox
    text: str

    @property
    def middle(self) -> float:
        return round(self.box.x + self.box.width / 2, 1)

    @property
    def base(self) -> float:
        return round(self.box.y + self.box.height / 2 + 5, 1)


@dataclass(frozen=True, slots=True)
class MapRow:
    """A row of cells with its label on two lines."""

    title: str
    unit: str
    y: float
    cells: tuple[MapCell, ...]


@dataclass(frozen=True, slots=True)
class MapChart:
    """Everything that is drawn; `frame` is around the chosen part."""

    columns: tuple[MapColumn, ...]
    usual: tuple[SvgBox, ...]
    rows: tuple[MapRow, ...]
    labels: tuple[SvgLabel, ...]
    heads: tuple[SvgLabel, ...]
    grid: tuple[SvgLabel, ...]
    ticks: tuple[SvgLabel, ...]
    lines: tuple[float, ...]
    frame: SvgBox | None


@dataclass(frozen=True, slots=True)
class MapAxis:
    """Where the video ends and the quiz begins; `column` is the width of a question."""

    length: float
    video_end: float
    quiz_begin: float
    column: float
    asked: int

    def x_of(self, second: float) -> float:
        share = second / self.length if self.length else 0.0
        return round(LEFT + (self.video_end - LEFT) * share, 1)

    def x_of_question(self, place: int) -> float:
        return round(self.quiz_begin + self.column * place, 1)


def draw_map(parts: Sequence[LessonPart], length: float, chosen: str) -> MapChart:
    """Lay out the chart; what is held back is a hatched box, never a missing bar."""
    axis = make_axis(length, sum(part.number > 0 for part in parts))
    places = {part.key: at for at, part in enumerate(p for p in parts if p.number)}
    columns = [_column(part, axis, places.get(part.key, 0)) for part in parts]
    by_key = {column.key: column for column in columns}
    return MapChart(
        columns=tuple(columns),
        usual=tuple(_usual_boxes(parts, axis)),
        rows=tuple(_rows(parts, by_key)),
        labels=tuple(_labels(columns, chosen)),
        heads=tuple(_heads(axis)),
        grid=tuple(SvgLabel(LEFT - 8, _y(step), str(step), "end") for step in STEPS),
        ticks=tuple(_ticks(parts, axis)),
        lines=tuple(column.x for column in columns if column.is_chapter),
        frame=_frame(by_key.get(chosen)),
    )


def make_axis(length: float, asked: int) -> MapAxis:
    """Share the width between the video and `asked` questions of the quiz."""
    whole = RIGHT - LEFT
    if not asked:
        return MapAxis(length, RIGHT, RIGHT, 0.0, 0)
    if not length:
        return MapAxis(0.0, LEFT, LEFT, min(whole / asked, 3 * COLUMN), asked)
    column = min(COLUMN, WIDEST_QUIZ * whole / asked)
    begin = RIGHT - column * asked
    return MapAxis(length, begin - GAP, begin, column, asked)


def _column(part: LessonPart, axis: MapAxis, place: int) -> MapColumn:
    if part.is_chapter:
        x, width = axis.x_of(part.begin), axis.x_of(part.end) - axis.x_of(part.begin)
    elif part.number:
        x, width = axis.x_of_question(place), axis.column
    else:
        x, width = axis.x_of(part.begin) - QUESTION / 2, QUESTION
    x, width = round(x, 1), round(max(1.0, width), 1)
    bar, words = None, ""
    # A question in the video lies over its chapter and must not hide it.
    top = TOP if part.is_chapter or part.number else BASE - QUESTION
    held: SvgBox | None = _box(x, top, width, BASE - top)
    if part.rank is not None:
        high, low = _y(part.rank.high), _y(part.rank.low)
        inset = 3.0 if width > QUESTION + 4 else 1.0
        bar = _box(x + inset, high, width - 2 * inset, max(3.0, low - high))
        held, words = None, f"{part.rank.low}–{part.rank.high}"
    label = part.title if part.is_chapter else part.place
    return MapColumn(part.key, label, x, width, bar, held, words, part.is_harder, part.is_chapter)


def _usual_boxes(parts: Sequence[LessonPart], axis: MapAxis) -> list[SvgBox]:
    """Return what is usual for the chapters, and for the questions of the quiz."""
    found = []
    ends = ((True, LEFT, axis.video_end), (False, axis.quiz_begin, RIGHT))
    for chapters, begin, end in ends:
        known = (
            part.rank.usual
            for part in parts
            if part.rank and part.rank.usual and part.is_chapter == chapters
        )
        usual = next(known, None)
        if usual is not None and end > begin:
            found.append(_box(begin, _y(usual[1]), end - begin, _y(usual[0]) - _y(usual[1])))
    return found


def _rows(parts: Sequence[LessonPart], columns: dict[str, MapColumn]) -> list[MapRow]:
    words = (
        ("replayed", _("Replayed"), _("learners")),
        ("wrong", _("Wrong at first"), _("learners")),
        ("hints", _("Hints"), _("learners")),
        ("stuck", _("“I’m stuck”"), _("learners")),
        ("confusion", _("Confusion"), _("estimated, %")),
    )
    found: list[MapRow] = []
    for source, title, unit in words:
        known = [(part, part.evidence[source]) for part in parts if source in part.evidence]
        if not known:
            continue
        y = FIRST_ROW + (ROW + ROW_GAP) * len(found)
        cells = (_cell(each, columns[part.key], y) for part, each in known)
        found.append(MapRow(title, unit, y, tuple(cells)))
    return found


def _cell(found: Evidence, column: MapColumn, y: float) -> MapCell:
    text = "–" if found.state == "usual" else ""
    if found.state == "more":
        is_range = found.source == "confusion"
        text = f"{found.low}–{found.high}" if is_range else str(found.count)
    box = _box(column.x + 1, y, max(2.0, column.width - 2), ROW)
    return MapCell(found.state, found.source, box, text)


def _labels(columns: Sequence[MapColumn], chosen: str) -> list[SvgLabel]:
    """Return the names of the chapters where there is room, and the numbers of the questions."""
    found = []
    for column in columns:
        strong = column.key == chosen
        if not column.is_chapter:
            if ":" not in column.label:
                found.append(SvgLabel(column.middle, 46, column.label, "middle", strong))
            continue
        lines = wrap_title(column.label, int((column.width - 8) / LETTER))
        for at, line in enumerate(lines):
            found.append(SvgLabel(column.x + 5, 46 + 15 * at, line, "start", strong))
    return found


def wrap_title(title: str, room: int) -> list[str]:
    """Return a title on one or two lines of `room` letters, shortened; none without room."""
    if room < 3:
        return []
    first, rest = "", title.split()
    while rest and len(f"{first} {rest[0]}".strip()) <= room:
        first = f"{first} {rest.pop(0)}".strip()
    second = " ".join(rest)
    if not first:
        return [_shorten(second, room)]
    return [first, _shorten(second, room)] if second else [first]


def _shorten(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"


def _heads(axis: MapAxis) -> list[SvgLabel]:
    found = []
    if axis.length:
        said = _("Video, {length}").format(length=format_time(axis.length))
        found.append(SvgLabel(LEFT, 18, said, "start", strong=True))
    if axis.asked:
        found.append(SvgLabel(axis.quiz_begin, 18, _("Quiz, question"), "start", strong=True))
    return found


def _ticks(parts: Sequence[LessonPart], axis: MapAxis) -> list[SvgLabel]:
    """Return the times at which the chapters begin, without those that would overlap."""
    found: list[SvgLabel] = []
    for part in parts:
        x = axis.x_of(part.begin)
        if part.is_chapter and (not found or x - found[-1].x > 34):
            found.append(SvgLabel(x, BOTTOM + 14, format_time(part.begin), "start"))
    return found


def _frame(column: MapColumn | None) -> SvgBox | None:
    return None if column is None else _box(column.x, 28, column.width, BOTTOM - 28)


def _y(percent: float) -> float:
    return round(BASE - (BASE - TOP) * percent / 100, 1)


def _box(x: float, y: float, width: float, height: float) -> SvgBox:
    return SvgBox(round(x, 1), round(y, 1), round(width, 1), round(max(1.0, height), 1))
