"""The files of deploy/ start what the site is made of, by names that are there, with no secret."""

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

from config.db.database_url import parse
from config.dev import bootstrap
from config.embedded_postgres.cluster import BOOTSTRAP, CONFIGURATION
from config.local_hosts import database_in_clear
from config.request_body.limits import UPLOADS, USUAL
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
# What compose.yaml may be grown to.
MOST = {"web": 3, "live": 4}


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
    example = "\n".join(file.read_text() for file in sorted(DEPLOY.glob("*.env.example")))
    container = (DEPLOY / "Containerfile").read_text()
    units = " ".join(unit.read_text() for unit in UNITS)
    asked = set(re.findall(r"^([A-Z_]+)=", example, re.M))
    asked |= set(re.findall(r"\b([A-Z_]{5,})=", container + units))
    assert asked - first_column("env.md") - OF_OTHERS == set()


def test_a_shell_reads_the_example_as_systemd_does_with_every_setting_in_use(tmp_path):
    """`deploy/attune` sources the file, and an administrator takes the marks of comments away."""
    example = (DEPLOY / "attune.env.example").read_text()
    used = tmp_path / "attune.env"
    used.write_text(re.sub(r"^#(?=[A-Z_]+=)", "", example, flags=re.M))
    asked = ["sh", "-euc", '. "$0"; printf %s "$MAIL_FROM"', str(used)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("Our School <attune@example.org>", "")


def test_a_unit_that_the_page_enables_comes_back_after_a_start():
    page = (ROOT / "docs" / "operations.md").read_text()
    (enabled,) = re.findall(r"`systemctl enable --now (attune-live@\S+ attune-web@\S+)`", page)
    for name in enabled.split():
        unit = (DEPLOY / "systemd" / f"{name.partition('@')[0]}@.service").read_text()
        assert "[Install]\nWantedBy=attune.target" in unit


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
    of_the_place = ("listen_addresses=", "max_connections=")
    assert {line for line in told if not line.startswith(of_the_place)} <= ours
    assert {
        line for line in ours if line.startswith(("log_", "wal_")) and "timezone" not in line
    } <= told
    beside = (DEPLOY / "postgres" / "attune.conf").read_text().splitlines()
    of_debian = {line.replace(" ", "") for line in beside if not line.startswith("#")}
    assert of_debian == {line for line in told if not line.startswith("listen_addresses=")}


def test_keys_are_on_a_volume_of_their_own_and_in_no_backup():
    for name, made in OURS.items():
        places = dict(volume.split(":")[:2] for volume in made["volumes"])
        assert places["keys"] != places["var"], name
    backup = (DEPLOY / "systemd" / "attune-backup.service").read_text()
    assert "--to /var/backups/attune" in backup
    assert "KEYSTORE_DIR=/var/lib/attune-keys" in backup


def test_the_web_program_sees_who_asks_behind_the_proxy(monkeypatch):
    """Without it the limits on tries to sign in would count the whole world as one network."""
    for name, value in COMPOSE["services"]["web"]["environment"].items():
        monkeypatch.setenv(name, value)
    seen = []

    async def application(scope, receive, send):
        seen.append(scope["client"][0])

    config = web_server._config(application)
    config.load()
    headers = [(b"x-forwarded-for", b"203.0.113.9")]
    request = {"type": "http", "client": ("172.18.0.7", 40_000), "headers": headers}
    asyncio.run(config.loaded_app(request, None, None))
    assert seen == ["203.0.113.9"]


def test_nobody_but_the_proxy_is_reached_from_outside():
    """Whoever reaches `web` is believed who they say they are."""
    assert COMPOSE["services"]["web"]["environment"]["FORWARDED_ALLOW_IPS"] == "*"
    open_ = {name for name, made in COMPOSE["services"].items()
             if made.keys() & {"ports", "network_mode", "networks"}}  # fmt: skip
    assert open_ == {"proxy"}


def test_what_compose_sets_for_our_programs_is_told():
    told = (ROOT / "docs" / "env.md").read_text()
    for made in OURS.values():
        for name in made.get("environment", {}):
            assert f"`{name}`" in told


def test_the_proxy_is_told_what_its_file_reads_and_no_password():
    proxy = COMPOSE["services"]["proxy"]
    assert proxy["env_file"] == "proxy.env"
    told = re.findall(r"^(\w+)=", (DEPLOY / "proxy.env.example").read_text(), re.M)
    read = re.findall(r"\{\$(\w+)\}", (DEPLOY / "Caddyfile").read_text())
    assert set(told) == set(read)
    assert set(proxy["environment"]) <= set(read)


def test_the_server_that_makes_the_roles_is_not_taken_for_the_real_one():
    """The image starts it with the same arguments and `listen_addresses=''`."""
    server = COMPOSE["services"]["postgres"]
    asked = server["healthcheck"]["test"]
    assert asked[asked.index("-h") + 1] == "127.0.0.1"
    assert "-clisten_addresses=127.0.0.1" in server["command"]


def test_the_database_lets_nobody_in_without_a_password():
    told = COMPOSE["services"]["postgres"]["environment"]
    assert told["POSTGRES_INITDB_ARGS"] == "--auth=scram-sha-256"
    assert told["POSTGRES_HOST_AUTH_METHOD"] == "scram-sha-256"


def test_postgresql_has_connections_for_what_compose_may_be_grown_to():
    told = re.search(
        r"twice this and (\d+) more. A worker takes this and (\d+) more, beat (\d+) in all",
        (ROOT / "docs" / "env.md").read_text(),
    )
    web, worker, beat = (int(figure) for figure in told.groups())
    takes = {"web": 2 * MAX_CONNECTIONS + web, "worker": MAX_CONNECTIONS + worker, "beat": beat}
    # PostgreSQL keeps three for its superuser; commands are run beside.
    wanted = 3 + 5 + sum(
        MOST.get(name, 1) * takes[made["command"][1]]
        for name, made in OURS.items() if made["command"][0] == "serve"
    )  # fmt: skip
    server = " ".join(COMPOSE["services"]["postgres"]["command"])
    assert wanted <= int(re.search(r"-cmax_connections=(\d+)", server)[1])


def test_a_backup_is_made_only_when_asked_and_onto_a_volume_that_the_image_knows():
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


def test_what_no_process_may_write_is_compiled_when_it_is_installed():
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
        # One that is missing would keep the program from starting, and from saying so.
        written = re.findall(r"^ReadWritePaths=(.+)$", text, re.M)
        assert all(place.startswith("-") for line in written for place in line.split())


def test_the_addresses_for_systemd_are_those_of_the_containers_by_loopback():
    """Debian's PostgreSQL asks who comes by the socket for a user of the system, not a password."""
    example = (DEPLOY / "attune.env.example").read_text()
    found = {}
    for mark in ("", "#"):
        lines = re.findall(rf"^{mark}(\w+_URL)=(postgresql:\S+)$", example, re.M)
        found[mark] = {name: parse(url) for name, url in lines}
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
    assert int(usual[0]) * size[usual[1]] == USUAL
    takes, refuses = re.findall(r"path_regexp (\S+)", file)
    assert takes == refuses
    for route in urls():
        path = "/" + re.sub(r"<\w+:\w+>", "x", route)
        assert bool(re.search(takes, path)) == (route in UPLOADS), route


def urls():
    """The pattern of every address."""
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
