"""The import contracts hold, each detects a planted violation, and none is bypassed."""

from __future__ import annotations

import ast
import graphlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[3]
SOURCES = ("platform", "emotion", "interventions", "attune_client", "bridge", "tools")
APPS = {f.name for f in (ROOT / "platform").iterdir() if (f / "__init__.py").exists()}
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
PLANTS = {
    "upward": ("layers", "platform/vault/planted.py", "import consent.models"),
    "a sibling": ("layers", "platform/teaching/planted.py", "import learner.urls"),
    "a sibling below": ("layers", "platform/courses/planted.py", "import consent.permits.gate"),
    "inside a function": ("layers", "platform/audit/planted.py", "def f():\n    import accounts"),
    "under TYPE_CHECKING": (
        "layers",
        "platform/push/planted.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import data_inventory",
    ),
    "the sockets from a page": (
        "layers",
        "platform/learner/planted.py",
        "import realtime.consumers",
    ),
    "a tool in the product": ("layers", "platform/config/planted.py", "import tools.testbed.site"),
    "a page behind the sockets": (
        "sockets",
        "platform/realtime/planted.py",
        "import teaching.urls",
    ),
    "a page in the demo": ("setup", "platform/demo/planted.py", "import learner.urls"),
    "a page in the set-up": ("setup", "platform/deployment/planted.py", "import stewardship.urls"),
    "a measurement in the test bed": (
        "tools",
        "tools/testbed/planted.py",
        "import tools.loadtest.ingest",
    ),
    "a tool in emotion": ("pure", "emotion/planted.py", "import tools.testbed.machine"),
    "Django in emotion": ("pure", "emotion/planted.py", "import django.conf"),
    "the site in rules": ("pure", "interventions/planted.py", "import courses.models"),
    "arrays in rules": ("rules", "interventions/planted.py", "import numpy"),
    "the site in the bridge": (
        "bridge",
        "bridge/planted.py",
        "import telemetry.blocks.frame_parser",
    ),
    "a heavy library in the bridge": (
        "bridge",
        "bridge/planted.py",
        "import emotion.features.wearable",
    ),
    "the site in the client": ("client", "attune_client/planted.py", "import telemetry.windows"),
    "features in the client": ("client", "attune_client/planted.py", "import emotion.windows"),
    "the client in a page": (
        "client_users",
        "platform/realtime/planted.py",
        "import attune_client.blocks",
    ),
    "the client in emotion": ("pure", "emotion/planted.py", "import attune_client.blocks"),
    "a network in a page": (
        "networks",
        "platform/learner/planted.py",
        "import emotion.models.crossmodal.network",
    ),
    "a network in a task": ("networks", "platform/pipeline/planted.py", "import emotion.networks"),
    "a seal in an app": ("sealing", "platform/courses/planted.py", "import vault.encryption"),
    "a seal beside a listed module": (
        "sealing",
        "platform/telemetry/planted.py",
        "from vault.encryption import seal",
    ),
}


def lint(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{root / 'platform'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return a copy of the tree to plant in."""
    root = tmp_path_factory.mktemp("tree")
    for name in SOURCES:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def test_the_contracts_hold():
    assert f"Contracts: {len(LINTER['contracts'])} kept, 0 broken." in lint(ROOT)


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_violation_is_detected(copy, plant):
    contract, name, text = PLANTS[plant]
    file = copy / name
    file.write_text(f"{text}\n")
    try:
        said = lint(copy, "--contract", contract)
    finally:
        file.unlink()
    assert "0 kept, 1 broken" in said
    assert "planted" in said


def test_every_contract_has_a_planted_violation():
    assert {contract["id"] for contract in LINTER["contracts"]} == {p[0] for p in PLANTS.values()}


def test_every_app_is_in_the_contracts_once():
    layers = LINTER["contracts"][0]["layers"]
    named = [app.strip() for layer in layers for app in layer.split("|")]
    assert sorted(named) == sorted([*APPS, "tools"])
    assert set(LINTER["root_packages"]) == APPS | {*SOURCES} - {"platform"}


def test_every_allowed_importer_exists():
    """A misspelt importer would allow nothing, without an error."""
    for contract in LINTER["contracts"]:
        for name in contract.get("allowed_importers", []):
            path = name.replace(".", "/")
            places = [ROOT / "platform" / path, ROOT / path]
            assert any(p.is_dir() or p.with_suffix(".py").exists() for p in places), name


def sources() -> list[Path]:
    return [
        f for name in SOURCES for f in (ROOT / name).rglob("*.py") if "migrations" not in f.parts
    ]


def level_of(app: str) -> int:
    layers = LINTER["contracts"][0]["layers"]
    return next(i for i, layer in enumerate(layers) if app in re.split(r"\s*\|\s*", layer))


def test_no_import_bypasses_the_contracts():
    """import-linter sees neither `import_module` nor `resolve_name`.

    In the product two modules use one of them. The first refuses names outside of `emotion`; the
    second imports the modules of its own folder. The tools, which may import all of the product,
    find their commands so.
    """
    hidden = re.compile(r"\bimport_module\(|\b__import__\(|\bresolve_name\(")
    found = [f.relative_to(ROOT).as_posix() for f in sources() if hidden.search(f.read_text())]
    assert sorted(name for name in found if not name.startswith("tools/")) == [
        "emotion/models/registry.py",
        "platform/courses/question_types/registry.py",
    ]


def named_models(file: Path) -> list[str]:
    """Return app labels in `ForeignKey("app.Model")`, `get_model("app", …)` and the like."""
    calls = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    found = []
    for call in calls:
        name = ast.unparse(call.func).rsplit(".", 1)[-1]
        first = call.args[0] if call.args else None
        if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
            continue
        links = name in ("ForeignKey", "OneToOneField") and "." in first.value
        if name == "get_model" or links:
            found.append(first.value.split(".")[0])
    return found


def test_models_named_by_strings_are_downward_too():
    seen = 0
    for file in sources():
        app = file.relative_to(ROOT).parts[1]
        for label in named_models(file) if app in APPS else ():
            seen += 1
            assert label == app or level_of(label) > level_of(app), (file, label)
    assert seen, "the test looks at nothing"


def test_imports_form_no_circle():
    """Import-linter compares packages; this compares modules, type-checking imports included."""
    graph = grimp.build_graph(*LINTER["root_packages"], cache_dir=None)
    imports = {
        module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules
    }
    graphlib.TopologicalSorter(imports).prepare()
