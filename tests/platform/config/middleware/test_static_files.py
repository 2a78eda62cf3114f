"""Static files as served: hashed names that refer to each other, whole bodies, headers."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import override_settings

from config.middleware.static_files import MinifiedManifestStorage, StaticFilesMiddleware

ROOT = Path(__file__).resolve().parents[4]
HASHED = {"staticfiles": {"BACKEND": "config.middleware.static_files.MinifiedManifestStorage"}}
IMPORTED = re.compile(r"""(?:from\s*|import\s*\(?\s*)["'](\.{1,2}/[^"']+)["']""")


def collected(source: Path, target: Path) -> dict[str, str]:
    """Run collectstatic over one folder; return original name → hashed name."""
    folders = {"STATICFILES_DIRS": [source], "STATIC_ROOT": target, "STORAGES": HASHED}
    with override_settings(**folders):
        finders.get_finder.cache_clear()
        try:
            call_command("collectstatic", interactive=False, verbosity=0)
            return MinifiedManifestStorage().hashed_files
        finally:
            finders.get_finder.cache_clear()


def written(folder: Path, **files: str) -> Path:
    (folder / "js").mkdir(parents=True)
    for name, text in files.items():
        (folder / "js" / f"{name}.js").write_text(text)
    return folder


def test_modules_that_import_each_others_types_are_hashed(tmp_path):
    source = written(
        tmp_path / "in",
        a='import { b } from "./b.js";\n/** @typedef {1} T */\n',
        b='/** @type {import("./a.js").T} */\nexport const b = 1;\n',
    )
    names = collected(source, tmp_path / "out")
    hashed = Path(names["js/b.js"]).name
    assert f'from"./{hashed}"' in (tmp_path / "out" / names["js/a.js"]).read_text()
    assert "a.js" not in (tmp_path / "out" / names["js/b.js"]).read_text()


def test_minifying_keeps_string_literals(tmp_path):
    said = 'const a = "/* kept */  //x", b = `/* ${ a }  */`, c = /[/*]  /; // gone\n'
    names = collected(written(tmp_path / "in", a=said), tmp_path / "out")
    found = (tmp_path / "out" / names["js/a.js"]).read_text()
    assert '"/* kept */  //x"' in found
    assert "`/* ${ a }  */`" in found
    assert "/[/*]  /" in found
    assert "gone" not in found


def test_our_scripts_lose_a_third_and_stay_scripts(tmp_path):
    names = collected(ROOT / "static", tmp_path)
    modules = {name: tmp_path / at for name, at in names.items() if name.startswith("js/")}
    sources = sum((ROOT / "static" / name).stat().st_size for name in modules)
    assert sum(module.stat().st_size for module in modules.values()) < 0.7 * sources
    read = (
        "for (const f of process.argv.slice(1)) new vm.SourceTextModule(fs.readFileSync(f, 'utf8'))"
    )
    command = ["node", "--experimental-vm-modules", "--no-warnings", "-e", read, "--"]
    subprocess.run([*command, *map(str, modules.values())], check=True)


def test_a_module_that_is_not_there_stops_the_start(tmp_path):
    source = written(tmp_path / "in", a='import { b } from "./gone.js";\n')
    with pytest.raises(Exception, match=r"gone\.js"):
        collected(source, tmp_path / "out")


def test_every_module_of_ours_leads_to_hashed_modules_that_exist(tmp_path):
    names = collected(ROOT / "static", tmp_path)
    modules = [tmp_path / hashed for name, hashed in names.items() if name.startswith("js/")]
    assert modules
    for module in modules:
        text = module.read_text()
        for found in IMPORTED.finditer(text):
            target = (module.parent / found[1]).resolve()
            assert target.exists(), (module.name, found[1])
            assert re.search(r"\.[0-9a-f]{12}\.js$", target.name), (module.name, found[1])


def test_a_static_file_comes_whole_with_its_headers(client):
    answer = client.get("/static/css/" + sorted(f.name for f in (ROOT / "static/css").iterdir())[0])
    assert answer.status_code == 200
    assert not answer.streaming
    assert answer["Content-Type"].startswith("text/css")
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in answer


def test_what_is_not_ours_is_not_served(client):
    for path in ("/static/../manage.py", "/static/%2e%2e/manage.py", "/static//etc/passwd"):
        assert client.get(path).status_code == 404


def test_part_of_a_file_is_given_on_request(client):
    name = sorted((ROOT / "static/css").iterdir())[0]
    answer = client.get(f"/static/css/{name.name}", HTTP_RANGE="bytes=0-9")
    assert answer.status_code == 206
    assert answer.content == name.read_bytes()[:10]


def test_no_face_recognition_model_is_served():
    assert [f for f in (ROOT / "static").rglob("*") if "faceres" in f.name] == []
    assert settings.STATIC_URL == "/static/"


@pytest.mark.skipif(sys.platform == "win32", reason="paths of POSIX")
def test_nothing_in_our_scripts_comes_from_elsewhere():
    done = subprocess.run(
        ["grep", "-rnE", r"(from|import\()\s*[\"']https?://", str(ROOT / "static" / "js")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("vendor/human/3.3.6/models/iris.bin", True),
        ("vendor/face_mesh/0.4.1633559619/face_mesh.js", True),
        ("vendor/libraries.js", False),
        ("js/sensors/face/worker.js", False),
    ],
)
def test_versioned_files_are_cached_for_good(name, kept):
    static = StaticFilesMiddleware(lambda request: None, settings)
    assert static.immutable_file_test("", f"{static.static_prefix}{name}") is kept


def test_only_a_file_that_may_change_says_when_it_changed(client):
    (versioned,) = (ROOT / "static").glob("vendor/human/*/models/iris.json")
    names = {
        "versioned": versioned.relative_to(ROOT / "static").as_posix(),
        "ours": f"css/{sorted((ROOT / 'static/css').iterdir())[0].name}",
    }
    answers = {kind: client.get(f"/static/{name}") for kind, name in names.items()}
    assert all(answer.status_code == 200 and "ETag" in answer for answer in answers.values())
    assert {kind: "Last-Modified" in answer for kind, answer in answers.items()} == {
        "versioned": False,
        "ours": True,
    }
