"""Lets programs that nobody here wrote look at the site and its source."""

from __future__ import annotations

from tools.command_line import main

if __name__ == "__main__":
    main("tools.scans")
