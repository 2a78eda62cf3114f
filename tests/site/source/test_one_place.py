"""An idea that many modules need has one place; no module writes it again for itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PLATFORM = Path(__file__).resolve().parents[3] / "platform"
IDEAS = {
    "minutes and seconds of a time": (r"% 60:02d", {"courses/timestamps.py"}),
    "the name of what formats them": (r"def _?format_time\(", {"courses/timestamps.py"}),
    "the signed-in user": (
        r"isinstance\(request\.user, User\):\n +raise (TypeError|Http404)|cast\(User, (self\.)?req",
        {"accounts/access.py"},
    ),
    "a request that needs two Stewards": (
        r'~Q\(state="confirmed", asked_by=F\("decided_by"\)\)|"cancelled" if',
        {"accounts/administration/two_steward_requests.py"},
    ),
    "the Grants that a row was made under": (
        r"epochs = ArrayField\(models\.BigIntegerField\(\)\)",
        {"consent/sealed_rows.py"},
    ),
    # The other locks rows that it reads for a picture of the class, and takes no work.
    "rows that one worker takes": (
        "skip_locked=True",
        {"work_queue/due_rows.py", "estimates/group_figures/eligible_estimates.py"},
    ),
    "a UUID, or None": (
        r"try:\n +(return|\w+ =) UUID\(\w+(\.strip\(\))?\)\n +except ValueError:\n +return",
        {"accounts/access.py"},
    ),
}


def find_places(pattern):
    files = [file for file in PLATFORM.rglob("*.py") if "migrations" not in file.parts]
    assert len(files) > 500
    found = [file for file in files if re.search(pattern, file.read_text())]
    return {file.relative_to(PLATFORM).as_posix() for file in found}


@pytest.mark.parametrize("idea", IDEAS)
def test_an_idea_has_one_place(idea):
    pattern, place = IDEAS[idea]
    assert find_places(pattern) == place
