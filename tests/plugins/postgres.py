"""Pytest plugin: a private PostgreSQL for this run, set up before Django's settings are read.

Tests log in as the owner with `assume_role` attune_app, so every right is checked as in production.
With DATABASE_URL given, that server is used instead.
"""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
for entry in (str(ROOT / "platform"), str(ROOT)):
    if entry not in sys.path:
        sys.path.append(entry)

from config.embedded_postgres import launcher  # noqa: E402

FOLDER, SERVER = "ATTUNE_TEST_FOLDER", pytest.StashKey[launcher.Server]()
TEMPLATE = pytest.StashKey[Any]()


def pytest_collection_finish() -> None:
    """Exclude all imported objects from garbage collection, which took 7 % of the run."""
    gc.collect()
    gc.freeze()


def is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Run before pytest-django reads the settings; xdist's workers inherit the environment."""
    # Workers of xdist share the broker's database, each with its own queues.
    name = os.environ.get("PYTEST_XDIST_WORKER", "test")
    os.environ["ATTUNE_QUEUE_PREFIX"] = f"{name}_"
    if FOLDER in os.environ:
        # Keys that one worker's test lets expire must not be those of a concurrent test.
        os.environ["KEYSTORE_DIR"] = str(Path(os.environ[FOLDER]) / f"keystore-{name}")
        return
    folder = Path(tempfile.mkdtemp(prefix="attune-test-"))
    os.environ[FOLDER] = os.environ["ATTUNE_VAR"] = str(folder)
    os.environ["ATTUNE_HASHED_STATIC"] = "0"
    (folder / "static").mkdir()
    os.environ["ATTUNE_HOSTS"] = "localhost,127.0.0.1"
    os.environ["ATTUNE_HTTPS"] = "0"
    early_config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    if not os.environ.get("DATABASE_URL"):
        server = launcher.Server(folder / "postgres", hasty=True)
        launcher.start(server)
        early_config.add_cleanup(lambda: close(server))
        early_config.stash[SERVER] = server
        point_at(server)


def point_at(server: launcher.Server) -> None:
    url = launcher.make_url
    os.environ["DATABASE_URL"] = url(server, launcher.OWNER, "attune")
    os.environ["BROKER_DATABASE_URL"] = url(server, launcher.APP, "attune_broker")
    os.environ.pop("DATABASE_APP_URL", None)


def close(server: launcher.Server) -> None:
    launcher.stop(server)
    socket = server.socket()
    if socket.parent != server.folder:
        shutil.rmtree(socket, ignore_errors=True)


def pytest_configure(config: pytest.Config) -> None:
    if not is_worker(config) and config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(Distributed())
    if is_worker(config):
        from django.conf import settings

        name = config.workerinput["template"]  # type: ignore[attr-defined]
        settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = name


class Distributed:
    """Hooks of xdist's controller: one database is created, and the workers copy it."""

    def pytest_configure_node(self, node: Any) -> None:
        config = node.config
        if TEMPLATE not in config.stash:
            config.stash[TEMPLATE] = make_template(config)
        node.workerinput["template"] = config.stash[TEMPLATE][0]

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        if TEMPLATE in config.stash:
            drop_template(config)


def make_template(config: pytest.Config) -> tuple[str, Any]:
    from django.db import connection
    from django.test.utils import setup_databases
    from pytest_django.plugin import blocking_manager_key

    with config.stash[blocking_manager_key].unblock():
        made = setup_databases(0, False, aliases=["default"], serialized_aliases=[])
        name = connection.settings_dict["NAME"]
        connection.close()
    return name, made


def drop_template(config: pytest.Config) -> None:
    from django.test.utils import teardown_databases
    from pytest_django.plugin import blocking_manager_key

    with config.stash[blocking_manager_key].unblock():
        teardown_databases(config.stash[TEMPLATE][1], verbosity=0)
