"""Every socket of the site ends with the session or token that opened it."""

from __future__ import annotations

from channels.routing import URLRouter

from config import asgi_sockets
from realtime.consumers import SittingConsumer
from realtime.device_consumer import DeviceConsumer

# Consumer -> the test file that covers each way a session or token can end.
ENDS_WITH_ITS_LOG_IN = {
    SittingConsumer: "test_ended_log_ins.py",
    DeviceConsumer: "test_device_consumer.py",
}


def consumers(application):
    """Return every consumer behind the application's routes, through any wrapper."""
    if isinstance(application, URLRouter):
        return {
            found
            for route in application.routes
            for found in consumers(getattr(route, "callback", route))
        }
    if consumer := getattr(application, "consumer_class", None):
        return {consumer}
    inner = [
        value
        for value in vars(application).values()
        if callable(value) and not isinstance(value, type)
    ]
    return {found for each in inner for found in consumers(each)}


def test_every_socket_route_ends_with_its_session():
    assert consumers(asgi_sockets.application) == set(ENDS_WITH_ITS_LOG_IN)
