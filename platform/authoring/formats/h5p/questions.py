"""Read one H5P content type that asks a question."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.utils.translation import gettext_noop as _

from authoring.formats.gift.answers import ADDITIONAL_CHOICE
from authoring.formats.h5p.content import Content, ContentTexts, as_dict, as_list, as_text, is_on
from authoring.formats.h5p.gaps import read_blanks, read_drag_text
from authoring.formats.question_builder import BuiltChoice, Json, choice_question
from authoring.formats.unsupported_messages import RANDOM_ORDER
from authoring.option_ids import ids_of_texts
from authoring.slugs import digest


def read_questions(content: Content, texts: ContentTexts) -> Iterator[Json]:
    """Yield the questions of a content type; count one that asks none that has a place here."""
    read = _READERS.get(content.kind)
    if read is None:
        texts.count_type(content.kind)
        return
    texts.count_overall(content.params.get("overallFeedback"))
    for number, row in enumerate(read(content, texts), 1):
        name = content.id or f"q-{digest(row['prompt'])}"
        yield {"id": name if number == 1 else f"{name}-{number}", **row}


def _multiple_choice(content: Content, texts: ContentTexts) -> Iterator[Json]:
    params, rows = content.params, []
    settings = as_dict(params.get("behaviour"))
    for answer in map(as_dict, as_list(params.get("answers"))):
        remarks = as_dict(answer.get("tipsAndFeedback"))
        texts.left_out[_("tip of a choice")] += bool(texts.convert(remarks.get("tip")))
        not_chosen = bool(texts.convert(remarks.get("notChosenFeedback")))
        texts.left_out[_("feedback for a choice that was not selected")] += not_chosen
        feedback = texts.convert(remarks.get("chosenFeedback"))
        text, correct = texts.convert(answer.get("text")), is_on(answer.get("correct"))
        rows.append(BuiltChoice(text, correct, feedback))
    right = [row for row in rows if row.correct]
    kind = as_text(settings.get("type"))
    several = kind == "multi" or (kind != "single" and len(right) > 1)
    kept = rows if several else [row for row in rows if row not in right[1:]]
    texts.left_out[ADDITIONAL_CHOICE] += len(rows) - len(kept)
    texts.left_out[RANDOM_ORDER] += is_on(settings.get("randomAnswers"))
    prompt = texts.prompt(as_text(params.get("question")), params.get("media"))
    yield choice_question(prompt, kept, several=several)


def _true_or_false(content: Content, texts: ContentTexts) -> Iterator[Json]:
    params = content.params
    settings, right = as_dict(params.get("behaviour")), params.get("correct")
    if right not in ("true", "false", True, False):
        texts.left_out[_("item that does not give the correct answer")] += 1
        return
    is_true = is_on(right)
    said = {
        True: texts.convert(settings.get("feedbackOnCorrect")),
        False: texts.convert(settings.get("feedbackOnWrong")),
    }
    choices = [
        BuiltChoice("True", is_true, said[is_true]),
        BuiltChoice("False", not is_true, said[not is_true]),
    ]
    prompt = texts.prompt(as_text(params.get("question")), params.get("media"))
    yield choice_question(prompt, choices, several=False)


def _single_choices(content: Content, texts: ContentTexts) -> Iterator[Json]:
    """Read questions whose first answer is correct, and give each the same order every time."""
    for row in map(as_dict, as_list(content.params.get("choices"))):
        answers = [texts.convert(answer) for answer in as_list(row.get("answers"))]
        named = zip(ids_of_texts(answers), enumerate(answers), strict=True)
        choices = [BuiltChoice(text, at == 0) for _id, (at, text) in sorted(named)]
        yield choice_question(texts.convert(row.get("question")), choices, several=False)


_READERS: dict[str, Callable[[Content, ContentTexts], Iterator[Json]]] = {
    "H5P.MultiChoice": _multiple_choice,
    "H5P.TrueFalse": _true_or_false,
    "H5P.SingleChoiceSet": _single_choices,
    "H5P.Blanks": read_blanks,
    "H5P.DragText": read_drag_text,
}
