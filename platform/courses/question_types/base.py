"""What the site asks of every type of question.

A type is a class. An instance is one question as it is asked, with all that grading it needs; class
methods work on a question in course.json (a spec), in a form or in the JSON columns of a row.
`registry.QUESTION_TYPES` has them all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.http import QueryDict
from django.utils.translation import gettext as _

from courses.answers.numerals import tidy_signs
from courses.answers.replies import Given, ReplyGrade, TypedReply, UngradableReply
from courses.question_types.answer_fields import PART_PREFIX, AnswerField
from courses.questions.answer_parts import (
    AnswerChoice,
    AnswerUnit,
    MarkedPlace,
    MatchPart,
    NumberAnswer,
    QuestionPicture,
    WrongAnswer,
    text_columns,
)
from courses.questions.rubric import Criterion
from courses.rendering import course_html

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Json = Mapping[str, Any]
# The fields of course.json by which a reply is graded; each type allows some of them.
SPEC_FIELDS: Final = (
    "choices",
    "parts",
    "answer",
    "shown",
    "accepted",
    "units",
    "tolerance",
    "compare",
    "wrong_answers",
    "other_answers",
    "partial_credit",
    "rubric",
    "word_limit",
    "file_kinds",
    "most_files",
)


@dataclass(frozen=True, slots=True)
class SpecFlaw:
    """What is wrong with a spec that its schema allows; `values` fill the `text`."""

    text: str
    values: Mapping[str, str | list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QuestionItem(ABC):
    """One question with its key.

    `explanation_html` is empty for a draw: the stored text refers to the original numbers.
    `answer_html` is the correct answer as its author wrote it, or empty.
    """

    kind: ClassVar[str]
    # The place of the type in lists, and its name: in a menu, in a list, and where it is counted.
    rank: ClassVar[int]
    title: ClassVar[_StrPromise]
    name: ClassVar[_StrPromise]
    counted_as: ClassVar[str]
    xapi_interaction: ClassVar[str] = "other"
    # The template of the learner's form is `learner/questions/_<widget>.html`.
    widget: ClassVar[str]
    takes_list: ClassVar[bool] = False
    has_options: ClassVar[bool] = False
    has_gaps: ClassVar[bool] = False
    # People mark the replies; only tests ask the question.
    is_open: ClassVar[bool] = False
    # The page says in which language the numbers of a reply are read.
    is_typed: ClassVar[bool] = False
    shows_feedback_at_choice: ClassVar[bool] = False
    # The fields that a spec must have, with the schema of each, and those that it may have.
    required_fields: ClassVar[Mapping[str, Json]]
    optional_fields: ClassVar[frozenset[str]] = frozenset()
    min_choices: ClassVar[int] = 0

    prompt_html: str
    linear: str
    choices: tuple[AnswerChoice, ...] = ()
    answer: str = ""
    answer_html: str = ""
    tolerance: Fraction = Fraction(0)
    compare: str = ""
    wrong_answers: tuple[WrongAnswer, ...] = ()
    other_answers: tuple[NumberAnswer, ...] = ()
    partial_credit: bool = False
    explanation_html: str = ""
    accepted: tuple[str, ...] = ()
    units: tuple[AnswerUnit, ...] = ()
    parts: tuple[MatchPart, ...] = ()
    rubric: tuple[Criterion, ...] = ()
    word_limit: int | None = None
    file_kinds: tuple[str, ...] = ()
    most_files: int = 1

    @abstractmethod
    def grade(self, given: Given) -> ReplyGrade:
        """Grade one reply, the same for each Learner; raise UngradableReply."""

    @abstractmethod
    def correct_reply(self) -> Given:
        """Return a reply that grades as correct, in the form in which the question takes it."""

    @property
    def needs_capitals(self) -> bool:
        """Return whether the capitals of a typed reply must match."""
        return self.compare == "cased"

    @property
    def has_partial_credit(self) -> bool:
        """Return whether a reply can earn a share of the points, neither none nor all."""
        shares = [choice.share or 0 for choice in self.choices]
        shares += [other.share for other in self.other_answers]
        return self.partial_credit or any(0 < share < 1 for share in shares)

    @property
    def credit_note(self) -> str:
        """Say before the answer how it earns points, where it is not all or nothing."""
        if not self.partial_credit:
            return ""
        return _("Each right part earns a share of the points.")

    def is_correct(self, given: Given) -> bool | None:
        """Return whether a reply is correct; None where it cannot be graded."""
        try:
            return self.grade(given).correct
        except UngradableReply:
            return None

    def check_reply(self, given: Given) -> None:
        """Check a reply that is saved before it is graded; raise UngradableReply."""
        self.grade(given)

    def sample_replies(self) -> Iterator[Given]:
        """Yield replies that a simulated learner may give; the first is correct."""
        yield self.correct_reply()

    def read_typed(self, typed: Given, _language: str) -> TypedReply:
        """Read the numbers of a reply as written in this language; raise UngradableReply."""
        return TypedReply(typed)

    def write_typed(self, given: Given, _language: str) -> Given:
        """Write a stored reply as people type it in this language."""
        return given

    def write_answer(self, language: str) -> str:
        """Write the answer of a question that is answered by typing."""
        return str(self.write_typed(self.answer, language))

    def stated_answer_html(self, language: str) -> str:
        """Return the typed answer: as its author wrote it, else as people of this language do."""
        return self.answer_html or escape(self.write_answer(language))

    def correct_html(self, language: str) -> str:
        """Return the correct answer as safe HTML, with numbers written as in `language`."""
        return self.stated_answer_html(language)

    def describe(self, given: Given, language: str) -> str:
        """Describe a reply to the Learner who gave it."""
        shown = self.write_typed(given, language)
        return shown if isinstance(shown, str) else ", ".join(shown)

    def find_option(self, given: Given) -> str:
        """Return the id of the one choice that a reply selects, or an empty text."""
        return given if isinstance(given, str) else ""

    def find_place(self, _given: str) -> MarkedPlace | None:
        """Return the place on a picture that a reply marks; None if it marks none."""
        return None

    def summarise(self, given: Given, language: str) -> str:
        """Describe a reply so that replies that mean the same have the same text."""
        if isinstance(given, str):
            return self._summarise_part(given, language)
        return ", ".join(sorted(self._summarise_part(part, language) for part in given))

    def _summarise_part(self, given: str, _language: str) -> str:
        return self._words().get(given) or tidy_signs(given).casefold()

    def _words(self) -> dict[str, str]:
        """Return the text of each choice and part by its id."""
        rows: list[AnswerChoice | MatchPart] = [*self.choices, *self.parts]
        return {row.id: row.linear or row.id for row in rows}

    @property
    def unit_suffix(self) -> str:
        """The unit to type after a number."""
        return f" {self.units[0].name}" if self.units else ""

    @property
    def lead_html(self) -> str:
        """The text before the form."""
        return self.prompt_html

    @property
    def picture(self) -> QuestionPicture | None:
        """The picture on which a place is marked, if the form shows one."""
        return None

    @property
    def tail_html(self) -> str:
        """The text after the last field."""
        return ""

    def build_fields(self, _values: Mapping[str, str], _seed: str) -> tuple[AnswerField, ...]:
        """Return the fields of the parts with their values; `seed` fixes how rows are shuffled."""
        return ()

    @classmethod
    def parse_form(cls, fields: QueryDict) -> Given:
        """Return the reply as sent by a form; raise UngradableReply."""
        return str(fields.get("given", ""))

    @classmethod
    def split_reply(cls, _given: Given | None) -> dict[str, str]:
        """Return the value of each field in a reply in parts."""
        return {}

    @classmethod
    def form_data(cls, given: Given) -> dict[str, Given]:
        """Return a reply as a form sends it."""
        parts = cls.split_reply(given).items()
        fields: dict[str, Given] = {PART_PREFIX + part: value for part, value in parts}
        return fields or {"given": given}

    @classmethod
    def read_parts(cls, _rows: Sequence[Json]) -> dict[str, Any]:
        """Return the fields of an instance that come from the column `parts`."""
        return {}

    @classmethod
    def choice_columns(cls, choice: Json) -> dict[str, Any]:
        """Return the JSON columns of a choice of a spec."""
        return text_columns(choice)

    @classmethod
    def part_columns(cls, part: Json) -> dict[str, Any]:
        """Return the JSON columns of a part of a spec."""
        return text_columns(part)

    @classmethod
    def part_spec(cls, columns: Json) -> dict[str, Any]:
        """Return a stored part as course.json has it."""
        return {name: columns[name] for name in ("id", "text")}

    @classmethod
    def answer_spec(cls, answer: str, _tolerance: float) -> dict[str, Any]:
        """Return a stored answer as course.json has it."""
        return {"answer": answer}

    @classmethod
    def plain_prompt(cls, prompt: str) -> str:
        """Return the text of a question on one plain line."""
        return course_html.linear(prompt)

    @classmethod
    def find_flaw(cls, _spec: Json, _prompt: str) -> SpecFlaw | None:
        """Return why the parts of a spec do not fit together; None where they do."""
        return None

    @classmethod
    def spec_rules(cls) -> dict[str, Any]:
        """Return the JSON schema of the fields of this type."""
        allowed = {*cls.required_fields, *cls.optional_fields}
        barred: dict[str, Json] = {name: {"not": {}} for name in SPEC_FIELDS if name not in allowed}
        rules = {name: rule for name, rule in cls.required_fields.items() if rule}
        return {"required": list(cls.required_fields), "properties": barred | rules}
