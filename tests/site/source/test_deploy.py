"""The files of deploy/ start the parts of the site by existing names and hold no secret."""

from __future__ import annotations

import asyncio
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands, load_command_class
from django.urls import get_resolver

from config.db.database_url import parse_url
from config.dev import bootstrap
from config.embedded_postgres.cluster import BOOTSTRAP, CONFIGURATION
from config.local_hosts import database_in_clear
from config.request_body.limits import DEFAULT_BYTES, UPLOADS
from config.server import head_limits, web_server
from deployment.processes import MAX_CONNECTIONS
from tests.site.docs.test_documented_names import first_column

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
OF_OTHERS = {"ATTUNE_HOST", "ATTUNE_TLS", "ATTUNE_UPSTREAM", "ATTUNE_OWNER_PASSWORD",
             "ATTUNE_APP_PASSWORD", "POSTGRES_USER", "POSTGRES_PASSWORD", "PIP_EXTRA_INDEX_URL",
             "PYTHONUNBUFFERED"}  # fmt: skip
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
OURS = {name: made for name, made in COMPOSE["services"].items() if made["image"] == "attune"}
# How far compose.yaml may be scaled.
MOST = {"web": 3, "live": 4}


def commands():
    """Yield every call of manage.py in deploy/."""
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
def test_every_command_and_argument_exists(line):
    name, *arguments = shlex.split(line)
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    parser.parse_args(arguments)


def test_both_setups_start_every_process_once():
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


def test_every_environment_name_is_read_by_the_site():
    example = "\n".join(file.read_text() for file in sorted(DEPLOY.glob("*.env.example")))
    container = (DEPLOY / "Containerfile").read_text()
    units = " ".join(unit.read_text() for unit in UNITS)
    asked = set(re.findall(r"^([A-Z_]+)=", example, re.M))
    asked |= set(re.findall(r"\b([A-Z_]{5,})=", container + units))
    assert asked - first_column("env.md") - OF_OTHERS == set()


def test_a_shell_reads_the_example_like_systemd(tmp_path):
    """`deploy/attune` sources the file after an administrator removed the comment marks."""
    example = (DEPLOY / "attune.env.example").read_text()
    used = tmp_path / "attune.env"
    used.write_text(re.sub(r"^#(?=[A-Z_]+=)", "", example, flags=re.M))
    asked = ["sh", "-euc", '. "$0"; printf %s "$MAIL_FROM"', str(used)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("Our School <attune@example.org>", "")


def test_enabled_units_start_at_boot():
    page = (ROOT / "docs" / "operations.md").read_text()
    (enabled,) = re.findall(r"`systemctl enable --now (attune-live@\S+ attune-web@\S+)`", page)
    for name in enabled.split():
        unit = (DEPLOY / "systemd" / f"{name.partition('@')[0]}@.service").read_text()
        assert "[Install]\nWantedBy=attune.target" in unit


def test_the_files_hold_no_secret_and_no_registry():
    for file in (file for file in DEPLOY.rglob("*") if file.is_file() and file.suffix != ".pyc"):
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
    of_the_place = ("listen_addresses=", "max_connections=")
    assert {line for line in told if not line.startswith(of_the_place)} <= ours
    assert {
        line for line in ours if line.startswith(("log_", "wal_")) and "timezone" not in line
    } <= told
    beside = (DEPLOY / "postgres" / "attune.conf").read_text().splitlines()
    of_debian = {line.replace(" ", "") for line in beside if not line.startswith("#")}
    assert of_debian == {line for line in told if not line.startswith("listen_addresses=")}


def test_keys_have_their_own_volume_and_are_in_no_backup():
    for name, made in OURS.items():
        places = dict(volume.split(":")[:2] for volume in made["volumes"])
        assert places["keys"] != places["var"], name
    backup = (DEPLOY / "systemd" / "attune-backup.service").read_text()
    assert "--to /var/backups/attune" in backup
    assert "KEYSTORE_DIR=/var/lib/attune-keys" in backup


def test_the_web_server_gets_client_addresses_from_the_proxy(monkeypatch):
    """Otherwise the sign-in limits would count all clients as one network."""
    for name, value in COMPOSE["services"]["web"]["environment"].items():
        monkeypatch.setenv(name, value)
    seen = []

    async def application(scope, receive, send):
        seen.append(scope["client"][0])

    config = web_server._make_config(application)
    config.load()
    headers = [(b"x-forwarded-for", b"203.0.113.9")]
    request = {"type": "http", "client": ("172.18.0.7", 40_000), "headers": headers}
    asyncio.run(config.loaded_app(request, None, None))
    assert seen == ["203.0.113.9"]


def test_only_the_proxy_is_reachable_from_outside():
    """`web` trusts the client address of whatever reaches it."""
    assert COMPOSE["services"]["web"]["environment"]["FORWARDED_ALLOW_IPS"] == "*"
    open_ = {name for name, made in COMPOSE["services"].items()
             if made.keys() & {"ports", "network_mode", "networks"}}  # fmt: skip
    assert open_ == {"proxy"}


def test_the_settings_of_compose_are_documented():
    told = (ROOT / "docs" / "env.md").read_text()
    for made in OURS.values():
        for name in made.get("environment", {}):
            assert f"`{name}`" in told


def test_the_proxy_gets_its_settings_and_no_password():
    proxy = COMPOSE["services"]["proxy"]
    assert proxy["env_file"] == "proxy.env"
    told = re.findall(r"^(\w+)=", (DEPLOY / "proxy.env.example").read_text(), re.M)
    read = re.findall(r"\{\$(\w+)\}", (DEPLOY / "Caddyfile").read_text())
    assert set(told) == set(read)
    assert set(proxy["environment"]) <= set(read)


def test_the_server_of_the_setup_is_not_taken_for_ready():
    """The image starts it with the same arguments and `listen_addresses=''`."""
    server = COMPOSE["services"]["postgres"]
    asked = server["healthcheck"]["test"]
    assert asked[asked.index("-h") + 1] == "127.0.0.1"
    assert "-clisten_addresses=127.0.0.1" in server["command"]


def test_the_database_requires_a_password():
    told = COMPOSE["services"]["postgres"]["environment"]
    assert told["POSTGRES_INITDB_ARGS"] == "--auth=scram-sha-256"
    assert told["POSTGRES_HOST_AUTH_METHOD"] == "scram-sha-256"


def test_postgresql_has_connections_for_the_largest_setup():
    told = re.search(
        r"twice this and (\d+) more. A worker takes this and (\d+) more, beat (\d+) in all",
        (ROOT / "docs" / "env.md").read_text(),
    )
    web, worker, beat = (int(figure) for figure in told.groups())
    takes = {"web": 2 * MAX_CONNECTIONS + web, "worker": MAX_CONNECTIONS + worker, "beat": beat}
    # PostgreSQL reserves three for its superuser; commands need connections too.
    wanted = 3 + 5 + sum(
        MOST.get(name, 1) * takes[made["command"][1]]
        for name, made in OURS.items() if made["command"][0] == "serve"
    )  # fmt: skip
    server = " ".join(COMPOSE["services"]["postgres"]["command"])
    assert wanted <= int(re.search(r"-cmax_connections=(\d+)", server)[1])


def test_backups_run_on_request_into_a_known_volume():
    backup = COMPOSE["services"]["backup"]
    assert backup["profiles"] == ["backup"]
    assert backup["command"] == ["backup", "--to", "/var/backups/attune"]
    assert "backups:/var/backups/attune" in backup["volumes"]
    assert set(OURS["web"]["volumes"]) < set(backup["volumes"])
    # A volume takes its owner from the folder of the image that it covers.
    (made,) = re.findall(r"install -d -o attune .+", (DEPLOY / "Containerfile").read_text())
    assert "/var/backups/attune" in made
    volumes = {volume.split(":")[0] for each in COMPOSE["services"].values()
               for volume in each.get("volumes", []) if not volume.startswith(".")}  # fmt: skip
    assert volumes == set(COMPOSE["volumes"])


def test_read_only_code_is_compiled_at_installation():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "tools"}
    assert {*packages, "platform"} == set(bootstrap.OURS)
    for file in (DEPLOY / "Containerfile", DEPLOY / "build.sh"):
        assert f"-m compileall -q {' '.join(bootstrap.OURS)}" in file.read_text(), file
        assert "--no-compile" not in file.read_text(), file


def test_the_folders_of_a_unit_are_made_with_it():
    for unit in UNITS:
        text = unit.read_text()
        named = re.findall(r"(?:ATTUNE_VAR|KEYSTORE_DIR)=/var/lib/(\S+)", text)
        (made,) = re.findall(r"^StateDirectory=(.+)$", text, re.M)
        assert made.split() == named, unit.name
        assert "\nStateDirectoryMode=0700\n" in text
        # A missing one would prevent the start without an error message.
        written = re.findall(r"^ReadWritePaths=(.+)$", text, re.M)
        assert all(place.startswith("-") for line in written for place in line.split())


def test_systemd_uses_the_container_urls_on_loopback():
    """Debian's PostgreSQL authenticates socket connections by system user, not by password."""
    example = (DEPLOY / "attune.env.example").read_text()
    found = {}
    for mark in ("", "#"):
        lines = re.findall(rf"^{mark}(\w+_URL)=(postgresql:\S+)$", example, re.M)
        found[mark] = {name: parse_url(url) for name, url in lines}
    assert found[""].keys() == found["#"].keys()
    assert len(found["#"]) == 3
    for name, containers in found["#"].items():
        systemd = found[""][name]
        assert systemd["HOST"] == "127.0.0.1"
        assert not database_in_clear(systemd)
        assert {**systemd, "HOST": containers["HOST"]} == containers


def test_the_proxy_limits_heads_and_bodies_as_the_web_program_does():
    file = (DEPLOY / "Caddyfile").read_text()
    assert f"max_header_size {head_limits.LONGEST_HEAD // 1024}KB" in file
    assert f"read_header {head_limits.HEAD_WITHIN_S:.0f}s" in file
    (large, usual) = re.findall(r"max_size (\d+)([KM])iB", file)
    size = {"K": 1024, "M": 1024 * 1024}
    assert int(large[0]) * size[large[1]] == max(each.most for each in UPLOADS.values())
    assert int(usual[0]) * size[usual[1]] == DEFAULT_BYTES
    takes, refuses = re.findall(r"path_regexp (\S+)", file)
    assert takes == refuses
    for route in urls():
        path = "/" + re.sub(r"<\w+:\w+>", "x", route)
        assert bool(re.search(takes, path)) == (route in UPLOADS), route


def urls():
    """Yield the pattern of every URL."""
    found, todo = [], [("", get_resolver())]
    while todo:
        before, resolver = todo.pop()
        for each in resolver.url_patterns:
            route = before + str(each.pattern)
            if hasattr(each, "url_patterns"):
                todo.append((route, each))
            else:
                found.append(route)
    return found
