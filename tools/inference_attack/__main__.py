"""Measures how well a Teacher guesses one bit of a Learner."""

from __future__ import annotations

from tools.command_line import main

if __name__ == "__main__":
    main("tools.inference_attack")
