"""Link the skills of an OATutor course to those of a course here, from a hand-made table."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop as _

from authoring.errors import BrokenPackage, load_json
from authoring.translatable_message import message
from courses.models import Course, Skill, SkillLink
from courses.models.skill import LINKS

FORMAT = "attune-skills-map"


def link_skills(path: Path, oatutor: Course) -> Counter[str]:
    """Replace the links by those of the file; return a count of what could not be linked."""
    table = load_json(path.parent, path.name)
    if not isinstance(table, dict) or table.get("format") != FORMAT:
        raise BrokenPackage(path.name, "format", message(_("expected {format!r}"), format=FORMAT))
    slug = str(table.get("from", "")).split("/")[0]
    ours = {skill.slug: skill for skill in Skill.objects.filter(course__slug=slug)}
    if not ours:
        raise BrokenPackage(
            path.name,
            "from",
            message(_("expected the course {slug!r} to be imported first"), slug=slug),
        )
    theirs = {skill.ref: skill for skill in Skill.objects.filter(course=oatutor)}
    left_out: Counter[str] = Counter()
    rows = [
        row
        for name, entries in table.get("skills", {}).items()
        for row in _links(path.name, name, entries, ours, theirs, left_out)
    ]
    SkillLink.objects.filter(skill__course__slug=slug, other__course=oatutor).delete()
    SkillLink.objects.bulk_create(rows)
    return left_out


def _links(
    file: str,
    name: str,
    entries: Any,
    ours: dict[str, Skill],
    theirs: dict[str, Skill],
    left_out: Counter[str],
) -> list[SkillLink]:
    if name not in ours:
        raise BrokenPackage(
            file, f"skills.{name}", _("expected a skill of the course named in “from”")
        )
    found = []
    for entry in entries:
        if entry.get("relation") not in LINKS:
            raise BrokenPackage(
                file,
                f"skills.{name}",
                message(_("unknown relation {relation!r}"), relation=entry.get("relation")),
            )
        if entry.get("oatutor_skill") in theirs:
            other = theirs[entry["oatutor_skill"]]
            found.append(SkillLink(skill=ours[name], other=other, relation=entry["relation"]))
        else:
            left_out[_("skill of the map that has no steps in the package")] += 1
    return found
