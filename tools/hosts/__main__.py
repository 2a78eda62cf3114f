"""Run faults over several hosts: `python -m tools.hosts`, docs/chaos.md."""

from __future__ import annotations

from tools.command_line import main

if __name__ == "__main__":
    main("tools.hosts")
