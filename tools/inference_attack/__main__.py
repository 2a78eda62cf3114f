"""Run the inference attack: `python -m tools.inference_attack`, docs/attack-figures.md."""

from __future__ import annotations

from tools.command_line import main

if __name__ == "__main__":
    main("tools.inference_attack")
