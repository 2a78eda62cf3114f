"""Multiple choice: all correct choices, and no other, are to be selected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import ClassVar, Final

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop, pgettext_lazy

from courses.answers.replies import Given, ReplyGrade, UngradableReply, grade_share
from courses.question_types.base import Json, SpecFlaw
from courses.question_types.choice_question import ChoiceQuestion
from courses.questions.answer_parts import AnswerChoice, read_share

MISSING = gettext_noop("What you chose is correct, but something is missing.")
# Shares that are written with few decimals, such as 33.33, add up to almost 100 percent.
_ROUNDING: Final = Fraction(1, 1000)


class MultipleChoice(ChoiceQuestion):
    kind: ClassVar = "multiple"
    rank: ClassVar = 2
    title: ClassVar = lazy("Multiple choice (several correct)")
    name: ClassVar = pgettext_lazy("kind of a question", "multiple choice")
    counted_as: ClassVar = gettext_noop("multiple-choice question")
    takes_list: ClassVar = True
    required_fields: ClassVar = {"choices": {"$ref": "#/$defs/some_right"}}
    optional_fields: ClassVar = frozenset(["partial_credit"])

    def grade(self, given: Given) -> ReplyGrade:
        if isinstance(given, str):
            raise UngradableReply(_("Select all that apply."))
        chosen = self.find_chosen(given)
        share = self._share_of(chosen)
        wrong = [choice for choice in chosen if not choice.correct]
        if wrong:
            return grade_share(share, wrong[0].feedback_html, wrong[0].misconception)
        return grade_share(share, "" if share == 1 else _(MISSING))

    def _share_of(self, chosen: Sequence[AnswerChoice]) -> Fraction:
        """Return the share of the points; a wrong choice takes as much as a right one gives."""
        right = [choice for choice in self.choices if choice.correct]
        if not self.partial_credit:
            return Fraction(chosen == right)
        usual = Fraction(1, len(right))
        return sum((_points_of(choice, usual) for choice in chosen), Fraction(0)) / sum(
            _points_of(choice, usual) for choice in right
        )

    @property
    def credit_note(self) -> str:
        if not self.partial_credit:
            return ""
        return _("Correct choices earn points, wrong ones take points away.")

    def correct_reply(self) -> Given:
        return [choice.id for choice in self.choices if choice.correct]

    def sample_replies(self) -> Iterator[Given]:
        yield self.correct_reply()
        yield from ([choice.id] for choice in self.choices)

    @classmethod
    def find_flaw(cls, spec: Json, _prompt: str) -> SpecFlaw | None:
        worth = {
            row["id"]: (row["correct"], read_share(row["share"]))
            for row in spec["choices"]
            if "share" in row
        }
        if not worth:
            return None
        if not spec.get("partial_credit"):
            return SpecFlaw(gettext_noop("expected partial_credit where a choice has a share"))
        for name, (correct, share) in worth.items():
            if correct != (share > 0):
                text = gettext_noop(
                    "expected a share above 0 for correct choices alone, got {name!r}"
                )
                return SpecFlaw(text, {"name": name})
        return _find_bad_sum(spec["choices"], {name: share for name, (_, share) in worth.items()})

    @classmethod
    def parse_form(cls, fields: QueryDict) -> Given:
        return [str(letter) for letter in fields.getlist("given")]


def _points_of(choice: AnswerChoice, usual: Fraction) -> Fraction:
    if choice.share is not None:
        return choice.share
    return usual if choice.correct else -usual


def _find_bad_sum(choices: Sequence[Json], worth: Mapping[str, Fraction]) -> SpecFlaw | None:
    right = [row["id"] for row in choices if row["correct"]]
    usual = Fraction(1, len(right))
    total = sum((worth.get(id, usual) for id in right), Fraction(0))
    if abs(total - 1) <= _ROUNDING:
        return None
    text = gettext_noop("expected the correct choices to have 100 percent in all, got {total}")
    return SpecFlaw(text, {"total": str(float(100 * total))})
