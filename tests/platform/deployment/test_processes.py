"""Environment of the site's processes."""

from __future__ import annotations

import os
import subprocess
import sys

from deployment import processes


def test_a_process_writes_bytecode_whatever_the_shell_says(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    (tmp_path / "somewhat.py").write_text("import os\n")
    given = {**os.environ, **processes.make_environment(tmp_path, None)}

    subprocess.run([sys.executable, "-c", "import somewhat"], env=given, check=True)

    assert list((tmp_path / "__pycache__").glob("somewhat.*.pyc"))
