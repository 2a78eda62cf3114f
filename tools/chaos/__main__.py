"""Harms a site of its own, then looks whether it kept its word."""

from __future__ import annotations

from tools.command_line import main

if __name__ == "__main__":
    main("tools.chaos")
