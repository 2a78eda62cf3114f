"""A run as its page shows it: the file, rows by tab, planned changes and the outcome."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from accounts.models import ROLES, User
from accounts.people import name_of
from stewardship.people.account_details import FIELD_NAMES
from stewardship.people.imports.encryption import unseal_of_run, unseal_row
from stewardship.people.imports.files.row_problems import RowProblem
from stewardship.people.imports.models import NAMED_GUARDIAN, ImportRow, ImportRun
from stewardship.people.pagination import PageNumbers, number_page
from stewardship.people.queries import ROLE_WORDS, load_identity_or_none
from vault.sealed_values import KeyDestroyed

PAGE_SIZE: Final = 50
_NOTED: Final = Count("pk", filter=Q(noted=True))
TAB_NAMES: Final = {
    "error": lazy("Errors"),
    "new": lazy("New"),
    "updated": lazy("Updated"),
    "same": lazy("Unchanged"),
    "note": lazy("Notes"),
}
STATE_NAMES: Final = {
    "reading": lazy("Reading the file"),
    "ready": lazy("Ready to check"),
    "importing": lazy("Importing"),
    "undoing": lazy("Undoing"),
    "done": lazy("Imported"),
    "undone": lazy("Undone"),
    "failed": lazy("Could not be read"),
    "ending": lazy("Deleted"),
    "ended": lazy("Closed"),
}
# Changes by an import other than fields of a record.
BOND_NAMES: Final = {
    "guardian": lazy("guardian"),
    "guardianships": lazy("guardians removed"),
    "courses": lazy("courses"),
}
REASON_TEXTS: Final = {
    "changed": lazy("This person was changed after the preview, or the number is now in use."),
    "gone": lazy("This person is being erased."),
    "guardian": lazy("The guardian could not be found."),
    "used": lazy("This person has signed in or has other data."),
    "edited": lazy("This person was edited after the import."),
    "teacher": lazy("This person is now the only teacher of a course."),
}


@dataclass(frozen=True, slots=True)
class RowLine:
    """One row of a tab. `what` is the error, or the changed fields; `notes` add details.

    `corrects`: a Steward can correct it in the preview.
    """

    number: int
    name: str
    details: str
    what: str
    notes: Sequence[str] = ()
    corrects: bool = False


@dataclass(frozen=True, slots=True)
class RunLine:
    """One import in the list. `steward` is the name of the Steward who acted last."""

    run: ImportRun
    state: str
    steward: str


@dataclass(frozen=True, slots=True)
class Tab:
    kind: str
    word: str
    count: int


@dataclass(frozen=True, slots=True)
class RowPage:
    """One page of one tab."""

    kind: str
    tabs: Sequence[Tab]
    lines: Sequence[RowLine]
    numbers: PageNumbers


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """The result of an import or undo; `not_done` lists the remaining rows with reasons."""

    restored: int
    not_done: Sequence[RowLine]
    more: int


def load_lines(runs: Iterable[ImportRun]) -> list[RunLine]:
    """Return imports as list entries."""
    found = list(runs)
    names = load_stewards(found)
    return [RunLine(run, str(STATE_NAMES[run.state]), names.get(run.steward, "")) for run in found]


def load_stewards(runs: Iterable[ImportRun]) -> dict[UUID | None, str]:
    """Return the names of the Stewards who acted last, by code."""
    codes = {run.steward for run in runs if run.steward}
    found = {
        person.code: load_identity_or_none(person) for person in User.objects.filter(code__in=codes)
    }
    return {code: identity.name for code, identity in found.items() if identity}


def load_head(run: ImportRun) -> Mapping[str, Any]:
    """Return the name of the file, its headings, and the columns that are not imported."""
    try:
        return dict(unseal_of_run(run, "head_sealed")) if run.head_sealed else {}
    except KeyDestroyed:
        return {}


def load_rows(run: ImportRun, kind: str, page: int) -> RowPage:
    """Return a page of a tab; if `kind` is empty, of the first tab that has rows."""
    found = run.rows.values_list("kind").annotate(n=Count("pk"), noted=_NOTED).order_by()
    kinds = {name: (count, noted) for name, count, noted in found}
    counts = {name: count for name, (count, _noted) in kinds.items()}
    counts["note"] = sum(noted for _count, noted in kinds.values())
    kind = kind or next((name for name in TAB_NAMES if counts.get(name)), "error")
    total = counts.get(kind, 0)
    numbers = number_page(page, total, PAGE_SIZE)
    shown = run.rows.filter(noted=True) if kind == "note" else run.rows.filter(kind=kind)
    rows = _in_order(shown)[numbers.entries]
    tabs = [Tab(name, str(TAB_NAMES[name]), counts.get(name, 0)) for name in TAB_NAMES]
    return RowPage(kind, tabs, [row_line(row) for row in rows], numbers)


def find_next_error(run: ImportRun, number: int) -> tuple[int, int] | None:
    """Return the next row with an error after this one, else the first, and its page."""
    errors = run.rows.filter(kind="error").order_by("number").values_list("number", flat=True)
    found = errors.filter(number__gt=number).first() or errors.first()
    if found is None:
        return None
    return found, errors.filter(number__lt=found).count() // PAGE_SIZE + 1


def confirm_settled(run: ImportRun, asked: Mapping[str, str]) -> Mapping[str, str]:
    """Return those rows in `asked` that really were corrected or left out."""
    rows = run.rows.exclude(turn=NAMED_GUARDIAN)
    settled = {
        "corrected": rows.exclude(kind="error").exclude(why="steward"),
        "left": rows.filter(why="steward"),
    }
    return {
        name: number
        for name, number in asked.items()
        if number and settled[name].filter(number=number).exists()
    }


def load_errors(run: ImportRun) -> tuple[list[str], Iterator[list[str]]]:
    """Return the headings and cells of the rows with errors, with the reason of each."""
    headings = [*load_head(run).get("headings", ()), "Row", "Error"]
    rows = _in_order(run.rows.filter(kind="error"))
    return headings, (_error_cells(row) for row in rows.iterator(chunk_size=500))


def load_outcome(run: ImportRun) -> ImportOutcome:
    """Return the result, and the rows that were not imported or undone."""
    rows = run.rows.filter(state="left" if run.state == "undone" else "skipped")
    restored = run.rows.filter(kind="updated", state="undone").count()
    lines = [row_line(row) for row in _in_order(rows)[:PAGE_SIZE]]
    return ImportOutcome(restored, lines, rows.count() - len(lines))


def roles_of_new(run: ImportRun) -> list[tuple[str, int]]:
    """Return how many new people get each role."""
    counts = ((role, run.tally.get(f"role:{role}", 0)) for role in ROLES)
    return [(str(ROLE_WORDS[role]), count) for role, count in counts if count]


def fields_of_updated(run: ImportRun) -> list[tuple[str, int]]:
    """Return how many updates change each field."""
    counts = ((name, run.tally.get(f"field:{name}", 0)) for name in (*FIELD_NAMES, *BOND_NAMES))
    return [(_field_name(name), count) for name, count in counts if count]


def row_line(row: ImportRow) -> RowLine:
    """Return a row for display; for a person who is being erased, only that fact."""
    try:
        kept = unseal_row(row)
    except KeyDestroyed:
        return RowLine(row.number, "", "", str(REASON_TEXTS["gone"]))
    if row.state == "left" and row.person:
        return RowLine(row.number, name_of(row.person), "", str(REASON_TEXTS[row.why]))
    if row.state == "skipped":
        return RowLine(row.number, _name_of(kept), _details(kept), str(REASON_TEXTS[row.why]))
    corrects = "cells" in kept and (row.kind == "error" or row.why == "steward")
    return RowLine(
        row.number, _name_of(kept), _details(kept), _describe_row(row, kept), _notes(kept), corrects
    )


def _describe_row(row: ImportRow, kept: Any) -> str:
    if kept.get("problem"):
        return RowProblem(**kept["problem"]).sentence()
    if row.kind == "left":
        return _("Not imported")
    if row.turn == NAMED_GUARDIAN:
        return _("Guardian, named by email in this row")
    if row.kind == "new":
        return ", ".join(str(ROLE_WORDS[role]) for role in kept["record"]["roles"])
    return ", ".join(_field_name(name) for name in kept.get("fields", ()))


def _notes(kept: Any) -> list[str]:
    """Return the courses that a person joins, and requests that are not imported."""
    titles = ", ".join(each["title"] for each in kept.get("courses", ()))
    joined = [_("Joins {titles}").format(titles=titles)] if titles else []
    return [*joined, *(RowProblem(**note).sentence() for note in kept.get("notes", ()))]


def _name_of(kept: Any) -> str:
    record = kept.get("record")
    return str(record["identity"]["name"] if record else kept.get("name", ""))


def _details(kept: Any) -> str:
    record = kept.get("record")
    if not record:
        return ""
    known = (record["identity"]["number"], record["identity"]["email"])
    return ", ".join(text for text in known if text)


def _field_name(name: str) -> str:
    return str(BOND_NAMES[name] if name in BOND_NAMES else FIELD_NAMES[name])


def _error_cells(row: ImportRow) -> list[str]:
    try:
        kept = unseal_row(row)
    except KeyDestroyed:
        kept = {}
    problem = kept.get("problem")
    sentence = RowProblem(**problem).sentence() if problem else ""
    return [*kept.get("cells", ()), str(row.number), sentence]


def _in_order(rows: QuerySet[ImportRow]) -> QuerySet[ImportRow]:
    return rows.select_related("person").order_by("number", "turn")
