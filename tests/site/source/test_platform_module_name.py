"""The folder `platform/` must never shadow the standard library's module of that name.

pytest has imported that module before it could be shadowed, so the check runs in fresh processes,
in each way the site is started.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PATHS = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
ASK = "import platform; print(platform.system(), platform.__file__)"
OURS = sorted(f.name for f in (ROOT / "platform").iterdir() if (f / "__init__.py").exists())
ELSEWHERE = {
    *("torch", "scipy", "sklearn", "jsonschema", "segno"),
    *("drf_spectacular.openapi", "django.test", "unittest"),
}


def run(*command: object, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def is_standard_module(said: str) -> bool:
    lines = [line for line in said.splitlines() if line.startswith(("Linux ", "Darwin "))]
    return len(lines) == 1 and str(ROOT / "platform") not in lines[0]


def test_platform_is_no_package():
    assert not (ROOT / "platform" / "__init__.py").exists()


def test_a_bare_python_imports_the_standard_module():
    assert is_standard_module(run(sys.executable, "-c", ASK, PYTHONPATH=""))


def test_the_standard_module_is_found_with_both_paths():
    assert is_standard_module(run(sys.executable, "-c", ASK, PYTHONPATH=PATHS))


def test_manage_py_imports_the_standard_module():
    manage = ROOT / "manage.py"
    shell = (sys.executable, manage, "shell", "--no-imports", "-c", ASK)
    assert is_standard_module(run(*shell, ATTUNE_NO_BOOTSTRAP="1"))


def test_pytest_imports_the_standard_module(tmp_path):
    test = tmp_path / "test_asked.py"
    test.write_text(f"def test_it():\n    {ASK}\n")
    options = ("-q", "-s", "-p", "no:cacheprovider", "-c", ROOT / "pyproject.toml")
    assert is_standard_module(run(sys.executable, "-m", "pytest", *options, test))


@pytest.mark.parametrize("program", [("celery", "-A", "asked", "report"), ("uvicorn",)])
def test_celery_and_uvicorn_import_the_standard_module(tmp_path, program):
    (tmp_path / "asked.py").write_text(f"{ASK}\nfrom config.celery import app\n")
    paths = os.pathsep.join([PATHS, str(tmp_path)])
    if program[0] == "uvicorn":
        code = "import uvicorn; uvicorn.Config('asked:app').load()"
        command = (sys.executable, "-c", code)
    else:
        command = (sys.executable, "-m", *program)
    assert is_standard_module(run(*command, PYTHONPATH=paths))


def test_a_planted_package_is_detected(tmp_path):
    """This checks the guard: with `platform/__init__.py` even `import uuid` fails."""
    (tmp_path / "platform").mkdir()
    (tmp_path / "platform" / "__init__.py").touch()
    done = subprocess.run(
        [sys.executable, "-c", ASK], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "has no attribute 'system'" in done.stderr


def test_no_app_has_a_name_of_the_standard_library():
    assert [name for name in OURS if name in sys.stdlib_module_names] == []


def test_no_app_has_the_name_of_an_installed_package():
    theirs = {name for name, owners in packages_distributions().items() if owners != ["attune"]}
    ours = [*OURS, "attune_client", "bridge", "emotion", "interventions", "tools"]
    assert [name for name in ours if name in theirs] == []


def test_the_source_root_holds_only_apps():
    """A file `platform/celery.py` would shadow Celery everywhere."""
    assert [f.name for f in (ROOT / "platform").iterdir() if f.suffix == ".py"] == []


def test_importing_the_site_imports_only_what_pages_need():
    """Modules for workers, nightly figures or rare acts are imported when needed."""
    code = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings';"
        "import config.asgi;"
        "assert 'learner.questions.quiz_page' in sys.modules;"
        "assert 'teaching.effects.views' in sys.modules;"
        f"sys.exit(', '.join({ELSEWHERE!r} & sys.modules.keys()) or 0)"
    )
    run(sys.executable, "-c", code, PYTHONPATH=PATHS)


def test_starting_a_worker_loads_no_scikit_learn():
    """It would add a second to the start of worker and beat, only for describing videos."""
    code = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings';"
        "import config.asgi, pipeline.tasks; sys.exit('sklearn' in sys.modules)"
    )
    run(sys.executable, "-c", code, PYTHONPATH=PATHS)
