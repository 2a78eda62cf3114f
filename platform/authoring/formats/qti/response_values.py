"""The correct values of a response, and the names of choices and parts in an item."""

from __future__ import annotations

from html import escape

from authoring.formats.question_builder import Json, write_decimal


def write_wordings(row: Json, values: list[str]) -> str:
    cased = "true" if row.get("compare") == "cased" else "false"
    entries = "".join(
        f'<mapEntry mapKey="{escape(value)}" mappedValue="1" caseSensitive="{cased}"/>'
        for value in values
    )
    return f'<mapping defaultValue="0">{entries}</mapping>'


def correct_choices(row: Json) -> list[str]:
    return [choice_id(one["id"]) for one in row["choices"] if one["correct"]]


def rows_in_order(row: Json) -> list[str]:
    return [choice_id(one["id"]) for one in row["choices"]]


def pairs_of(row: Json) -> list[str]:
    return [f"{choice_id(one['id'])} {part_id(one['match'])}" for one in row["choices"]]


def number_of(row: Json) -> list[str]:
    return [write_decimal(row["answer"])]


def wordings_of(row: Json) -> list[str]:
    return [row["answer"], *without_stars(row)]


def without_stars(row: Json) -> list[str]:
    return [one for one in row.get("accepted", ()) if "*" not in one]


def choice_id(name: str) -> str:
    return f"C_{name}"


def part_id(name: str) -> str:
    return f"P_{name}"
