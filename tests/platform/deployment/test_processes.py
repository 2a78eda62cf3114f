"""What the processes of a site are given when they start."""

from __future__ import annotations

import os
import subprocess
import sys

from deployment import processes


def test_a_process_keeps_what_it_compiled_whatever_the_shell_says(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    (tmp_path / "somewhat.py").write_text("import os\n")
    given = {**os.environ, **processes.environment(tmp_path, None)}

    subprocess.run([sys.executable, "-c", "import somewhat"], env=given, check=True)

    assert list((tmp_path / "__pycache__").glob("somewhat.*.pyc"))
