"""Help for manage.py before anything is installed. Standard library only."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Final

DEMO: Final = "Sets up and runs Attune with a course, people and history; Ctrl-C stops everything."
TEST: Final = (
    "Runs every test. --quick leaves out what needs a browser, --long adds what takes minutes. "
    "The name of an app or folder runs its tests (teaching, emotion, browser). "
    "All other arguments go to pytest (-k, -x, a path, …)."
)
SETUP: Final = (
    "Sets up a site for real people: tables, who is responsible, privacy notices, models, and a "
    "link for the first data steward to choose a password. Running it again is safe."
)
# These commands install what is missing; all others need it.
SETS_UP: Final = {"demo": DEMO, "setup": SETUP, "test": TEST}
# Facts recorded about the site; without an option the recorded value stays.
SITE_OPTIONS: Final = (
    ("--site-name", "NAME", "name of the site, shown on every page"),
    ("--controller", "TEXT", "who is responsible for the data: name and address"),
    ("--contact", "TEXT", "email or phone for questions about the data"),
    ("--officer", "TEXT", "data protection officer; - for none"),
    ("--time-zone", "ZONE", "in which times are shown, such as Europe/Berlin"),
    ("--languages", "CODES", "languages offered, separated by commas: en-gb,de"),
    ("--new-accounts", "WAY", "who can create accounts: stewards, invitations or join_links"),
    ("--email-domains", "DOMAINS", "for join links, separated by commas; - for none"),
)
MAIN: Final = f"""usage: manage.py COMMAND [OPTIONS]

  demo    {DEMO}
  setup   {SETUP}
  test    Sets up the same and runs every test, or those of one app.
  help    Lists all commands, once one of these has set Attune up.

manage.py COMMAND --help says more.
"""


def print_help(argv: Sequence[str]) -> bool:
    """Print the help that these arguments ask for; return whether it is known without Django."""
    words = argv[1:]
    if words in ([], ["--help"], ["-h"]):
        sys.stdout.write(MAIN)
        return True
    if words[:1] == ["help"]:
        words = [*words[1:], "--help"]
    if words[0] not in SETS_UP or not {"--help", "-h"}.intersection(words):
        return False
    parser = argparse.ArgumentParser(f"manage.py {words[0]}", description=SETS_UP[words[0]])
    if words[0] in ARGUMENTS:
        ARGUMENTS[words[0]](parser)
    parser.print_help()
    return True


def add_demo_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8000, help="first port to try")
    parser.add_argument("--learners", type=int, default=24, help="simulated learners")
    parser.add_argument("--minutes", type=float, help="stop after so long (for tests)")


def add_setup_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-input", action="store_true", help="ask nothing")
    parser.add_argument(
        "--steward",
        metavar="LOGIN",
        help="username or email of the first data steward, or of one who needs a new link",
    )
    parser.add_argument("--name", help="the data steward's name; without it, the username")
    for option, metavar, what in SITE_OPTIONS:
        parser.add_argument(option, metavar=metavar, help=what)
    parser.add_argument("--url", help="address of the site, for the link that is printed")


ARGUMENTS: Final = {"demo": add_demo_arguments, "setup": add_setup_arguments}
