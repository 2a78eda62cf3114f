"""A key is read only where no other answer is worth as much in the item."""

from __future__ import annotations

import pytest

from tests.platform.authoring.formats.inputs import choices as choices_of
from tests.platform.authoring.formats.qti12.items import (
    adds,
    choices,
    equal,
    read_item,
    typed,
    when,
)

SCORING = {"scoring that cannot be represented here": 1}
NO_KEY = {"item that does not give the correct answer": 1}
YES = ' continue="Yes"'


def found(tmp_path, *parts, **more):
    row, left_out = read_item(tmp_path, *parts, **more)
    if row is None:
        return left_out
    if "choices" in row:
        return "".join(words for words, correct in choices_of(row) if correct)
    return [row["answer"], *row.get("accepted", ())]


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (when(equal("b")), "B"),
        (when(equal("b"), "1"), "B"),
        (when(equal("b"), "100", "Add", ""), "B"),
        (when(equal("a"), "50") + when(equal("b")), "B"),
        (when(f"<or>{equal('b')}</or>"), "B"),
        (when(f"<not>{equal('a')}</not>"), NO_KEY),
        (when(equal("a")) + when(equal("b")), SCORING),
        (when(f"<or>{equal('a')}{equal('b')}</or>"), SCORING),
        (when(equal("a") + equal("b")), SCORING),
        (when(f"<not>{equal('a')}</not>") + when(equal("b")), NO_KEY),
        # A later condition takes the marks back.
        (when(equal("a"), more=YES) + when(equal("a"), "0") + when(equal("b")), "B"),
        (when(equal("a"), more=YES) + when("<other/>", "0", more=YES), "A"),
        (when(equal("a"), more=YES) + when(equal("b"), "200", "Add") + when(equal("a"), "0"), "B"),
        (when("<other/>") + when(equal("b"), "0"), NO_KEY),
        (when(equal("b") + '<durequal respident="R">1</durequal>'), SCORING),
        (when(equal("b"), "2", "Power"), NO_KEY),
    ],
)
def test_single_choice(conditions, expected, tmp_path):
    assert found(tmp_path, choices(), conditions) == expected


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (adds(equal("a")) + adds(equal("c")), SCORING),
        (adds(equal("a")) + adds(equal("c")) + adds(equal("b"), "-50") + adds(equal("d"), "-50"),
         "AC"),
        # The marks have an upper limit that two of three choices reach.
        (adds(equal("a")) + adds(equal("b")) + adds(equal("c")) + adds(equal("d"), "-50"), SCORING),
        (when(f"<or>{equal('a')}{equal('b')}</or>"), SCORING),
        (when(f"<and>{equal('a')}<not>{equal('b')}</not></and>"), SCORING),
        (when(equal("a") + f"<not>{equal('b')}</not><not><or>{equal('c')}{equal('d')}</or></not>"),
         "A"),
    ],
)  # fmt: skip
def test_several_choices(conditions, expected, tmp_path):
    assert found(tmp_path, choices(cardinality="Multiple"), conditions) == expected


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (when(equal("king")) + when(equal("queen")), ["king", "queen"]),
        (when(equal("king")) + when(equal("queen"), "50"), ["king"]),
        (when(f"<and>{equal('king')}{equal('queen')}</and>"),
         NO_KEY),
        (when(f"<not>{equal('king')}</not>") + when(equal("king")), NO_KEY),
        (when(equal("5 * 3")), {"correct answer that contains an asterisk (*)": 1}),
    ],
)  # fmt: skip
def test_typed_text(conditions, expected, tmp_path):
    assert found(tmp_path, typed(), conditions) == expected


def contains(part):
    return f'<varsubstring respident="R">{part}</varsubstring>'


def between(low, high):
    return f'<vargte respident="R">{low}</vargte><varlte respident="R">{high}</varlte>'


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (when(contains("Paris")), ["Paris", "*Paris*"]),
        (when(contains("Paris")) + when(contains("Lutetia")),
         ["Paris", "Lutetia", "*Paris*", "*Lutetia*"]),
        (when(contains("Paris")) + when(equal("London"), "0"), ["Paris", "*Paris*"]),
        (when(f"<and>{contains('Paris')}<not>{contains('not')}</not></and>"), SCORING),
        (when(contains("not"), "0") + when(contains("Paris")), SCORING),
        (when(equal("not Paris"), "0") + when(contains("Paris")), SCORING),
        (when(contains("paris not"), "0") + when(contains("Paris")), SCORING),
    ],
)  # fmt: skip
def test_typed_text_that_contains_a_part(conditions, expected, tmp_path):
    assert found(tmp_path, typed(), conditions) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (between(0, 10), ["5"]),
        (f"{between(0, 10)}<not>{equal('4')}</not>", SCORING),
        (f"{between(0, 10)}<not>{between(2, 3)}</not>", SCORING),
        (f"{between(0, 10)}<not>{equal('12')}</not>", ["5"]),
        ('<vargte respident="R">4</vargte><not><vargt respident="R">6</vargt></not>', ["5"]),
    ],
)
def test_range_with_numbers_that_are_excluded(condition, expected, tmp_path):
    assert found(tmp_path, typed(), when(f"<and>{condition}</and>")) == expected


@pytest.mark.parametrize("words", ["five", "5 apples"])
def test_word_that_is_correct_next_to_a_range_is_left_out(words, tmp_path):
    conditions = when(between("4.9", "5.1"))
    assert found(tmp_path, typed(), conditions + when(equal(words))) == SCORING
    # Where the word gives no marks, the range is the only answer.
    row, left_out = read_item(tmp_path, typed(), conditions + when(equal(words), "0"))
    assert (row["answer"], row["tolerance"], left_out) == ("5", 0.1, {})


def test_replies_that_depend_on_each_other_are_left_out(tmp_path):
    asks = choices("AB", name="x") + choices("CD", name="y")

    def both(first, second):
        return when(f"<and>{equal(first, 'x')}{equal(second, 'y')}</and>")

    assert found(tmp_path, asks, both("a", "b") + both("b", "a")) == SCORING
    row, left_out = read_item(tmp_path, asks, both("a", "b"))
    assert [choices_of(part) for part in row["parts"]] == [
        [("A", True), ("B", False)], [("C", False), ("D", True)]]  # fmt: skip
    assert left_out == {}


def test_maximum_below_the_marks_is_ignored(tmp_path):
    conditions = when(equal("a"), "50") + when(equal("b"))
    assert found(tmp_path, choices(), conditions, most="1") == "B"
    assert found(tmp_path, choices(), conditions, most="100") == "B"


def test_very_long_scoring_is_left_out(tmp_path):
    deep = "".join(adds(equal(str(number))) for number in range(1200))
    assert found(tmp_path, typed(), deep) == SCORING
    asks = "".join(choices(name=f"r{row}") for row in range(100))
    wide = "".join(
        when(equal("abcd"[number % 4], f"r{number % 100}"), str(number), more=YES)
        for number in range(200)
    )
    assert found(tmp_path, asks, wide) == SCORING
