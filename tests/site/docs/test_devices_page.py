"""The page about devices matches the code: streams by device, and the bytes that start them."""

from __future__ import annotations

import json
import re
from pathlib import Path

from emotion import streams
from tests.oracles.devices import polar

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "devices.md").read_text(encoding="utf-8")
STREAMS_PAGE = (ROOT / "docs" / "streams.md").read_text(encoding="utf-8")
OF_THE_CAMERA = {"human", "face_mesh", "openface"}


def rows(heading: str, page: str = PAGE) -> list[list[str]]:
    """Return the cells of the table whose head begins with this cell."""
    table = page[page.index(f"| {heading} |") :].split("\n\n")[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]


def find_named_streams(backend: str, cell: str) -> set[str]:
    """Return the streams named in a cell, or those of the page of streams that it refers to."""
    if cell == f'each with `{backend}` under "from" in `docs/streams.md`':
        listed = rows("no", STREAMS_PAGE)
        return {
            name.strip("`") for _, name, _, _, origins, _ in listed if f"`{backend}`" in origins
        }
    return set(re.findall(r"`(\w+)`", cell.split(";")[0]))


def test_each_device_is_listed_with_its_streams():
    told = {
        backend.strip("`"): find_named_streams(backend.strip("`"), cell)
        for _, backend, _, cell in rows("device")
    }
    declared: dict[str, set[str]] = {}
    for stream in streams.load().values():
        for backend in set(stream.backends) - OF_THE_CAMERA:
            declared.setdefault(backend, set()).add(stream.name)

    assert told == declared


def test_the_page_has_the_bytes_that_start_a_measurement():
    vectors = json.loads((ROOT / "tests" / "vectors" / "polar.json").read_text(encoding="utf-8"))
    sent = {
        row["name"]: polar.start_command(row["type"], row["settings"]).hex()
        for row in vectors["commands"]
    }

    assert {name: bytes_.strip("`") for name, bytes_ in rows("started by")} == sent


def test_the_page_has_the_requested_rates():
    vectors = json.loads((ROOT / "tests" / "vectors" / "polar.json").read_text(encoding="utf-8"))
    asked = {(row["name"], row["settings"]["rate"]) for row in vectors["commands"]}
    given = {device: cells[-1] for device, *cells in rows("device")}

    for (name, rate), stream in zip(sorted(asked), ("ecg", "ppg", "acc"), strict=True):
        device = next(device for device in given if device.removeprefix("Polar ") in name)
        assert f"`{stream}` {rate} Hz" in given[device]
