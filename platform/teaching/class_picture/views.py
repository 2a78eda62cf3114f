"""`/teach/<slug>/board/`: the class picture, of this quarter so far and of those published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import require_person
from courses.access import course_for_teacher
from courses.models import Course
from estimates.label_names import heading_of
from estimates.models import AFFECT_LABELS
from estimates.registry import predictors
from teaching import disclosure
from teaching.class_picture import cells, participants
from teaching.class_picture.cells import QUARTER, Running
from teaching.class_picture.course_sections import Part, titles
from teaching.class_picture.current_cells import read
from teaching.class_picture.models import FILLED
from teaching.class_picture.proportions import BAND, Picture
from teaching.class_picture.typical_range import Range, is_unusual, usual
from teaching.disclosure import CellFigures
from teaching.layout import frame_of, teacher
from teaching.models import Cell, Publication

SHOWN_QUARTERS = 8
STAMP = "%Y%m%dT%H%M"
ALWAYS = ("INTEREST", "BOREDOM", "HAPPINESS", "CONFUSION")


@dataclass(frozen=True, slots=True)
class Band:
    """One state in one part: a range in percent, or how it is held back."""

    kind: str
    label: str = ""
    low: int = 0
    width: int = 0
    high: int = 0
    usually: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One part: `held` says in words why the whole line is held back, or is empty."""

    title: str
    unit: str
    n: str
    simulated: bool
    bands: tuple[Band, ...]
    held: str
    unsure: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    caption: str
    labels: tuple[str, ...]
    lines: tuple[Line, ...]
    floor: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class Choice:
    label: str
    url: str
    current: bool


@require_safe
@require_person
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """So far, or with `?quarter=` one of the published; those with figures are offered."""
    course = course_for_teacher(teacher(request), slug)
    now = timezone.now()
    past = list(
        Publication.objects.filter(course=course, at__isnull=False)
        .filter(Exists(Cell.objects.filter(FILLED, publication=OuterRef("pk"))))
        .order_by("-quarter")[:SHOWN_QUARTERS]
    )
    chosen = _chosen(course, request.GET.get("quarter", ""))
    context = {
        "teach": frame_of(course, "board"),
        "table": _table(course, chosen, now),
        "choices": _choices(past, chosen, course),
        "made_by": _(predictors.shown_title()),
    }
    return render(request, "teaching/board.html", context)


def _chosen(course: Course, wanted: str) -> Publication | None:
    """The published quarter that an address names, also where nothing of it is left to show."""
    if not wanted:
        return None
    try:
        quarter = timezone.make_aware(datetime.strptime(wanted, STAMP))
    except ValueError as error:
        raise Http404 from error
    return get_object_or_404(Publication, course=course, quarter=quarter, at__isnull=False)


def _table(course: Course, chosen: Publication | None, now: datetime) -> Table | None:
    """None where the rules of this site allow no class picture."""
    floor = participants.floor()
    if floor is None:
        return None
    if chosen is None:
        found = cells.running(course, now=now)
        known = usual(course, cells.quarter_of(now))
        held = _("Shown when the quarter of an hour has ended, if enough people take part.")
        return table(course, _of_running(found), _caption_running(found), floor.people, known, held)
    stored = read(chosen)
    seen = disclosure.read_cells(stored.values())
    rows = {part: seen[cell.pk] for part, cell in stored.items()}
    known = usual(course, chosen.quarter)
    held = _(
        "Too few people to show. Figures need at least {floor} people, and can be deleted later."
    )
    held = held.format(floor=floor.biometric)
    return table(course, rows, _span(chosen.quarter), floor.people, known, held)


def table(
    course: Course,
    rows: Mapping[Part, CellFigures],
    caption: str,
    floor: int,
    known: Mapping[str, Range],
    held: str,
) -> Table:
    """Every part with something to say, in the order of the course; `held` says why one has no
    picture. A withdrawn part looks like one that nobody was in: neither tells about anybody.
    """
    rows = {part: row for part, row in rows.items() if _says_something(row)}
    given = {label for row in rows.values() if row.picture for label in row.picture.shares}
    labels = tuple(label for label in AFFECT_LABELS if label in (given or ALWAYS))
    named = titles(course)
    return Table(
        caption=caption,
        labels=tuple(heading_of(label) for label in labels),
        lines=tuple(_line(named[p], rows[p], labels, known, held) for p in named if p in rows),
        floor=floor,
        simulated=any(row.picture.simulated for row in rows.values() if row.picture),
    )


def _says_something(row: CellFigures) -> bool:
    """Whether there is a figure. That a part has a row without one says that somebody is sensed."""
    return any(each is not None for each in (row.picture, row.stuck, row.got_it))


def _line(
    title: tuple[str, str],
    row: CellFigures,
    labels: Sequence[str],
    known: Mapping[str, Range],
    held: str,
) -> Line:
    found = row.picture
    return Line(
        title=title[0],
        unit=title[1],
        n=_number(found.n, found.simulated) if found else "",
        simulated=bool(found and found.simulated),
        bands=_bands(title[0], found, labels, known),
        held="" if found else held,
        unsure=_unsure(found) if found else "",
        said=_said(row),
    )


def _number(n: int, simulated: bool) -> str:
    """A band of people; of simulated ones, whom nobody needs to hide, how many they are."""
    return str(n) if simulated else f"{n}–{n + BAND - 1}"


def _unsure(found: Picture) -> str:
    """Where nothing was sure each state says so already."""
    if not (found.shares and found.unsure):
        return ""
    return _("not sure about {percent}% of people").format(percent=found.unsure)


def _bands(
    title: str, found: Picture | None, labels: Sequence[str], known: Mapping[str, Range]
) -> tuple[Band, ...]:
    if found is None:
        return ()
    return tuple(_band(title, label, found, known.get(label)) for label in labels)


def _band(title: str, label: str, found: Picture, known: Range | None) -> Band:
    if label not in found.shares:
        return Band("unsure")
    low, high = found.ranges[label]
    said = _("{state} in {part}, {low} to {high} percent").format(
        state=heading_of(label), part=title, low=low, high=high
    )
    unusual = known if known and is_unusual((low, high), known) else None
    frame = _("usually {low}–{high}").format(low=unusual[0], high=unusual[1]) if unusual else ""
    return Band("range", said, low, high - low, high, frame)


def _said(row: CellFigures) -> tuple[str, ...]:
    made_up = bool(row.picture and row.picture.simulated)
    counts = ((row.stuck, _("{n} stuck")), (row.got_it, _("{n} got it")))
    return tuple(words.format(n=_number(n, made_up)) for n, words in counts if n is not None)


def _of_running(found: Running | None) -> Mapping[Part, CellFigures]:
    return dict(found.parts) if found else {}


def _choices(
    past: Iterable[Publication], chosen: Publication | None, course: Course
) -> list[Choice]:
    here = f"/teach/{course.slug}/board/"
    first = Choice(_("So far"), here, chosen is None)
    return [
        first,
        *(
            Choice(_clock(p.quarter), f"{here}?quarter={stamp(p.quarter)}", p == chosen)
            for p in past
        ),
    ]


def _caption_running(found: Running | None) -> str:
    if found is None:
        return _("So far")
    return _("So far, since {time}").format(time=_clock(found.since))


def _span(quarter: datetime) -> str:
    return _("{day}, {begin} to {end}").format(
        day=date_format(timezone.localtime(quarter), _("l j F")),
        begin=_clock(quarter),
        end=_clock(quarter + QUARTER),
    )


def _clock(at: datetime) -> str:
    return f"{timezone.localtime(at):%H:%M}"


def stamp(quarter: datetime) -> str:
    """How an address names a quarter: 20261120T0945."""
    return f"{quarter.astimezone(timezone.get_default_timezone()):{STAMP}}"
