"""Fixtures: hosts as network namespaces. Skipped where the machine cannot have them."""

from __future__ import annotations

import shutil

import pytest
from django.utils import timezone

from tools.hosts import network
from tools.hosts.certificates import make_certificates
from tools.hosts.postgres_server import find_binaries


@pytest.fixture
def _alone(request):
    """Refuse a test that would change the machine's network beside the tests of pages."""
    assert request.node.get_closest_marker("long"), "mark it long: Chromium would fail beside it"


@pytest.fixture
def hosts(_alone):
    """All hosts of the testbed; removed afterwards."""
    if why := network.find_obstacle():
        pytest.skip(why)
    try:
        with network.keep_network():
            yield
    except network.CannotMakeHosts as error:
        pytest.skip(str(error))


@pytest.fixture
def _with_hosts(_alone):
    """Skip where a command could not make hosts."""
    if why := network.find_obstacle():
        pytest.skip(why)


@pytest.fixture
def folder(tmp_path_factory):
    """A folder that PostgreSQL's user may pass through, unlike pytest's own."""
    found = tmp_path_factory.mktemp("hosts")
    for each in (found, found.parent, found.parent.parent):
        each.chmod(0o711)
    return found


@pytest.fixture
def certificates(folder):
    return make_certificates(folder / "tls", network.ADDRESSES, timezone.now())


@pytest.fixture
def _with_postgres():
    if find_binaries() is None:
        pytest.skip("PostgreSQL of the system is missing: the wheel's has no TLS")


@pytest.fixture
def _with_programs(_with_postgres):
    missing = [name for name in ("bao", "weed") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"missing programs: {', '.join(missing)}")
