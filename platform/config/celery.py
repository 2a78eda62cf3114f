"""The Celery application. Tasks carry no arguments: they drain the rows that are due."""

from __future__ import annotations

import os
from threading import Event, Thread
from typing import Any

from celery import Celery, bootsteps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config.checks.deployment_checks import refuse_unsafe_start

refuse_unsafe_start()
LIVE = "live"


class Application(Celery):
    """Celery whose senders do not listen.

    With `use_notify` kombu makes every connection LISTEN, but only a consumer ever reads what it
    hears. A sender's unread notices fill the socket, its backend then waits in the middle of a
    write, and whatever needs all backends (DROP DATABASE, for one) waits with it, for ever.
    """

    def connection_for_write(self, url: str | None = None, **options: Any) -> Any:
        silent = {**(options.pop("transport_options", None) or {}), "use_notify": False}
        return super().connection_for_write(url, transport_options=silent, **options)


app = Application("attune")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    ["pipeline", "teaching", "authoring", "discussion", "research", "stewardship"]
)


class Warm(bootsteps.StartStopStep):
    """A step of a worker's start: it is ready when what its Windows need is loaded."""

    requires = ("celery.worker.components:Pool",)

    def start(self, parent: Any) -> None:
        """Of a worker that takes live tasks; others need no networks."""
        if LIVE in parent.app.amqp.queues.consume_from:
            # Only a worker needs them, and only once Django is set up.
            from django.db import connections

            from pipeline import model_warmup

            model_warmup.load_models()
            connections.close_all()


class Watch(bootsteps.StartStopStep):
    """A step of a worker's start: from now on it is seen whether it still takes what waits."""

    requires = (Warm,)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.ended = Event()

    def start(self, parent: Any) -> None:
        """Not with pgmq, which counts what other workers hold among what waits."""
        if not parent.app.conf.broker_url.startswith("pgmq:"):
            # Only a worker needs it.
            from config import worker_watchdog

            Thread(target=worker_watchdog.watch, args=(parent.app, self.ended), daemon=True).start()

    def stop(self, *_: Any) -> None:
        self.ended.set()


app.steps["worker"].update([Warm, Watch])
