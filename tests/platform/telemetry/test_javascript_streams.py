"""The pages' table of Streams is made from `emotion/streams.json` and committed."""

from __future__ import annotations

from telemetry import javascript_streams


def test_the_committed_module_is_current():
    committed = javascript_streams.module_path().read_text(encoding="utf-8")
    assert committed == javascript_streams.render_module(), "run `manage.py stream_tables`"
