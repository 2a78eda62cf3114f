"""Run the scanners: `python -m tools.scans`, docs/judges.md."""

from __future__ import annotations

from tools.command_line import main

if __name__ == "__main__":
    main("tools.scans")
