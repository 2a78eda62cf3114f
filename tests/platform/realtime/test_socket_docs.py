"""docs/socket.md matches the code: close codes, message types, error codes, the block head."""

from __future__ import annotations

import re
from pathlib import Path

from realtime import consumers, routing
from realtime.messages.parser import READERS
from telemetry.blocks.frame_parser import HEAD
from telemetry.blocks.group_commit import Fate
from telemetry.models import EVENT_NAMES

PAGE = (Path(__file__).parents[3] / "docs" / "socket.md").read_text()


def section(title):
    return PAGE.split(f"## {title}\n")[1].split("\n## ")[0]


def test_every_close_code_is_explained_and_no_other():
    values = [*vars(consumers).values(), *vars(routing).values()]
    ours = {v for v in values if isinstance(v, int) and 1000 <= v < 5000}
    told = {int(code) for code in re.findall(r"^\| (\d{4}) \|", section("Close codes"), re.M)}
    assert told == ours


def test_every_message_of_a_page_is_explained():
    text = section("Text messages")
    assert [name for name in READERS if f"| `{name} {{" not in text] == []
    assert [name for name in EVENT_NAMES if name not in text] == []


def test_every_error_code_is_explained():
    codes = "no_grant stale_epoch bad_values time_reversed unknown_stream bad_message other_source"
    code = rf"\"({codes.replace(' ', '|')})\""
    folders = (Path(consumers.__file__).parent, Path(consumers.__file__).parents[1] / "telemetry")
    sources = [path.read_text() for folder in folders for path in folder.rglob("*.py")]
    used = {found for source in sources for found in re.findall(code, source)}
    used.add(Fate.CONFLICT.value)
    told = set(re.findall(r"^\| `(\w+)` \|", section("Error codes"), re.M))
    assert told == used


def test_the_head_is_as_drawn():
    assert HEAD.format in PAGE
    last = max(int(at) for at in re.findall(r"^\| (\d+) \| +\|", section("Binary messages"), re.M))
    assert last == HEAD.size
