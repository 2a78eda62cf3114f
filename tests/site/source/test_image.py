"""The image made without a container engine: the same release, and its bill of materials."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
BUILD = (DEPLOY / "image" / "build.sh").read_text()
INSIDE = (DEPLOY / "image" / "inside.sh").read_text()
CONTAINER = (DEPLOY / "Containerfile").read_text()
MADE = datetime(2026, 11, 30, tzinfo=UTC)
# As cyclonedx-py and npm write them, shortened.
PYTHON = {"components": [
    {"bom-ref": "numpy==2.4.6", "type": "library", "name": "numpy", "version": "2.4.6",
     "licenses": [{"expression": "BSD-3-Clause"}], "purl": "pkg:pypi/numpy@2.4.6"},
    {"bom-ref": "attune==0.1.0", "type": "library", "name": "attune", "version": "0.1.0"},
]}  # fmt: skip
NPM = {"components": [
    {"bom-ref": "htmx.org@4.0.1", "type": "library", "name": "htmx.org", "version": "4.0.1",
     "scope": "required", "purl": "pkg:npm/htmx.org@4.0.1", "properties": [],
     "externalReferences": [], "licenses": [{"license": {"id": "0BSD"}}]},
]}  # fmt: skip


@pytest.fixture(scope="module")
def sbom():
    spec = importlib.util.spec_from_file_location("sbom", DEPLOY / "image" / "sbom.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_release_is_made_as_by_the_other_ways():
    for line in (
        "pip install -c constraints.txt -e .",
        "platform/config/dev/vendor_assets.py",
        "-m compileall -q attune_client bridge emotion interventions platform",
    ):
        assert line in INSIDE
    release = (DEPLOY / "build.sh").read_text()
    assert "npm ci --omit=dev --no-audit --no-fund" in BUILD
    assert "npm ci --omit=dev --no-audit --no-fund" in release


def test_user_folders_and_settings_are_those_of_the_containerfile():
    (uid,) = re.findall(r"--uid (\d+)", CONTAINER)
    assert f"--uid {uid} " in INSIDE
    assert f"--config.user {uid}:{uid} " in BUILD
    (settings,) = re.findall(r"^ENV (.+)$", CONTAINER, re.M)
    for setting in settings.split():
        assert f"--config.env {setting}" in BUILD
    entrypoint = json.loads(re.search(r"^ENTRYPOINT (.+)$", CONTAINER, re.M)[1])
    assert re.findall(r"--config\.entrypoint (\S+)", BUILD) == entrypoint
    command = json.loads(re.search(r"^CMD (.+)$", CONTAINER, re.M)[1])
    assert re.findall(r"--config\.cmd (\S+)", BUILD) == command
    made = "-m 0700 /var/lib/attune /var/lib/attune-keys /var/backups/attune"
    assert made in INSIDE


def test_the_labels_name_version_revision_source_and_licence():
    labels = re.findall(r"org\.opencontainers\.image\.(\w+)=", BUILD)
    assert {"version", "revision", "source", "licenses"} <= set(labels)


@pytest.mark.parametrize("name", ["build.sh", "inside.sh"])
def test_the_scripts_are_shell(name):
    subprocess.run(["sh", "-n", str(DEPLOY / "image" / name)], check=True)


def test_the_bill_names_each_package_once_with_its_licence_and_not_the_site(sbom):
    twice = {"components": PYTHON["components"] + NPM["components"]}
    bill = sbom.merge(version("attune"), MADE, [twice, NPM], [])
    assert [each["name"] for each in bill["components"]] == ["htmx.org", "numpy"]
    assert all(each["licenses"] for each in bill["components"])
    subject = bill["metadata"]["component"]
    assert (subject["name"], subject["version"]) == ("attune", version("attune"))
    (licence,) = re.findall(r'^license = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.M)
    assert subject["licenses"] == [{"license": {"id": licence}}]


def test_the_same_packages_make_the_same_bill(sbom):
    one = sbom.merge("0.1.0", MADE, [PYTHON, NPM], [])
    assert sbom.merge("0.1.0", MADE, [NPM, PYTHON], []) == one
    assert sbom.merge("0.1.0", MADE, [PYTHON], [])["serialNumber"] != one["serialNumber"]


def test_the_bill_follows_the_schema_and_another_file_does_not(sbom):
    pytest.importorskip("cyclonedx", reason="fetched by manage.py test")
    text = json.dumps(sbom.merge("0.1.0", MADE, [PYTHON, NPM], [DEBIAN]))
    sbom.validate(text)
    bill = json.loads(text)
    del bill["components"][0]["name"]
    with pytest.raises(sbom.InvalidBill):
        sbom.validate(json.dumps(bill))


DEBIAN = {
    "type": "library", "bom-ref": "pkg:deb/debian/libc6@2.36?arch=amd64", "name": "libc6",
    "version": "2.36", "purl": "pkg:deb/debian/libc6@2.36?arch=amd64",
    "licenses": [{"license": {"name": "GPL-2"}}, {"license": {"name": "LGPL-2.1"}}],
}  # fmt: skip


def test_packages_of_debian_are_listed_with_the_licences_of_their_copyright_files(
    sbom, tmp_path, monkeypatch
):
    told = "libc6\t2.36\tamd64\nzlib1g\t1:1.2\tamd64\n"
    monkeypatch.setattr(
        sbom.subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, told)
    )
    files = {"libc6": "License: LGPL-2.1\n\nLicense: GPL-2\n text\n", "zlib1g": "Free."}
    for name, text in files.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "copyright").write_text(text)
    monkeypatch.setattr(sbom, "DOCUMENTS", tmp_path)
    libc, zlib = sbom.list_debian_packages()
    assert libc == DEBIAN
    assert zlib["purl"] == "pkg:deb/debian/zlib1g@1%3A1.2?arch=amd64"
    assert zlib["licenses"] == [{"license": {"name": f"see {tmp_path}/zlib1g/copyright"}}]
    assert sbom.find_licences("absent") == ["unknown"]


def test_a_package_whose_metadata_names_no_licence_has_one_of_its_files_or_stops_the_build(
    sbom,
):
    bare = {"bom-ref": "transformers==5", "type": "library", "name": "transformers", "version": "5"}
    (made,) = sbom.merge("0.1.0", MADE, [], [bare])["components"]
    assert made["licenses"] == [{"expression": "Apache-2.0"}]
    with pytest.raises(sbom.InvalidBill, match="unheard names no licence"):
        sbom.merge("0.1.0", MADE, [], [{**bare, "name": "unheard"}])
