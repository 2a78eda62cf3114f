"""`manage.py test`: runs Python, JavaScript and browser tests; arguments go to pytest."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.dev import program_downloads, pytest_arguments
from deployment import command_help

NO_NODE = "NODE.JS IS MISSING: no JavaScript test ran. Install Node 20 or newer."


class Command(BaseCommand):
    help = command_help.TEST
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Pass the arguments to pytest; Django's parser knows none of them."""
        sys.exit(self.handle(arguments=argv[2:]))

    def handle(self, *args: Any, **options: Any) -> Any:
        chosen = pytest_arguments.select_tests(list(options.get("arguments") or []))
        program_downloads.fetch_missing(
            browser=chosen.browser, long=chosen.long, write=self.stderr.write
        )
        scripts = self._javascript() if chosen.scripts else 0
        return self._pytest(chosen.pytest) or scripts

    def _pytest(self, arguments: Sequence[str]) -> int:
        """Run pytest in its own process, without this one's database: it starts a fresh server."""
        command = [sys.executable, "-m", "pytest", *arguments]
        environment = {k: v for k, v in os.environ.items() if k != "ATTUNE_LEND_POSTGRES"}
        return subprocess.run(
            command, cwd=settings.BASE_DIR, env=environment, check=False
        ).returncode

    def _javascript(self) -> int:
        files = sorted(str(f) for f in (settings.BASE_DIR / "tests" / "static").rglob("*.test.mjs"))
        node = shutil.which("node")
        if node is None:
            self.stderr.write(NO_NODE)
            return 1
        command = [node, "--test", "--test-reporter=spec", *files]
        return subprocess.run(command, cwd=settings.BASE_DIR, check=False).returncode
