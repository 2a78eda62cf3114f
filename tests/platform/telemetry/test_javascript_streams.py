"""The pages' tables of Streams are made from `emotion/streams.json` and committed."""

from __future__ import annotations

from telemetry import javascript_streams


def test_the_committed_modules_are_current():
    sources = javascript_streams.render_modules()
    committed = {path: path.read_text(encoding="utf-8") for path in sources}
    assert len(committed) == 2
    assert committed == sources, "run `manage.py stream_tables`"
