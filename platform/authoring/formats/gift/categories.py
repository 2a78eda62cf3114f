"""The categories of Moodle's question bank: each becomes a quiz."""

from __future__ import annotations

import re

from authoring.slugs import slug

Category = tuple[str, str, str]


def read_category(path: str, unit: str) -> Category:
    """Return the requested id, the title (the last name of the path) and the path.

    `//` is a literal stroke.
    """
    path = re.sub(r"^\$\w+\$/?", "", path.strip())
    names = [part.strip() for part in re.split(r"(?<!/)/(?!/)", path)]
    names = [name.replace("//", "/") for name in names if name and name != "top"]
    title = names[-1].removeprefix("Default for ") if names else "Questions"
    return unit or slug(" ".join(names), "quiz"), title, "" if unit else path


def write_category(title: str) -> str:
    """Return the path of a category at the top of its course."""
    return "$course$/top/" + " ".join(title.split()).replace("/", "//")
