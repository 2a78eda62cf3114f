"""Random courses as course.json, with which each format is tested."""

from __future__ import annotations

from string import ascii_lowercase
from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]
KINDS = ("single", "multiple", "numeric", "text", "order", "match", "cloze")
# Characters with a meaning in one of the formats.
ODD = "~=#{}:\\<>&\"'|*_`[]()!%@+-/.,;?$^ äß✓日"
FORMULAS = ["x^2", r"\frac{1}{2}", "a<b", r"x_1 \leq 3", r"\sqrt{2} & y"]


def _escaped(text: str) -> str:
    return text.replace("$", r"\$").replace("[[", "[").replace("]]", "]").replace("![", "! [")


COMPARES = ["words", "cased"]
words = st.text(alphabet=ascii_lowercase + ODD, min_size=1, max_size=30).map(
    lambda text: " ".join(text.replace("\\", "").split())
)
# A course text: words, sometimes with a formula or on two lines.
texts = st.tuples(words, st.sampled_from(["", *FORMULAS]), words, st.sampled_from([" ", "\n"])).map(
    lambda one: "\n".join(
        " ".join(line.split())
        for line in (
            _escaped(one[0]) + (f" ${one[1]}$ " if one[1] else one[3]) + _escaped(one[2])
        ).split("\n")
    ).strip()
).filter(lambda text: text.strip("\n .•") and not text.startswith("\n"))  # fmt: skip
plain = st.text(alphabet=ascii_lowercase + "äß日 ", min_size=1, max_size=12).map(
    lambda text: " ".join(text.split())
)
wordings = plain.filter(bool)
numbers = st.integers(-500, 500).map(str) | st.sampled_from(["0.5", "-2.25", "1000000", "0.001"])
tolerances = st.sampled_from([0, 0.5, 0.001, 2])


def words_of(text: str) -> str:
    """Return what a reader compares: choices that differ in blanks alone look the same."""
    return " ".join(text.split())


@st.composite
def choices(draw: st.DrawFn, several: bool) -> list[Json]:
    found = draw(st.lists(texts, min_size=2, max_size=5, unique_by=words_of))
    right = {draw(st.integers(0, len(found) - 1))}
    if several:
        right |= {0, len(found) - 1}
    rows = []
    for at, text in enumerate(found):
        said = draw(st.none() | texts)
        row = {"id": ascii_lowercase[at], "text": text, "correct": at in right}
        rows.append(row | ({"feedback": said} if said else {}))
    return rows


@st.composite
def gaps(draw: st.DrawFn, name: str) -> Json:
    kind = draw(st.sampled_from(["text", "numeric", "choice"]))
    if kind == "numeric":
        return {"id": name, "kind": kind, "answer": draw(numbers), "tolerance": draw(tolerances)}
    if kind == "text":
        found = draw(st.lists(wordings, min_size=1, max_size=3, unique=True))
        more = {"accepted": found[1:]} if found[1:] else {}
        compare = draw(st.sampled_from(COMPARES))
        return {"id": name, "kind": kind, "answer": found[0], **more, "compare": compare}
    rows = [{key: row[key] for key in ("id", "text", "correct")} for row in draw(choices(False))]
    return {"id": name, "kind": kind, "choices": rows}


@st.composite
def draw_question(draw: st.DrawFn) -> Json:
    kind = draw(st.sampled_from(KINDS))
    prompt = draw(texts)
    if kind in ("single", "multiple"):
        return {"type": kind, "prompt": prompt, "choices": draw(choices(kind == "multiple"))}
    if kind == "numeric":
        more = {"answer": draw(numbers), "tolerance": draw(tolerances)}
        return {"type": kind, "prompt": prompt, **more}
    if kind == "text":
        found = draw(st.lists(wordings, min_size=1, max_size=3, unique=True))
        more = {"accepted": found[1:]} if found[1:] else {}
        more["compare"] = draw(st.sampled_from(COMPARES))
        return {"type": kind, "prompt": prompt, "answer": found[0], **more}
    if kind == "cloze":
        parts = [draw(gaps(f"g{n}")) for n in range(1, draw(st.integers(1, 3)) + 1)]
        text = " ".join(f"{draw(wordings)} [[{part['id']}]]" for part in parts)
        return {"type": kind, "prompt": f"{text} {draw(wordings)}", "parts": parts}
    found = draw(st.lists(texts, min_size=2, max_size=5, unique_by=words_of))
    rows = [{"id": ascii_lowercase[at], "text": text} for at, text in enumerate(found)]
    if kind == "order":
        return {"type": kind, "prompt": prompt, "choices": rows}
    rights = draw(st.lists(texts, min_size=len(rows), max_size=6, unique=True))
    parts = [{"id": f"p{n}", "text": text} for n, text in enumerate(rights, 1)]
    matched = [row | {"match": parts[at]["id"]} for at, row in enumerate(rows)]
    return {"type": kind, "prompt": prompt, "choices": matched, "parts": parts}


@st.composite
def questions(draw: st.DrawFn, name: str) -> Json:
    found = draw(draw_question()) | {
        "id": name,
        "skills": [draw(st.sampled_from(["slope", "area"]))],
    }
    if draw(st.booleans()):
        found["explanation"] = draw(texts)
    hints = draw(st.lists(texts, max_size=3))
    if hints:
        kinds = ["strategy"] * (len(hints) - 1) + ["worked_step"]
        found["hints"] = [
            {"kind": kind, "text": text} for kind, text in zip(kinds, hints, strict=True)
        ]
    return found


@st.composite
def packages(draw: st.DrawFn) -> Json:
    """A course of one to three quizzes, each of one to four questions."""
    units = []
    for at in range(1, draw(st.integers(1, 3)) + 1):
        rows = [draw(questions(f"q{at}-{n}")) for n in range(1, draw(st.integers(1, 4)) + 1)]
        skills = list(dict.fromkeys(row["skills"][0] for row in rows))
        title = draw(wordings)
        units.append({"id": f"quiz-{at}", "kind": "quiz", "title": title, "skills": skills,
                      "questions": rows})  # fmt: skip
    used = dict.fromkeys(skill for unit in units for skill in unit["skills"])
    skills = [{"slug": one, "name": one.capitalize(), "prerequisites": []} for one in used]
    head = {"format": "attune-course", "format_version": "1.1", "slug": "by-chance"}
    return {**head, "title": draw(wordings), "language": "en", "skills": skills, "units": units}
