"""The course that a package becomes: a new one, or an existing one that its Author selects."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from authoring.slugs import LONGEST_COURSE, add_free_number, course_slug, free_slug


@dataclass(frozen=True, slots=True)
class Target:
    """A new course with the slug and title that were typed, or those of the file.

    With `updates` the course of that slug is changed. `part` names the course to import where the
    package holds several.
    """

    slug: str = ""
    title: str = ""
    updates: bool = False
    part: str = ""

    @property
    def automatic(self) -> bool:
        """Return whether nothing was typed: each course of a package may become a new one."""
        return not (self.slug or self.title or self.updates)

    def slug_for(self, named: str, taken: Collection[str]) -> str:
        """Return the slug of the course; `named` is its name in the file."""
        own = course_slug(named)
        if self.slug or self.updates:
            return self.slug or own
        if self.title:
            return free_slug(self.title, taken, "course")
        return add_free_number(own, taken, LONGEST_COURSE)

    def title_for(self, named: str) -> str:
        return self.title or named
