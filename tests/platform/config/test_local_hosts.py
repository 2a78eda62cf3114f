"""Addresses that the site itself calls: with TLS or on this computer, or it does not start."""

from __future__ import annotations

import pytest

from config.env import BadEnvironment
from config.local_hosts import read_monitor_networks, require_safe_url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://witness.example/heads?site=1",
        "https://witness.example:8443",
        "http://localhost:8080/",
        "http://127.0.0.1/",
        "http://[::1]:9000/heads",
    ],
)
def test_an_address_by_tls_or_here_is_taken(url):
    assert require_safe_url("AUDIT_WITNESS_URL", url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://witness.example/",
        "http://localhost.example/",
        "ftp://witness.example/",
        "witness.example",
        "https://",
        "http:///heads",
        "https://amir:secret@witness.example/",
        "https://witness.example:port/",
        "https://[::1",
    ],
)
def test_any_other_address_stops_the_start_and_names_itself(url):
    with pytest.raises(BadEnvironment, match="AUDIT_WITNESS_URL") as said:
        require_safe_url("AUDIT_WITNESS_URL", url)
    assert "secret" not in str(said.value)


def test_metrics_are_read_from_addresses_or_networks_and_nothing_else():
    name = "ATTUNE_MONITOR_ADDRESSES"
    read = read_monitor_networks({name: "10.42.0.0/16, 192.0.2.7"})
    assert [str(each) for each in read] == ["10.42.0.0/16", "192.0.2.7/32"]
    assert read_monitor_networks({}) == []
    for text in ("10.42.0.1/16", "prometheus", "10.42/99"):
        with pytest.raises(BadEnvironment, match=f"{name} must be addresses or networks"):
            read_monitor_networks({name: text})
