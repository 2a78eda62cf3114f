"""Run fault injection: `python -m tools.chaos`, docs/chaos.md."""

from __future__ import annotations

from tools.command_line import main

if __name__ == "__main__":
    main("tools.chaos")
