"""Starts the demo's simulated learners: their history once, then one process while it runs.

They are marked as simulated wherever a person sees them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from accounts import people
from courses.models import Course
from demo import learner_history
from demo.simulated_learners.people import make_login
from deployment import processes
from deployment.supervisor import Process

COMMAND = "simulate_learners"
PATIENCE_S = 120


def make_process(root: Path, host: str, port: int, learners: int) -> Process | None:
    """Return the process; None without learners to simulate, or without a course."""
    command = _make_command(root, learners)
    if command is None:
        return None
    url = f"http://{host}:{port}"
    environment = processes.make_environment(root, settings.LEGAL_PROFILE or "demo")
    return Process("learner", [*command, "--url", url], environment)


def write_history(root: Path, learners: int) -> None:
    """Write the history at the first start, in a separate process that loads the networks."""
    command = _make_command(root, learners)
    last = people.find_by_login(make_login(learners))
    if command is None or (last is not None and learner_history.has_history(last)):
        return
    environment = processes.make_environment(root, settings.LEGAL_PROFILE or "demo")
    with suppress(subprocess.TimeoutExpired):  # the next start completes what is missing
        subprocess.run(
            [*command, "--history", "--minutes", "0"],
            cwd=root,
            env={**os.environ, **environment},
            timeout=PATIENCE_S,
            check=False,
        )


def _make_command(root: Path, learners: int) -> list[str] | None:
    course = Course.objects.order_by("pk").first()
    if not learners or course is None:
        return None
    program = [sys.executable, str(root / "manage.py"), COMMAND]
    return [*program, "--course", course.slug, "--learners", str(learners)]
