"""HAProxy before the web hosts.

New connections go to hosts whose /health/ready says yes, or to any that is alive while none is.
Open ones end only when their host is dead. So an outage of what all hosts need cuts no socket.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.hosts import network
from vault import http_client

PROGRAM: Final = "haproxy"
PORT: Final = 8000
# Sockets are not sticky: any host continues a Sitting. The site closes an idle HTTP connection
# after 5 s (uvicorn), and a request that meets the closing would be lost. So HAProxy keeps none:
# `http-server-close`. A host that is marked down loses its sessions at once, so that pages connect
# to another instead of waiting for a host that is silent. A connection that a host had not accepted
# when it ended is reset without an answer: a GET is then asked of another host.
CONFIGURATION: Final = """
global
  maxconn 4000
defaults
  mode http
  timeout connect 1s
  timeout client 70s
  timeout server 70s
  timeout tunnel 1h
  timeout check 2s
  option http-server-close
  option forwardfor
  option redispatch
  retries 2
  retry-on conn-failure empty-response
  option httpchk
frontend site
  bind {address}:{port}
  http-request disable-l7-retry unless METH_GET
  default_backend alive
backend alive
  http-check send meth GET uri /health/live hdr Host 127.0.0.1
  default-server inter 500ms fastinter 250ms fall 2 rise 1 on-marked-down shutdown-sessions
{choices}
{servers}
backend ready
  http-check send meth GET uri /health/ready hdr Host 127.0.0.1
  default-server inter 2s fall 2 rise 1
{servers}
"""
# Prefer the one host that is ready to others that are only alive.
CHOICE: Final = "  use-server {name} if {{ srv_is_up(ready/{name}) }} {{ nbsrv(ready) eq 1 }}"


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    host: str
    folder: Path
    web_hosts: Sequence[str]

    @property
    def address(self) -> str:
        return network.ADDRESSES[self.host]

    def start(self) -> None:
        """Start it on its host."""
        file = self.write_configuration()
        network.launch(
            self.host, [PROGRAM, "-db", "-f", str(file)],
            log=self.folder / "log", environment={"PATH": os.environ["PATH"]},
        )  # fmt: skip

    def write_configuration(self) -> Path:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        servers = "\n".join(
            f"  server {name} {network.ADDRESSES[name]}:{PORT} check" for name in self.web_hosts
        )
        choices = "\n".join(CHOICE.format(name=name) for name in self.web_hosts)
        file = self.folder / "haproxy.cfg"
        file.write_text(
            CONFIGURATION.format(address=self.address, port=PORT, servers=servers, choices=choices)
        )
        return file

    def wait(self, patience_s: float = 60.0) -> None:
        """Wait until a web host answers through it."""
        wait_for(self.address, patience_s)


def wait_for(address: str, patience_s: float = 60.0) -> None:
    """Wait until the site answers at this address; TimeoutError after `patience_s`."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        with suppress(OSError):
            if request_page(address, timeout=2).accepted:
                return
        time.sleep(0.05)
    raise TimeoutError(f"the site did not answer at {address} within {patience_s:.0f} s")


def request_page(address: str, *, timeout: float) -> http_client.HttpReply:
    """Request a page of the site at this address. Raises OSError if no reply came."""
    url = f"http://{address}:{PORT}/accounts/login/"
    return http_client.send_request("GET", url, headers={"Host": "127.0.0.1"}, timeout=timeout)
