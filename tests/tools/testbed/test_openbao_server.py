"""The testbed's key service keeps its keys when it is killed, and gives the site its own token."""

from __future__ import annotations

import pytest

from tests.fixtures.servers.openbao_server import run_openbao
from tools.testbed.openbao_server import OpenBaoRefused
from vault.errors import KeystoreBusy
from vault.hashicorp_transit import Transit

SECRET = b"0123456789abcdef0123456789abcdef"


@pytest.fixture
def server():
    with run_openbao() as found:
        yield found


def test_keys_outlive_a_kill(server):
    service = Transit(server.url, "attune-test", server.token)
    sealed = service.shut(1, SECRET)
    server.kill()
    with pytest.raises(KeystoreBusy):
        service.open(1, sealed)
    server.start()
    assert service.open(1, sealed) == SECRET
    assert server.list_keys() == ["attune-test-1"]


def test_only_an_administrator_may_do_more_than_the_site(server):
    (server.folder / "root").write_text(server.token)
    with pytest.raises(OpenBaoRefused):
        server.list_keys()
