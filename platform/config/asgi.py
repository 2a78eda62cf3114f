"""Pages and sockets as one ASGI application, for a single-process server.

`config.server.web_server`, the site's own server, has two processes.
"""

from __future__ import annotations

from channels.routing import ProtocolTypeRouter

from config.asgi_pages import application as pages
from config.asgi_pages import celery
from config.asgi_sockets import application as sockets
from config.server.maintenance_gate import MaintenanceGate

application = MaintenanceGate(
    ProtocolTypeRouter({"http": pages.application, "websocket": sockets.application})
)

__all__ = ["application", "celery"]
