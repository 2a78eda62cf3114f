"""The page about the camera's heart rate has the numbers of the Python and JavaScript code."""

from __future__ import annotations

import re
from pathlib import Path

from tests.oracles import rppg

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "streams.md").read_text().split("## Heart rate from the camera")[1]


def row(check: str) -> list[float]:
    """Return the numbers of one line of the page's table."""
    (line,) = re.findall(rf"^\| {check} \|(.*)$", PAGE, re.MULTILINE)
    return [float(number) for number in re.findall(r"\d+(?:\.\d+)?", line)]


def scripted(name: str) -> list[float]:
    """Return the numbers of one constant in the JavaScript modules."""
    folder = ROOT / "static" / "js" / "sensors" / "rppg"
    text = "\n".join(path.read_text() for path in sorted(folder.glob("*.js")))
    lines = re.findall(rf"^(?:export )?const {name} = (.*);$", text, re.MULTILINE)
    assert lines, name
    return [float(number) for line in lines for number in re.findall(r"\d+(?:\.\d+)?", line)]


def test_the_table_has_the_numbers_of_the_gate():
    assert row("signal strength") == [rppg.LEAST_SNR_DB, 42, 180]
    assert row("agreement") == [rppg.MOST_APART_BPM, rppg.END_S]
    assert row("time") == [rppg.WINDOW_S, rppg.MOST_LOST_S, rppg.GAP_S]
    assert row("light") == [*rppg.LIGHT, 255, 100 * rppg.MOST_CLIPPED]
    assert row("stillness") == [rppg.MOST_SPEED]
    assert row("pace") == [rppg.LEAST_FPS]


def test_the_javascript_has_the_same_numbers():
    assert scripted("LEAST_SNR") == [rppg.LEAST_SNR_DB]
    assert scripted("LEAST_QUALITY") == [rppg.LEAST_QUALITY]
    assert scripted("MOST_APART_BPM") == [rppg.MOST_APART_BPM]
    assert scripted("END_S") == [rppg.END_S]
    assert scripted("SECONDS") == [1.6, rppg.WINDOW_S]
    assert scripted("MOST_LOST_MS") == [1000 * rppg.MOST_LOST_S]
    assert scripted("GAP_MS") == [1000 * rppg.GAP_S]
    assert scripted("LIGHT") == list(rppg.LIGHT)
    assert scripted("MOST_CLIPPED") == [rppg.MOST_CLIPPED]
    assert scripted("MOST_SPEED") == [rppg.MOST_SPEED]
    assert scripted("ROCKING") == [rppg.ROCKING_SPEED, rppg.ROCKING_SHARE]
    assert scripted("LEAST_FPS") == [rppg.LEAST_FPS]


def test_every_reason_has_a_text_in_the_indicator():
    words = (ROOT / "static" / "js" / "lib" / "sensing" / "sensing_indicator.js").read_text()
    for said in re.findall(r"\| ([^|]+) \|$", PAGE, re.MULTILINE)[1:]:
        for part in said.split(", "):
            assert f'"{part}"' in words, part
