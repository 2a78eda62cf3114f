"""`/teach/<slug>/board/`: the class picture of the current quarter and of published ones."""

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

from accounts.access import current_user, require_person
from courses.access import course_for_teacher
from courses.models import Course
from courses.navigation import NavItem
from estimates.group_figures import disclosure
from estimates.group_figures.disclosure import CellFigures
from estimates.group_figures.proportions import BAND, Picture
from estimates.group_figures.publications import QUARTER
from estimates.label_names import heading_of
from estimates.models import AFFECT_LABELS, Cell, Publication
from estimates.models.group_figures import HAS_FIGURES, TEACH
from estimates.registry import predictors
from teaching.class_picture import cells
from teaching.class_picture.cells import RunningPicture
from teaching.class_picture.course_sections import CourseSection, titles_by_section
from teaching.class_picture.typical_range import Range, is_unusual, typical_ranges
from teaching.layout import frame_of

SHOWN_QUARTERS = 8
STAMP_FORMAT = "%Y%m%dT%H%M"
DEFAULT_LABELS = ("INTEREST", "BOREDOM", "HAPPINESS", "CONFUSION")


@dataclass(frozen=True, slots=True)
class StateBar:
    """One state in one section: a range in percent, or the reason why it is held back."""

    kind: str
    label: str = ""
    low: int = 0
    width: int = 0
    high: int = 0
    usually: str = ""


@dataclass(frozen=True, slots=True)
class SectionLine:
    """One section; `held` is the reason why the whole line is held back, or empty."""

    title: str
    unit: str
    n: str
    simulated: bool
    bands: tuple[StateBar, ...]
    held: str
    unsure: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PictureTable:
    caption: str
    labels: tuple[str, ...]
    lines: tuple[SectionLine, ...]
    floor: int
    simulated: bool


@require_safe
@require_person
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the current quarter, or with `?quarter=` a published one that has figures."""
    course = course_for_teacher(current_user(request), slug)
    now = timezone.now()
    past = list(
        Publication.objects.filter(course=course, at__isnull=False)
        .filter(Exists(Cell.objects.filter(HAS_FIGURES, kind="affect", publication=OuterRef("pk"))))
        .order_by("-quarter")[:SHOWN_QUARTERS]
    )
    chosen = _chosen_quarter(course, request.GET.get("quarter", ""))
    context = {
        "teach": frame_of(course, "board"),
        "table": _load_table(course, chosen, now),
        "choices": _quarter_choices(past, chosen, course),
        "made_by": _(predictors.shown_title()),
    }
    return render(request, "teaching/board.html", context)


def _chosen_quarter(course: Course, wanted: str) -> Publication | None:
    """Return the published quarter named in the address, even if it has nothing left to show."""
    if not wanted:
        return None
    try:
        quarter = timezone.make_aware(datetime.strptime(wanted, STAMP_FORMAT))
    except ValueError as error:
        raise Http404 from error
    return get_object_or_404(
        Publication, course=course, quarter=quarter, since=None, at__isnull=False
    )


def _load_table(course: Course, chosen: Publication | None, now: datetime) -> PictureTable | None:
    """Return the table, or None if the legal profile of this site allows no class picture."""
    floor = disclosure.current_floor(TEACH)
    if floor is None:
        return None
    if chosen is None:
        found = cells.load_running_picture(course, now=now)
        known = typical_ranges(course, cells.quarter_of(now))
        held = _("Shown when the quarter of an hour has ended, if enough people take part.")
        return make_table(
            course, _running_figures(found), _caption_running(found), floor.people, known, held
        )
    stored = cells.load_current_cells(chosen)
    seen = disclosure.read_cells(stored.values())
    rows = {part: seen[cell.pk] for part, cell in stored.items()}
    known = typical_ranges(course, chosen.quarter)
    held = _(
        "Too few people to show. Figures need at least {floor} people, and can be deleted later."
    )
    held = held.format(floor=floor.biometric)
    return make_table(course, rows, _quarter_caption(chosen.quarter), floor.people, known, held)


def make_table(
    course: Course,
    rows: Mapping[CourseSection, CellFigures],
    caption: str,
    floor: int,
    known: Mapping[str, Range],
    held: str,
) -> PictureTable:
    """Return every section with a figure, in the order of the course.

    `held` is the reason shown for a section without a picture. A withdrawn section looks like one
    that was empty, so neither reveals anything about a person.
    """
    rows = {part: row for part, row in rows.items() if _has_figure(row)}
    given = {label for row in rows.values() if row.picture for label in row.picture.shares}
    labels = tuple(label for label in AFFECT_LABELS if label in (given or DEFAULT_LABELS))
    named = titles_by_section(course)
    return PictureTable(
        caption=caption,
        labels=tuple(heading_of(label) for label in labels),
        lines=tuple(
            _section_line(named[p], rows[p], labels, known, held) for p in named if p in rows
        ),
        floor=floor,
        simulated=any(row.picture.simulated for row in rows.values() if row.picture),
    )


def _has_figure(row: CellFigures) -> bool:
    """Return whether there is a figure. A row without one would reveal that someone is sensed."""
    return any(each is not None for each in (row.picture, row.stuck, row.got_it))


def _section_line(
    title: tuple[str, str],
    row: CellFigures,
    labels: Sequence[str],
    known: Mapping[str, Range],
    held: str,
) -> SectionLine:
    found = row.picture
    return SectionLine(
        title=title[0],
        unit=title[1],
        n=_people_range(found.n, found.simulated) if found else "",
        simulated=bool(found and found.simulated),
        bands=_state_bars(title[0], found, labels, known),
        held="" if found else held,
        unsure=_unsure(found) if found else "",
        said=_report_counts(row),
    )


def _people_range(n: int, simulated: bool) -> str:
    """Return the band of people as text; of simulated people, the exact number."""
    return str(n) if simulated else f"{n}–{n + BAND - 1}"


def _unsure(found: Picture) -> str:
    """Return the share of people without a sure Estimate; "" if every state says "not sure"."""
    if not (found.shares and found.unsure):
        return ""
    return _("not sure about {percent}% of people").format(percent=found.unsure)


def _state_bars(
    title: str, found: Picture | None, labels: Sequence[str], known: Mapping[str, Range]
) -> tuple[StateBar, ...]:
    if found is None:
        return ()
    return tuple(_state_bar(title, label, found, known.get(label)) for label in labels)


def _state_bar(title: str, label: str, found: Picture, known: Range | None) -> StateBar:
    if label not in found.shares:
        return StateBar("unsure")
    low, high = found.ranges[label]
    said = _("{state} in {part}, {low} to {high} percent").format(
        state=heading_of(label), part=title, low=low, high=high
    )
    unusual = known if known and is_unusual((low, high), known) else None
    frame = _("usually {low}–{high}").format(low=unusual[0], high=unusual[1]) if unusual else ""
    return StateBar("range", said, low, high - low, high, frame)


def _report_counts(row: CellFigures) -> tuple[str, ...]:
    made_up = bool(row.picture and row.picture.simulated)
    counts = ((row.stuck, _("{n} stuck")), (row.got_it, _("{n} got it")))
    return tuple(words.format(n=_people_range(n, made_up)) for n, words in counts if n is not None)


def _running_figures(found: RunningPicture | None) -> Mapping[CourseSection, CellFigures]:
    return dict(found.parts) if found else {}


def _quarter_choices(
    past: Iterable[Publication], chosen: Publication | None, course: Course
) -> list[NavItem]:
    here = f"/teach/{course.slug}/board/"
    first = NavItem(_("So far"), here, chosen is None)
    return [
        first,
        *(
            NavItem(_clock(p.quarter), f"{here}?quarter={stamp(p.quarter)}", p == chosen)
            for p in past
        ),
    ]


def _caption_running(found: RunningPicture | None) -> str:
    if found is None:
        return _("So far")
    return _("So far, since {time}").format(time=_clock(found.since))


def _quarter_caption(quarter: datetime) -> str:
    return _("{day}, {begin} to {end}").format(
        day=date_format(timezone.localtime(quarter), _("l j F")),
        begin=_clock(quarter),
        end=_clock(quarter + QUARTER),
    )


def _clock(at: datetime) -> str:
    return f"{timezone.localtime(at):%H:%M}"


def stamp(quarter: datetime) -> str:
    """Return the quarter as used in an address: 20261120T0945."""
    return f"{quarter.astimezone(timezone.get_default_timezone()):{STAMP_FORMAT}}"
