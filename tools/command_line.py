"""Starts the commands of tools/ as manage.py starts the site's: environment installed, Django set
up.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from pkgutil import resolve_name

ROOT = Path(__file__).resolve().parents[1]


def main(package: str, names: Sequence[str] = ()) -> None:
    """Run the Command of `package`; with `names`, that of the subpackage named first.

    Command modules import models, so they are imported only after Django is set up.
    """
    program, word, arguments = "python3 -m", package, sys.argv[1:]
    same_again = ["-m", package, *arguments]
    if names:
        program = f"python3 -m {package}"
        parser = argparse.ArgumentParser(program)
        parser.add_argument("name", choices=names, help="what to measure; NAME --help says more")
        word = parser.parse_args(arguments[:1]).name
        package, arguments = f"{package}.{word}", arguments[1:]
    _set_up(same_again)
    command = resolve_name(f"{package}.command:Command")()
    command.run_from_argv([program, word, *arguments])


def _set_up(same_again: Sequence[str]) -> None:
    """Set up Django; outside our environment, restart in it with the same arguments."""
    sys.path.insert(1, str(ROOT / "platform"))
    from config.dev import bootstrap

    bootstrap.extend_path(ROOT)
    bootstrap.ensure_environment(ROOT, same_again)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("ATTUNE_LEND_POSTGRES", "1")
    import django

    django.setup()
