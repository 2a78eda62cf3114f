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
from accounts.models import User
from courses.models import Course
from demo import learner_history
from demo.simulated_learners.people import make_login
from deployment import processes
from deployment.supervisor import Process
from estimates.registry import predictors

COMMAND = "simulate_learners"
# Longer than any first start should take; a slow machine gets its class late.
PATIENCE_S = 240


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
    if command is None or (last is not None and _is_complete(last)):
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


def _is_complete(user: User) -> bool:
    """Return whether the history of this person is written, with lessons if any can be made."""
    if not learner_history.has_history(user):
        return False
    has_predictor = predictors.find_active(predictors.SHOWN_KIND) is not None
    return learner_history.has_estimates(user) or not has_predictor


def _make_command(root: Path, learners: int) -> list[str] | None:
    course = Course.objects.order_by("pk").first()
    if not learners or course is None:
        return None
    program = [sys.executable, str(root / "manage.py"), COMMAND]
    return [*program, "--course", course.slug, "--learners", str(learners)]
