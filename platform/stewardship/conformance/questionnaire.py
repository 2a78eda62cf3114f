"""Answers for a security questionnaire of universities (HECVAT Lite), each with what shows it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from stewardship.documents.markdown import joined, table, to_fill

FILE: Final = Path(__file__).with_name("questions.toml")


class Reply(StrEnum):
    """What a buyer's tick would be."""

    YES = "Yes"
    NO = "No"
    PARTLY = "Partly"
    INSTITUTION = "The institution answers"
    ABSENT = "Not applicable"


@dataclass(frozen=True, slots=True)
class AskedTopic:
    """One topic, the answer of this release, and the files that show it."""

    about: str
    reply: Reply
    says: str
    proof: tuple[str, ...]


def read_questions() -> Mapping[str, tuple[AskedTopic, ...]]:
    """Return the topics by the title of their part. Raises KeyError where the file has a slip."""
    said = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {part["title"]: tuple(map(_topic, part["topics"])) for part in said["part"]}


def _topic(row: Mapping[str, Any]) -> AskedTopic:
    reply = Reply[row["answer"].upper()]
    return AskedTopic(row["about"], reply, row["says"], tuple(row["proof"]))


def questionnaire(release: str) -> list[str]:
    """The answers for this release of the program."""
    parts = [
        "# Security questionnaire",
        f"Attune {release}, by the topics of the HECVAT Lite, in words of our own. Made by "
        "`manage.py compliance_documents` from `platform/stewardship/conformance/`; do not edit "
        "it.",
        "Attune is run by the institution itself. What is the institution's to answer says so.",
    ]
    for title, topics in read_questions().items():
        parts += [f"## {title}", _part(topics)]
        if any(topic.reply is Reply.INSTITUTION for topic in topics):
            asked = joined(t.about for t in topics if t.reply is Reply.INSTITUTION)
            parts.append(to_fill(f"{asked}."))
    return parts


def _part(topics: tuple[AskedTopic, ...]) -> str:
    rows = [
        (topic.about, topic.reply, topic.says, joined(f"`{path}`" for path in topic.proof))
        for topic in topics
    ]
    return table(["Topic", "Answer", "How it is", "Shown by"], rows)
