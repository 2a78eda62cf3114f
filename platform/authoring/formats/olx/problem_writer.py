"""Write one question as an OLX problem."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from html import escape

from django.utils.translation import gettext_noop as _

from authoring.formats import unsupported_features
from authoring.formats.credits import share_of
from authoring.formats.question_builder import Json, write_short
from authoring.formats.text import text_conversion

Rich = Callable[[str], str]
PARTIAL = unsupported_features.PARTIAL


def write_problem(
    row: Json, quiz: Json, pictures: text_conversion.Pictures, left_out: Counter[str]
) -> str:
    """Return the file of a problem."""

    def rich(text: str) -> str:
        return text_conversion.text_to_html(text, text_conversion.round_brackets, pictures)

    attempts = f' max_attempts="{quiz["attempts"]}"' if "attempts" in quiz else ""
    asked = _RESPONSES[row["type"]](row, rich, left_out)
    return (
        f'<problem display_name="{escape(row["id"])}"{attempts}{_weight(row)}>\n{asked}\n'
        f"{_solution(row, rich)}{_hints(row, rich, left_out)}</problem>\n"
    )


def _weight(row: Json) -> str:
    return f' weight="{write_short(row["points"])}"' if "points" in row else ""


def _label(row: Json, rich: Rich) -> str:
    return f"<label>{rich(row['prompt'])}</label>\n"


def _single(row: Json, rich: Rich, _left_out: Counter[str]) -> str:
    rows = _choices(row, rich, "<choicehint>")
    inner = f'<choicegroup type="MultipleChoice">\n{rows}</choicegroup>\n'
    partly = any("share" in one for one in row["choices"])
    how = ' partial_credit="points"' if partly else ""
    return f"<multiplechoiceresponse{how}>\n{_label(row, rich)}{inner}</multiplechoiceresponse>"


def _multiple(row: Json, rich: Rich, left_out: Counter[str]) -> str:
    """Write several correct choices; Open edX has other ways of partial credit for them."""
    left_out[PARTIAL] += bool(row.get("partial_credit"))
    row = row | {"choices": [_without_share(one) for one in row["choices"]]}
    rows = _choices(row, rich, '<choicehint selected="true">')
    inner = f"<checkboxgroup>\n{rows}</checkboxgroup>\n"
    return f"<choiceresponse>\n{_label(row, rich)}{inner}</choiceresponse>"


def _choices(row: Json, rich: Rich, hint: str) -> str:
    """Write the choices; `hint` is the tag before the feedback for one."""
    return "".join(
        f"<choice {_worth(one)}>{rich(one['text'])}{_remark(one, rich, hint)}</choice>\n"
        for one in row["choices"]
    )


def _worth(choice: Json) -> str:
    """Write whether a choice is correct; partly, with the share of the points as 0 to 1."""
    if choice["correct"] or not choice.get("share"):
        return f'correct="{str(choice["correct"]).lower()}"'
    return f'correct="partial" point_value="{float(share_of(choice, 1)):.7g}"'


def _remark(choice: Json, rich: Rich, hint: str) -> str:
    return f"{hint}{rich(choice['feedback'])}</choicehint>" if choice.get("feedback") else ""


def _without_share(choice: Json) -> Json:
    return {name: value for name, value in choice.items() if name != "share"}


def _numeric(row: Json, rich: Rich, left_out: Counter[str]) -> str:
    """Write the number; Open edX takes others too, but only for all points and without ranges."""
    more = [one for one in row.get("other_answers", ()) if _is_supported(one)]
    left_out[unsupported_features.OTHER_NUMBER] += len(row.get("other_answers", ())) - len(more)
    others = "".join(
        f'<additional_answer answer="{escape(str(one["value"]))}">{_correct_hint(one, rich)}'
        "</additional_answer>\n"
        for one in more
    )
    return (
        f'<numericalresponse answer="{escape(str(row["answer"]))}">\n{_label(row, rich)}'
        f'<responseparam type="tolerance" default="{write_short(row.get("tolerance", 0))}"/>\n'
        f"{others}"
        "<formulaequationinput/>\n</numericalresponse>"
    )


def _is_supported(other: Json) -> bool:
    """Return whether it is one number, exactly, that earns all points."""
    return not other.get("tolerance", 0) and other["share"] == 100 and "value" in other


def _correct_hint(other: Json, rich: Rich) -> str:
    return f"<correcthint>{rich(other['feedback'])}</correcthint>" if "feedback" in other else ""


def _text(row: Json, rich: Rich, left_out: Counter[str]) -> str:
    unsupported_features.note_comparisons(row, ("words", "cased"), left_out)
    plain = [one for one in row.get("accepted", ()) if "*" not in one]
    left_out[_("alternative answer with an asterisk (*)")] += len(row.get("accepted", ())) - len(
        plain
    )
    more = "".join(f'<additional_answer answer="{escape(one)}"/>\n' for one in plain)
    how = "" if row.get("compare") == "cased" else ' type="ci"'
    return (
        f'<stringresponse answer="{escape(row["answer"])}"{how}>\n{_label(row, rich)}{more}'
        '<textline size="20"/>\n</stringresponse>'
    )


_RESPONSES: dict[str, Callable[[Json, Rich, Counter[str]], str]] = {
    "single": _single,
    "multiple": _multiple,
    "numeric": _numeric,
    "text": _text,
}
KINDS = frozenset(_RESPONSES)


def _solution(row: Json, rich: Rich) -> str:
    if not row.get("explanation"):
        return ""
    inner = f"<p>Explanation</p>\n<p>{rich(row['explanation'])}</p>"
    return f'<solution><div class="detailed-solution">\n{inner}\n</div></solution>\n'


def _hints(row: Json, rich: Rich, left_out: Counter[str]) -> str:
    hints = unsupported_features.note_scaffolds(row.get("hints", []), left_out)
    kinds = ["strategy"] * (len(hints) - 1) + ["worked_step"]
    left_out[_("type of hint")] += sum(
        hint["kind"] != kind for hint, kind in zip(hints, kinds, strict=False)
    )
    left_out[_("title of a hint")] += sum("title" in hint for hint in hints)
    rows = "".join(f"<hint>{rich(hint['text'])}</hint>\n" for hint in hints if hint["text"])
    return f"<demandhint>\n{rows}</demandhint>\n" if rows else ""
