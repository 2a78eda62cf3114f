"""`python -m tools.loadtest NAME`: what the site bears, and what it takes to bear it."""

from __future__ import annotations

from tools.command_line import main

NAMES = ("ingest", "offers", "people", "storage", "curves", "soak", "sizing")

if __name__ == "__main__":
    main("tools.loadtest", NAMES)
