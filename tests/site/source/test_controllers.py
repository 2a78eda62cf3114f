"""Each controller that markup, a style or a script names is a module, and each module is used."""

from __future__ import annotations

import json
import re
from pathlib import Path

from learner.layout import import_map

ROOT = Path(__file__).resolve().parents[3]
CONTROLLERS = ROOT / "static" / "js" / "controllers"
SUFFIX = "_controller.js"
# In markup the attribute, or the variable that the page of an error writes into it.
IN_MARKUP = re.compile(r'\b(?:data-)?controller="([^"{]*)"')
IN_SELECTOR = re.compile(r"""\[data-controller~?=["']?([^"'\]]*)""")
NAMED = re.compile(r"[a-z][a-z_]*/[a-z][a-z_]*")


def list_modules() -> set[str]:
    files = {file.relative_to(CONTROLLERS).as_posix() for file in CONTROLLERS.rglob("*.js")}
    assert all(name.endswith(SUFFIX) for name in files)
    return {name.removesuffix(SUFFIX) for name in files}


def find_names(folder: str, pattern: re.Pattern[str], suffixes: set[str]) -> set[str]:
    files = [file for file in (ROOT / folder).rglob("*") if file.suffix in suffixes]
    return {
        name
        for file in files
        for value in pattern.findall(file.read_text())
        for name in value.split()
    }


def test_templates_name_each_controller_and_no_other():
    assert find_names("templates", IN_MARKUP, {".html"}) == list_modules()


def test_styles_and_scripts_select_existing_controllers():
    found = find_names("static", IN_SELECTOR, {".css", ".js"})
    assert found
    assert found <= list_modules()


def test_a_controller_is_a_module_in_a_folder_under_a_name_of_its_own():
    modules = list_modules()
    assert [name for name in modules if not NAMED.fullmatch(name)] == []
    assert len({name.partition("/")[2] for name in modules}) == len(modules)


def test_the_import_map_has_each_controller_and_nothing_else():
    names = {f"attune/controllers/{name}{SUFFIX}" for name in list_modules()}
    assert set(json.loads(import_map())["imports"]) == names
