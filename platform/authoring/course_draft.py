"""A course as read from a package: readers create it, `save_course` stores it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class SkillDraft:
    """`ref` is the raw name in the package; `needs` are refs."""

    ref: str
    slug: str
    name: str
    description: str = ""
    description_html: str = ""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HintDraft:
    """`reply` holds the columns of a scaffold's own question; `needs` are positions."""

    ref: str
    position: int
    kind: str
    text: str
    html: str
    linear: str
    title: str = ""
    other_text: str = ""
    other_html: str = ""
    needs: tuple[int, ...] = ()
    reply: Mapping[str, Any] = field(default_factory=dict)
    source_note: str = ""


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """`columns` are columns of courses_question as they are stored; `sibling` is a ref."""

    ref: str
    skills: tuple[str, ...]
    columns: Mapping[str, Any]
    hints: tuple[HintDraft, ...] = ()
    sibling: str = ""


@dataclass(frozen=True, slots=True)
class CaptionDraft:
    lang: str
    label: str
    file: str
    default: bool
    cues: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class VideoDraft:
    """`columns` are columns of courses_video."""

    columns: Mapping[str, Any]
    captions: tuple[CaptionDraft, ...]


@dataclass(frozen=True, slots=True)
class UnitDraft:
    """`columns` are further columns of courses_unit. `opens_after` is the ref of a unit.

    `reading_html` is rendered by the reader, because drafts are made in a process with a time
    limit.
    """

    ref: str
    kind: str
    title: str
    skills: tuple[str, ...]
    section: str = ""
    opens_after: str = ""
    minutes: int | None = None
    reading: str = ""
    reading_html: str = ""
    address: str = ""
    video: VideoDraft | None = None
    questions: tuple[QuestionDraft, ...] = ()
    columns: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CourseDraft:
    """`columns` are columns of courses_course; `left_out` counts unsupported content."""

    slug: str
    columns: Mapping[str, Any]
    skills: tuple[SkillDraft, ...]
    misconceptions: Mapping[str, str]
    units: tuple[UnitDraft, ...]
    left_out: Counter[str]
    bank: tuple[QuestionDraft, ...] = ()
