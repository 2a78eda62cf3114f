"""Give the feedback of a QTI 1.2 item to its choices, or to everyone as the explanation."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext_noop as _

from authoring.formats.qti12.conditions import Replies
from authoring.formats.qti12.material import ItemMaterial
from authoring.formats.qti12.responses import ItemResponse
from authoring.formats.qti12.scoring import ItemScoring
from authoring.formats.text.safe_xml import XmlNode

OVERALL = _("overall feedback for a correct or incorrect answer")
CORRECT, INCORRECT = "\0correct", "\0incorrect"
_UNLIKELY = "\N{SNOWMAN}"
# Endings of the identifiers by which exporters name the feedback for one choice.
_OF_A_CHOICE = ("", "_fb")
# Brightspace names the feedback for the choice `…_A12` as `…_IF12`.
_BRIGHTSPACE = re.compile(r"_A(?=[0-9]+$)")


@dataclass(slots=True)
class ItemFeedback:
    """The texts of the choices, and the text that everyone sees."""

    by_choice: dict[str, str] = field(default_factory=dict)
    explanation: str = ""

    def add(self, labels: list[str], text: str) -> None:
        """Add a text to each of these choices."""
        for label in labels:
            self.by_choice[label] = _join(self.by_choice.get(label), text)


def read_feedback(
    item: XmlNode,
    scoring: ItemScoring,
    responses: list[ItemResponse],
    best: Replies,
    material: ItemMaterial,
) -> ItemFeedback:
    """Sort the feedback by the replies for which the item displays it."""
    displayed = _display(scoring, responses, best)
    linked = {one.get("linkrefid") for one in item.all("displayfeedback")}
    only = responses[0] if len(responses) == 1 else None
    found = ItemFeedback()
    for name, text in _read_texts(item, material).items():
        replies = [reply for reply, names in displayed.items() if name in names]
        if name not in linked:
            labels = _named_choices(name, only)
            is_general = not labels and "correct" not in name.lower()
        else:
            labels = _displaying_choices(replies, only)
            is_general = len(replies) == len(displayed)
        if is_general:
            found.explanation = _join(found.explanation, text)
        elif labels:
            found.add(labels, text)
        else:
            material.left_out[OVERALL] += 1
    return found


def _named_choices(name: str, only: ItemResponse | None) -> list[str]:
    labels = only.labels if only else {}
    return [
        label
        for label in labels
        if name in [*(label + end for end in _OF_A_CHOICE), _BRIGHTSPACE.sub("_IF", label)]
    ]


def _displaying_choices(replies: list[str], only: ItemResponse | None) -> list[str]:
    """Return the choices whose feedback this is; several ones only where one can be selected."""
    labels = only.labels if only else {}
    found = [reply for reply in replies if reply != CORRECT]
    is_of_choices = all(reply in labels for reply in found)
    return found if only and is_of_choices and (only.is_single or len(found) == 1) else []


def _join(*texts: str | None) -> str:
    return "\n".join(filter(None, texts))


def _read_texts(item: XmlNode, material: ItemMaterial) -> dict[str, str]:
    """Return the texts that are not empty by their identifiers."""
    texts: dict[str, str] = {}
    for node in item.all("itemfeedback"):
        text = material.convert(node)
        if text:
            name = node.get("ident")
            texts[name] = _join(texts.get(name), text)
    return texts


def _display(
    scoring: ItemScoring, responses: list[ItemResponse], best: Replies
) -> dict[str, list[str]]:
    """Return the identifiers of the feedback for each sample reply.

    Samples are the choices of the only response, by their names; a correct and a wrong reply.
    """
    only = responses[0] if len(responses) == 1 else None
    has_choices = only is not None and only.kind == "choice" and only.cardinality != "ordered"
    samples: dict[str, Replies] = {}
    if only is not None and has_choices:
        samples = {label: {only.name: (label,)} for label in only.labels}
    if only is None or not has_choices or not only.is_single:
        samples[CORRECT] = best
        samples[INCORRECT] = {one.name: (_UNLIKELY,) for one in responses}
    return {name: scoring.find_feedback(replies) for name, replies in samples.items()}
