#!/usr/bin/env python3
"""Runs the site's commands: `demo`, `test`, those of the apps, and Django's own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def main() -> None:
    sys.path.insert(1, str(ROOT / "platform"))
    from config.dev import bootstrap
    from deployment import command_help

    if command_help.print_help(sys.argv):
        return
    bootstrap.extend_path(ROOT)
    bootstrap.ensure_environment(ROOT, sys.argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("ATTUNE_LEND_POSTGRES", "1")
    if sys.argv[1:2] == ["demo"]:
        os.environ.setdefault("LEGAL_PROFILE", "demo")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
