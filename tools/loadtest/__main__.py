"""Run one of the measurements: `python -m tools.loadtest NAME`, docs/growing.md."""

from __future__ import annotations

from tools.command_line import main

NAMES = ("ingest", "offers", "windows", "people", "films", "storage", "curves", "soak", "sizing")

if __name__ == "__main__":
    main("tools.loadtest", NAMES)
