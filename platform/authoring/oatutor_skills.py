"""OATutor's raw skill names as skills: a readable name, and a slug that is safe in a URL."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from authoring.drafts import SkillDraft

MAX_SLUG = 100


def skill_drafts(refs: Iterable[str]) -> tuple[SkillDraft, ...]:
    """One skill a raw name; names that give the same slug get a mark of their own."""
    found: dict[str, SkillDraft] = {}
    for ref in refs:
        slug = _slug(ref)
        if slug in found:
            slug = f"{slug}-{hashlib.sha256(ref.encode()).hexdigest()[:6]}"
        found[slug] = SkillDraft(ref=ref, slug=slug, name=_name(ref))
    return tuple(found.values())


def _slug(ref: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", ref.lower()).strip("-")
    return slug[:MAX_SLUG].rstrip("-") or "skill"


def _name(ref: str) -> str:
    """`and_time_formula` was cut out of a longer list: the `and` goes."""
    words = re.sub(r"\s+", " ", ref.replace("_", " ").replace("**", "^")).strip(" .:")
    words = words.removeprefix("and ")
    return (words[:1].upper() + words[1:])[:200] or "Skill"
