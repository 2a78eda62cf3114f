"""The files of deploy/ start what the site is made of, by names that are there, with no secret."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands, load_command_class

from config.postgres_cluster import BOOTSTRAP, CONFIGURATION
from tests.site.test_docs import first_column

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
OF_OTHERS = {"ATTUNE_HOST", "ATTUNE_OWNER_PASSWORD", "ATTUNE_APP_PASSWORD", "PYTHONUNBUFFERED",
             "POSTGRES_USER", "POSTGRES_PASSWORD", "PIP_EXTRA_INDEX_URL"}  # fmt: skip
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
OURS = {name: made for name, made in COMPOSE["services"].items() if made["image"] == "attune"}


def commands():
    """Every call of manage.py that stands in deploy/."""
    for unit in UNITS:
        (line,) = re.findall(r"^ExecStart=\S+python manage\.py (.+)$", unit.read_text(), re.M)
        yield pytest.param(line.replace("%i", "8001"), id=unit.name)
    for name, made in OURS.items():
        told = made["command"]
        if made.get("entrypoint"):
            lines = [
                part.strip().removeprefix("python3 manage.py ") for part in told[0].split("&&")
            ]
        else:
            lines = [shlex.join(told)]
        for number, line in enumerate(lines):
            yield pytest.param(line, id=f"{name}-{number}")


@pytest.mark.parametrize("line", list(commands()))
def test_every_command_is_one_of_ours_with_arguments_that_it_knows(line):
    name, *arguments = shlex.split(line)
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    parser.parse_args(arguments)


def test_every_process_of_the_site_is_started_once_in_both():
    started = [re.search(r"serve (\w+)", unit.read_text()) for unit in UNITS]
    assert sorted(found[1] for found in started if found) == ["beat", "web", "worker", "worker"]
    served = [made["command"] for made in OURS.values() if made["command"][0] == "serve"]
    assert sorted(command[1] for command in served) == ["beat", "web", "worker", "worker"]
    queues = [command[command.index("--queues") + 1] for command in served if "worker" in command]
    assert sorted(queues) == ["live", "slow"]


def test_the_target_wants_each_unit():
    wanted = (DEPLOY / "systemd" / "attune.target").read_text()
    for unit in UNITS:
        stem = unit.name.removesuffix(".service")
        assert re.search(rf"{re.escape(stem)}(\d+\.service|\.service|\.timer)", wanted), unit.name


def test_every_name_of_the_environment_is_one_that_the_site_reads():
    example = (DEPLOY / "attune.env.example").read_text()
    container = (DEPLOY / "Containerfile").read_text()
    units = " ".join(unit.read_text() for unit in UNITS)
    asked = set(re.findall(r"^([A-Z_]+)=", example, re.M))
    asked |= set(re.findall(r"\b([A-Z_]{5,})=", container + units))
    assert asked - first_column("env.md") - OF_OTHERS == set()


def test_nothing_secret_and_no_registry_stands_in_them():
    for file in (file for file in DEPLOY.rglob("*") if file.is_file()):
        text = file.read_text()
        assert not re.search(r"^\w*PASSWORD=\S", text, re.M), file
        assert not re.search(r"(?:FROM|image:) \S+\.\S+/", text), file
    assert "keys:" in (DEPLOY / "compose.yaml").read_text()


def test_roles_and_settings_of_postgresql_are_those_of_the_private_server():
    script = (DEPLOY / "postgres" / "roles.sh").read_text()
    for line in BOOTSTRAP.strip().splitlines():
        if not line.startswith("--"):
            assert line.replace("\\\\", "\\") in script
    told = {part.removeprefix("-c") for part in COMPOSE["services"]["postgres"]["command"][1:]}
    ours = {line.replace(" ", "") for line in CONFIGURATION.splitlines() if " = " in line}
    assert told - {"listen_addresses="} <= ours
    assert {
        line for line in ours if line.startswith(("log_", "wal_")) and "timezone" not in line
    } <= told


def test_keys_are_on_a_volume_of_their_own_and_in_no_backup():
    for name, made in OURS.items():
        places = dict(volume.split(":")[:2] for volume in made["volumes"])
        assert places["keys"] != places["var"], name
    backup = (DEPLOY / "systemd" / "attune-backup.service").read_text()
    assert "--to /var/backups/attune" in backup
    assert "KEYSTORE_DIR=/var/lib/attune-keys" in backup
