"""The notice texts: complete, in the product's voice, readable at twelve."""

from __future__ import annotations

import hashlib
import json
import re

import pytest

from accounts.models import AGE_BANDS
from consent.notices.notices import FOLDER, MADE_FROM
from consent.scopes import SOURCES
from consent.stream_groups import GROUPS, group_of, purposes_of

PATHS = sorted((FOLDER / "en").glob("*.md"))
NAMES = {path.stem for path in PATHS}
TRANSLATED = sorted(FOLDER.glob(f"*/{MADE_FROM}"))
PARTS = (
    "What it is for",
    "What is sensed",
    "What leaves your",
    "How long it is kept",
    "Who sees it",
    "How to stop",
)
FORBIDDEN = (
    r"\b(AI|detect\w*|monitor\w*|track\w*|score\w*|risk|lazy|weak|smart)\b|attention level|!"
)


def test_there_is_a_text_for_every_group_and_age_and_no_other():
    assert {f"{g}.{band}" for g in GROUPS for band in AGE_BANDS} == NAMES


def test_every_source_belongs_to_one_group():
    assert sorted(source for sources in GROUPS.values() for source in sources) == sorted(SOURCES)
    assert all(source in GROUPS[group_of(source)] for source in SOURCES)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_text_says_all_that_must_be_said_in_the_voice_of_the_product(path):
    text = path.read_text()
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert all(any(heading.startswith(part) for heading in headings) for part in PARTS)
    assert re.findall(FORBIDDEN, text) == []
    names = {"adapt": "Help for me", "teach": "Class summary", "research": "Research"}
    asked = [names[purpose] for purpose in purposes_of(path.stem.partition(".")[0])]
    assert re.findall(r"^\*\*(.*)\.\*\*", text, re.MULTILINE) == asked


@pytest.mark.parametrize("made_from", TRANSLATED, ids=lambda path: path.parent.name)
def test_a_translation_is_whole_and_made_from_the_text_of_today(made_from):
    digests = {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in PATHS}
    assert json.loads(made_from.read_text()) == digests
    texts = {path.stem: path.read_text() for path in made_from.parent.glob("*.md")}
    assert texts.keys() == NAMES
    for name, text in texts.items():
        source = (FOLDER / "en" / f"{name}.md").read_text()
        for mark in ("\n## ", "\n\n", "**"):
            assert text.count(mark) == source.count(mark), (name, mark)
        assert set(re.findall(r"\d+", text)) == set(re.findall(r"\d+", source)), name


def test_german_is_among_the_translations():
    assert "de" in {path.parent.name for path in TRANSLATED}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_sentences_are_short(path):
    prose = re.sub(r"^#.*$", "", path.read_text(), flags=re.MULTILINE)
    sentences = [part.split() for part in re.split(r"[.:;?]\s", prose) if part.split()]
    longest = max(sentences, key=len)
    assert len(longest) <= 40, " ".join(longest)
    mean = sum(map(len, sentences)) / len(sentences)
    assert mean <= (11 if path.stem.endswith("child") else 16), mean
