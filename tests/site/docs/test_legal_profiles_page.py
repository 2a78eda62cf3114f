"""docs/legal-profiles.md matches the profile files; `render()` writes its tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from consent.legal_profiles import profiles
from consent.scopes import PURPOSES, SOURCES
from stewardship.legal_profile.summary import limits_of

PAGE = Path(__file__).resolve().parents[3] / "docs" / "legal-profiles.md"
BEGIN, END = "<!-- from the files: begin -->", "<!-- from the files: end -->"


def render() -> str:
    """Return the part of the page that is generated from the files."""
    found = [profiles.load_named(name) for name in profiles.NAMES]
    head = ["", *(f"`{profile.name}`" for profile in found)]
    return "\n\n".join(
        [
            "## What may be allowed",
            "Help for me (a), class summary (t), research (r); – = blocked.",
            table([head, *([f"`{name}`", *(may(p, name) for p in found)] for name in SOURCES)]),
            "## Limits",
            *(
                f"### `{profile.name}`: {profile.title}\n\n{profile_lines(profile)}"
                for profile in found
            ),
        ]
    )


def may(profile, stream: str) -> str:
    letters = [each[0] for each in PURPOSES if each in profile.allow.get(stream, ())]
    return " ".join(letters) or "–"


def profile_lines(profile) -> str:
    """Return the limits, ages and reasons of one profile."""
    rows = [["what", "says"], *([name, text] for name, text in limits_of(profile).items() if text)]
    ages = ", ".join(f"{code} {age}" for code, age in profile.ages.by_country.items())
    rows += [["Ages by country", ages]] if ages else []
    rows += [["Needs a study", "`STUDY_FILE`"]] if profile.needs_study else []
    reasons = [
        [f"Why off: {key}", f"{why.text} ({why.article})"] for key, why in profile.reasons.items()
    ]
    return table([*rows, *reasons])


def table(rows: list[list[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def test_the_page_matches_the_profile_files():
    text = PAGE.read_text()
    assert text.partition(BEGIN)[2].partition(END)[0].strip() == render()


@pytest.mark.parametrize("word", ["Not legal advice", "two data stewards", "STUDY_FILE"])
def test_the_page_explains_its_limits(word):
    assert word in PAGE.read_text()


if __name__ == "__main__":
    print(render())
