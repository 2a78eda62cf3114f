"""The form of a unit: its texts and settings as people type them, and the unit it makes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.forms.utils import from_current_timezone
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from accounts.site import site_facts
from authoring import open_questions
from authoring.editor.form_parsing import (
    MAX_SETTING,
    AuthorForm,
    with_rows,
    write_clock,
    write_plain,
)
from authoring.editor.units.random_forms import read_random_rows, with_random_rows
from authoring.opening_conditions import can_be_finished
from authoring.outline import Outline, find_unit
from courses import external_videos
from courses.models.unit import SCENARIOS

Json = dict[str, Any]
LONGEST_TITLE: Final = 200
SETTINGS: Final = ("estimated_minutes", "opens_at", "due_at")
MAX_TEXT: Final = 200_000


def form_values(unit: Mapping[str, Any]) -> dict[str, str]:
    """Return the initial form fields."""
    typed = {
        "title": unit["title"],
        "minutes": write_plain(unit.get("estimated_minutes")),
        "opens_at": _write_local(unit.get("opens_at")),
        "due_at": _write_local(unit.get("due_at")),
        "opens_after": unit.get("opens_after", ""),
        **{f"skill-{slug}": "on" for slug in unit["skills"]},
    }
    if unit["kind"] == "reading":
        return typed | {"body": unit["body"]}
    if unit["kind"] == "external":
        return typed | {"address": unit["address"]}
    if unit["kind"] == "quiz":
        minutes = unit.get("time_limit_s")
        settings = {
            "scenario": unit.get("scenario", "course"),
            "attempts": write_plain(unit.get("attempts")),
            "limit": write_plain(minutes / 60 if minutes else None),
        }
        return with_random_rows(typed | settings, unit)
    rows = [
        {"start": write_clock(row["start"]), "end": write_clock(row["end"]), "title": row["title"]}
        for row in unit.get("chapters", ())
    ]
    threshold = write_plain(round(100 * unit.get("threshold", 0.9), 1))
    return with_rows(typed | {"threshold": threshold}, "chapters", rows)


def read_unit(
    unit: Mapping[str, Any], form: AuthorForm, skills: list[str], earlier: Outline = ()
) -> Json:
    """Return the unit as edited; errors are in `form.errors`. It opens after an `earlier` unit."""
    changed = {
        "title": form.text("title", _("Enter a name.")),
        "skills": [slug for slug in skills if form.typed.get(f"skill-{slug}")],
        "estimated_minutes": form.whole_number("minutes", least=1),
        "opens_at": _read_moment(form, "opens_at", unit.get("opens_at")),
        "due_at": _read_moment(form, "due_at", unit.get("due_at")),
        "opens_after": _read_needed(form, earlier),
        **READERS[unit["kind"]](unit, form),
    }
    if len(changed["title"]) > LONGEST_TITLE:
        form.errors["title"] = _("Enter a name of at most {most} characters.").format(
            most=LONGEST_TITLE
        )
    if changed["opens_at"] and changed["due_at"] and changed["opens_at"] >= changed["due_at"]:
        form.errors["due_at"] = _(
            "The due date must be after the opening date. Choose a later due date."
        )
    kept = {name: value for name, value in unit.items() if name not in changed}
    return kept | {name: value for name, value in changed.items() if value is not None}


def _read_needed(form: AuthorForm, earlier: Outline) -> str | None:
    ref = form.text("opens_after")
    found = find_unit(earlier, ref)
    if ref and found is None:
        form.errors["opens_after"] = _("Select a unit that comes before this one.")
    elif found is not None and not can_be_finished(found):
        form.errors["opens_after"] = _(
            "This quiz has no questions yet, so it cannot be finished. Add questions to it first."
        )
    return ref or None


def _read_reading(_unit: Mapping[str, Any], form: AuthorForm) -> Json:
    body = form.text("body")
    if len(body) > MAX_TEXT:
        form.errors["body"] = _("This is too long for one reading. Split it into two units.")
    return {"body": body}


def _read_quiz(unit: Mapping[str, Any], form: AuthorForm) -> Json:
    limit = form.number("limit", least=1, most=MAX_SETTING)
    scenario = form.one_of("scenario", SCENARIOS, _("Select the type."))
    if open_questions.find_problem({**unit, "scenario": scenario}):
        form.errors["scenario"] = _(
            "Only a test can ask questions that people mark, such as essays and files. Select a "
            "test, or remove them first."
        )
    return {
        "scenario": None if scenario == "course" else scenario,
        "attempts": form.whole_number("attempts", least=1),
        "time_limit_s": None if limit is None else round(60 * limit),
        "random_questions": read_random_rows(form) or None,
    }


def _read_video(unit: Mapping[str, Any], form: AuthorForm) -> Json:
    share = form.number("threshold")
    if share is not None and not 0 < share <= 100:
        form.errors["threshold"] = _("Enter a percentage from 1 to 100.")
    return {
        "threshold": None if share in (None, 90) else (share or 0) / 100,
        "chapters": _read_chapters(unit, form),
    }


def _read_external(_unit: Mapping[str, Any], form: AuthorForm) -> Json:
    typed = form.text("address", _("Enter the address of the video."))
    address = external_videos.lower_scheme(typed)
    if address and not external_videos.is_accepted(address):
        form.errors["address"] = _(
            "Enter an address that begins with https://, such as https://vimeo.com/76979871. "
            "Copy it from the address bar of the video’s page."
        )
    return {"address": address}


READERS: Final = {
    "reading": _read_reading,
    "quiz": _read_quiz,
    "video": _read_video,
    "external": _read_external,
}


def _read_chapters(unit: Mapping[str, Any], form: AuthorForm) -> list[Json]:
    """Read the chapters; one without an end lasts to the next one, the last to the end."""
    found: list[Json] = []
    for number, row in enumerate(form.rows("chapters")):
        name = f"chapters-{number}"
        start = form.time(f"{name}-start", _("Enter a start time."))
        title = form.text(f"{name}-title", _("Enter a name for the chapter."))
        end = form.time(f"{name}-end") if row.get("end") else None
        found.append({"start": start, "end": end, "title": title, "row": number})
    if form.errors:
        return []
    found.sort(key=lambda row: row["start"])
    end_of_film: Json = {"start": unit["duration"]}
    for chapter, later in zip(found, [*found, end_of_film][1:], strict=True):
        if chapter["end"] is None:
            chapter["end"] = later["start"]
        _check_chapter(chapter, unit["duration"], form)
    return [{name: each[name] for name in ("start", "end", "title")} for each in found]


def _check_chapter(row: Json, duration: float, form: AuthorForm) -> None:
    if not row["start"] < row["end"] <= duration + 1:
        name = f"chapters-{row['row']}-end"
        form.errors[name] = _("The end must be after the start, and no later than {time}.").format(
            time=write_clock(duration)
        )


def _write_local(moment: str | None) -> str:
    found = parse_datetime(moment) if moment else None
    return found.astimezone(_zone()).strftime("%Y-%m-%dT%H:%M") if found else ""


def _zone() -> ZoneInfo:
    """Return the time zone of the site, which its courses use."""
    return site_facts.current().zone


def _read_moment(form: AuthorForm, name: str, before: str | None) -> str | None:
    """Return the time typed, in UTC; an unchanged time stays as it was written."""
    typed = form.text(name)
    if not typed or typed == _write_local(before):
        return before if typed else None
    try:
        found: datetime | None = parse_datetime(typed)
    except ValueError:
        found = None
    if found is None:
        form.errors[name] = _("Enter a date and time, such as 2026-12-01 09:00.")
        return None
    try:
        with timezone.override(_zone()):
            aware = found if timezone.is_aware(found) else from_current_timezone(found)
    except ValidationError:
        form.errors[name] = _("The clocks change at that time. Choose another time.")
        return None
    return aware.astimezone(UTC).isoformat()
