"""The outline of a draft: what each act does to it, and what none of them may lose."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from authoring import outline as outlines

KINDS = ("reading", "quiz", "video")


def unit(ref, kind="reading", **more):
    return {"id": ref, "kind": kind, "title": ref.upper(), "skills": [], **more}


def package(*sections):
    """Return a package of sections, each named by its title: `package(("A", "a b"), …)`."""
    return {
        "sections": [{"id": name.lower(), "title": name} for name, _ in sections],
        "units": [
            unit(ref, section=name.lower()) for name, refs in sections for ref in refs.split()
        ],
    }


def show(outline):
    return [(row.title, " ".join(each["id"] for each in row.units)) for row in outline]


def begin(*sections):
    return outlines.outline_of(package(*sections))


def test_a_course_without_sections_has_one_for_each_video():
    units = [unit("r"), unit("v", "video"), unit("q", "quiz"), unit("w", "video")]

    assert show(outlines.outline_of({"units": units})) == [("R", "r"), ("V", "v q"), ("W", "w")]


@given(st.lists(st.integers(0, 3), max_size=5), st.integers(105, 120))
def test_sections_of_videos_with_long_ids_have_ids_of_their_own(ends, length):
    ids = [f"{'v' * (length - 1 - n)}{end}{'w' * n}" for n, end in enumerate(ends)]
    found = outlines.outline_of({"units": [unit(each, "video") for each in ids]})
    assert len({row.id for row in found}) == len(ids)
    assert all(len(row.id) <= 120 for row in found)


def test_sections_found_by_videos_keep_their_names_once_they_are_stored():
    found = outlines.outline_of({"units": [unit("v", "video"), unit("q", "quiz")]})

    stored = outlines.with_outline({"title": "T", "units": []}, found)

    assert stored["title"] == "T"
    assert [(row.id, row.title) for row in outlines.outline_of(stored)] == [("section-v", "V")]


def test_a_unit_moves_past_the_end_of_its_section_into_the_next():
    outline = begin(("A", "a b"), ("B", ""), ("C", "c"))

    down = outlines.step_unit(outline, "b", 1)
    assert show(down) == [("A", "a"), ("B", "b"), ("C", "c")]
    assert show(outlines.step_unit(down, "b", 1)) == [("A", "a"), ("B", ""), ("C", "b c")]
    assert show(outlines.step_unit(outline, "c", -1)) == [("A", "a b"), ("B", "c"), ("C", "")]
    assert outlines.step_unit(outline, "a", -1) == outline


def test_a_unit_is_placed_before_another_or_at_the_end():
    outline = begin(("A", "a b"), ("B", "c d"))

    assert show(outlines.place_unit(outline, "a", "b", "d")) == [("A", "b"), ("B", "c a d")]
    assert show(outlines.place_unit(outline, "a", "b")) == [("A", "b"), ("B", "c d a")]
    assert outlines.place_unit(outline, "a", "nowhere") == outline


def test_sections_move_with_their_units():
    outline = begin(("A", "a"), ("B", "b"), ("C", "c"))

    assert show(outlines.step_section(outline, "a", 1)) == [("B", "b"), ("A", "a"), ("C", "c")]
    assert show(outlines.step_section(outline, "c", -1)) == [("A", "a"), ("C", "c"), ("B", "b")]
    assert show(outlines.place_section(outline, "c", "a")) == [("C", "c"), ("A", "a"), ("B", "b")]
    assert outlines.step_section(outline, "c", 1) == outline


def test_a_dissolved_section_leaves_its_units_next_to_where_they_were():
    outline = begin(("A", "a"), ("B", "b"))

    assert show(outlines.dissolve_section(outline, "b")) == [("A", "a b")]
    assert show(outlines.dissolve_section(outline, "a")) == [("B", "a b")]
    assert show(outlines.remove_section(outline, "a")) == [("B", "b")]


def test_a_copy_follows_its_unit_and_shares_no_name_with_it():
    variant = {"id": "easy", "prompt": "1"}
    quiz = unit("q", "quiz", questions=[{"id": "one", "prompt": "2", "variants": [variant]}])
    outline = (outlines.Section("a", "A", (quiz, unit("r"))),)

    made = outlines.copy_unit(outline, "q", "Q (copy)")[0].units

    assert [each["title"] for each in made] == ["Q", "Q (copy)", "R"]
    question = made[1]["questions"][0]
    assert not {made[1]["id"], question["id"], question["variants"][0]["id"]} & {"q", "one", "easy"}
    assert question["variants"][0]["prompt"] == "1"
    assert quiz["questions"][0]["id"] == "one"


REFS = st.sampled_from(["a", "b", "c", "d", "x", "y", "z", "none"])
MOVES = st.one_of(
    st.tuples(st.just("step_unit"), REFS, st.sampled_from([-1, 1])),
    st.tuples(st.just("step_section"), REFS, st.sampled_from([-1, 1])),
    st.tuples(st.just("place_unit"), REFS, REFS, REFS),
    st.tuples(st.just("place_section"), REFS, REFS),
)


@given(st.lists(MOVES, max_size=8))
def test_no_move_loses_or_repeats_a_unit(moves):
    outline = begin(("X", "a b"), ("Y", "c"), ("Z", "d"))
    for name, *arguments in moves:
        outline = getattr(outlines, name)(outline, *arguments)

    assert sorted(row.title for row in outline) == ["X", "Y", "Z"]
    assert sorted(each["id"] for row in outline for each in row.units) == ["a", "b", "c", "d"]
    stored = outlines.with_outline({"units": []}, outline)
    assert show(outlines.outline_of(stored)) == show(outline)


def test_a_unit_of_no_section_is_in_the_last_one():
    package = {
        "sections": [{"id": "a", "title": "A"}, {"id": "b", "title": "B"}],
        "units": [{"id": "1"}, {"id": "2", "section": "gone"}, {"id": "3", "section": "a"}],
    }
    found = [(row.id, [unit["id"] for unit in row.units]) for row in outlines.outline_of(package)]
    assert found == [("a", ["3"]), ("b", ["1", "2"])]
