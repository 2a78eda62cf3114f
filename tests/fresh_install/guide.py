"""The commands of docs/operations.md that an administrator types, parsed from the page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
INSTALL = (
    "1. Set your values",
    "2. Packages and the release",
    "3. A user, folders and settings",
    "4. The database",
    "5. Set the site up",
    "6. Start",
)
UPDATE = ("Update",)
RESTORE = ("Restore a backup",)
TO_BUCKET = ("Media in a bucket",)
FROM_BUCKET = ("Media back in the folder",)


@dataclass(frozen=True, slots=True)
class GuideStep:
    """The commands under one heading."""

    heading: str
    commands: str

    def with_values(self, values: dict[str, str]) -> GuideStep:
        """Return the step with these values in place of the page's examples.

        Raises KeyError if the step does not set such a name.
        """
        commands = self.commands
        for name, value in values.items():
            line = rf"^export {name}=.*$"
            commands, found = re.subn(line, f"export {name}='{value}'", commands, flags=re.M)
            if found != 1:
                raise KeyError(name)
        return GuideStep(self.heading, commands)


def read_steps(page: str) -> list[GuideStep]:
    """Return each block of shell commands with the heading above it."""
    steps, heading, block = [], "", None
    for line in page.splitlines():
        if block is None and line.startswith("#"):
            heading = line.lstrip("#").strip()
        elif block is None and line == "```sh":
            block = []
        elif block is not None and line == "```":
            steps.append(GuideStep(heading, "\n".join(block)))
            block = None
        elif block is not None:
            block.append(line)
    return steps


def find_steps(headings: tuple[str, ...]) -> list[GuideStep]:
    """Return the steps of the page under these headings, in the order of the headings."""
    by_heading = {step.heading: step for step in read_steps(PAGE.read_text())}
    return [by_heading[heading] for heading in headings]
