"""OATutor's raw skill names as skills: a readable name, and a slug that is safe in a URL."""

from __future__ import annotations

import re
from collections.abc import Iterable

from authoring.course_draft import SkillDraft
from authoring.slugs import Slugs


def skill_drafts(refs: Iterable[str]) -> tuple[SkillDraft, ...]:
    """Return one skill for each raw name."""
    slugs = Slugs()
    return tuple(SkillDraft(ref, slugs.take(ref, "skill"), _name(ref)) for ref in refs)


def _name(ref: str) -> str:
    """Make a readable name; a leading `and`, left from a split list, is dropped."""
    words = re.sub(r"\s+", " ", ref.replace("_", " ").replace("**", "^")).strip(" .:")
    words = words.removeprefix("and ")
    return (words[:1].upper() + words[1:])[:200] or "Skill"
