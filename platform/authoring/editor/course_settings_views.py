"""`/author/courses/<slug>/words/` and `…/skills/`: details of a course, and its skills."""

from __future__ import annotations

import re
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from accounts.access import require_person
from authoring.course_package import iterate_questions
from authoring.editor.form_parsing import (
    AuthorForm,
    Row,
    apply_row_act,
    read_rows,
    with_rows,
    write_plain,
)
from authoring.editor.layout import load_working_copy, redirect_done, render_page, save_draft
from authoring.formats.attune.questions import skills_of
from authoring.slugs import free_slug
from authoring.versions import publication_checks
from authoring.versions.drafts import StaleDraft, WorkingCopy

Json = dict[str, Any]
LEVELS: Final = {
    "": lazy("Not set"),
    "beginner": lazy("Beginner"),
    "intermediate": lazy("Intermediate"),
    "advanced": lazy("Advanced"),
}
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
BLANKS: Final[dict[str, Row]] = {"skills": {"name": ""}, "ideas": {"description": ""}}
LONGEST: Final = {"title": 200, "licence": 80, "address": 300}


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def words(request: HttpRequest, slug: str) -> HttpResponse:
    """Edit title, description, language, level, authors and licence."""
    working = load_working_copy(request, slug)
    if request.method != "POST":
        return _render(request, working, "words", AuthorForm(_detail_values(working.package)))
    form = AuthorForm(request.POST.dict())
    return _save(request, working, "words", form, _read_details(working.package, form))


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def skills(request: HttpRequest, slug: str) -> HttpResponse:
    """Edit the skills with their prerequisites, and the misconceptions."""
    working = load_working_copy(request, slug)
    if request.method != "POST":
        return _render(request, working, "skills", AuthorForm(_skill_values(working.package)))
    typed = request.POST.dict()
    changed = apply_row_act(typed, typed.get("act", ""), lambda name: dict(BLANKS[name]))
    if changed is not None:
        return _render(request, working, "skills", AuthorForm(changed))
    form = AuthorForm(typed)
    return _save(request, working, "skills", form, _read_skills(working.package, form))


def _save(
    request: HttpRequest, working: WorkingCopy, name: str, form: AuthorForm, package: Json
) -> HttpResponse:
    if not form.errors:
        for flaw in publication_checks.check_details(package):
            form.errors["form"] = flaw.text
    if form.errors:
        return _render(request, working, name, form)
    try:
        save_draft(request, working.course, package)
    except StaleDraft as stale:
        return _render(request, working, name, form, stale)
    return redirect_done(reverse(f"authoring:{name}", args=[working.course.slug]), "saved")


def _render(
    request: HttpRequest,
    working: WorkingCopy,
    name: str,
    form: AuthorForm,
    conflict: StaleDraft | None = None,
) -> HttpResponse:
    context = {
        "typed": form.typed,
        "errors": form.errors,
        "levels": LEVELS,
        "skills": read_rows(form.typed, "skills"),
        "ideas": read_rows(form.typed, "ideas"),
    }
    return render_page(request, name, working, name, context, conflict)


def _detail_values(package: Json) -> Row:
    licence = package.get("license", {})
    return {
        "title": package["title"],
        "description": package.get("description", ""),
        "language": package["language"],
        "level": package.get("level", ""),
        "minutes": write_plain(package.get("estimated_minutes")),
        "authors": "\n".join(package.get("authors", ())),
        "licence": licence.get("name", ""),
        "address": licence.get("url", ""),
        "attribution": licence.get("attribution", ""),
    }


def _read_details(package: Json, form: AuthorForm) -> Json:
    made: Json = {
        "title": form.text("title", _("Enter a course name.")),
        "description": form.text("description", _("Enter a description, in a sentence or two.")),
        "language": form.text("language", _("Enter the language code, such as en.")),
        "level": form.one_of("level", tuple(LEVELS), _("Select a level.")),
        "estimated_minutes": form.whole_number("minutes", least=1),
        "authors": form.lines("authors"),
        "license": _read_licence(form),
    }
    for name, most in LONGEST.items():
        if len(form.typed.get(name, "")) > most:
            form.errors[name] = _("Enter at most {most} characters.").format(most=most)
    if not LANGUAGE.fullmatch(made["language"]):
        form.errors["language"] = _("Enter the language code, such as en or pt-BR.")
    return package | made if form.errors else _without_blanks(package | made)


def _read_licence(form: AuthorForm) -> Json:
    address = form.text("address")
    if address and not address.startswith(("https://", "http://")):
        form.errors["address"] = _("Enter the full address, starting with https://.")
    found = {"name": form.text("licence"), "url": address, "attribution": form.text("attribution")}
    return {name: text for name, text in found.items() if text}


def _without_blanks(package: Json) -> Json:
    kept = ("skills", "units")
    return {k: v for k, v in package.items() if k in kept or v not in (None, "", [], {})}


def _skill_values(package: Json) -> Row:
    names = {row["slug"]: row["name"] for row in package["skills"]}
    rows = [
        {
            "slug": row["slug"],
            "name": row["name"],
            "description": row.get("description", ""),
            "needs": ", ".join(names.get(slug, slug) for slug in row["prerequisites"]),
        }
        for row in package["skills"]
    ]
    typed = with_rows({}, "skills", rows)
    return with_rows(typed, "ideas", list(package.get("misconceptions", ())))


def _read_skills(package: Json, form: AuthorForm) -> Json:
    """Keep the slug of a skill, because answers refer to it; derive a new one from its name."""
    rows = read_rows(form.typed, "skills")
    slugs = _make_slugs([(row.get("slug", ""), row.get("name", "")) for row in rows])
    made = []
    for number, slug in enumerate(slugs):
        name = form.text(f"skills-{number}-name", _("Enter a name for the skill, or remove it."))
        needs = _read_needs(form, number, rows, slugs)
        about = form.text(f"skills-{number}-description")
        row = {"slug": slug, "name": name, "prerequisites": needs}
        old: Json = next((each for each in package["skills"] if each["slug"] == slug), {})
        made.append({**old, **row} | ({"description": about} if about else {}))
    ideas = _read_misconceptions(form)
    _check_used(package, {row["slug"] for row in made}, form)
    whole = package | {"skills": made}
    return whole | ({"misconceptions": ideas} if ideas or "misconceptions" in package else {})


def _read_needs(form: AuthorForm, number: int, rows: list[Row], slugs: list[str]) -> list[str]:
    """Read the prerequisites of a skill by their names; each must be a skill further up."""
    known = {
        row.get("name", "").strip().casefold(): slug
        for row, slug in zip(rows[:number], slugs, strict=False)
    }
    typed = form.text(f"skills-{number}-needs")
    found = []
    for name in filter(None, (part.strip() for part in typed.split(","))):
        slug = known.get(name.casefold())
        if slug is None:
            error = _(
                "No skill above is called “{name}”. Move that skill up, or correct the name."
            ).format(name=name)
            form.errors[f"skills-{number}-needs"] = error
            return []
        found.append(slug)
    return list(dict.fromkeys(found))


def _read_misconceptions(form: AuthorForm) -> list[Json]:
    rows = read_rows(form.typed, "ideas")
    slugs = _make_slugs([(row.get("slug", ""), row.get("description", "")) for row in rows])
    return [
        {
            "slug": slug,
            "description": form.text(
                f"ideas-{number}-description", _("Enter a text, or remove this row.")
            ),
        }
        for number, slug in enumerate(slugs)
    ]


def _check_used(package: Json, known: set[str], form: AuthorForm) -> None:
    """Refuse to remove a skill that is still taught or tested."""
    used = {slug for unit in package["units"] for slug in unit["skills"]}
    used |= {slug for asked in iterate_questions(package) for slug in skills_of(asked.question)}
    names = {row["slug"]: row["name"] for row in package["skills"]}
    gone = sorted(names[slug] for slug in used - known if slug in names)
    if gone:
        form.errors["form"] = _(
            "“{name}” is still taught or tested. Remove it from its units and questions first."
        ).format(name=gone[0])


def _make_slugs(rows: list[tuple[str, str]]) -> list[str]:
    """Return the slug of each row; new rows get one from their text."""
    taken = {slug for slug, _ in rows if slug}
    found = []
    for slug, name in rows:
        found.append(slug or free_slug(name, taken, "skill"))
        taken.add(found[-1])
    return found
