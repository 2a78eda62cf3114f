"""The Celery application. Tasks take no arguments: they process the rows that are due."""

from __future__ import annotations

import os
from threading import Event, Thread
from typing import Any

from celery import Celery, bootsteps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config.checks.deployment_checks import refuse_unsafe_start

refuse_unsafe_start()
LIVE = "live"


class SilentSenderCelery(Celery):
    """Celery whose senders do not LISTEN.

    With `use_notify` kombu makes every connection LISTEN, but only consumers read the
    notifications. In a sender they fill the socket, and its backend blocks in the middle of a
    write. Anything that needs all backends, such as DROP DATABASE, would then wait for ever.
    """

    def connection_for_write(self, url: str | None = None, **options: Any) -> Any:
        silent = {**(options.pop("transport_options", None) or {}), "use_notify": False}
        return super().connection_for_write(url, transport_options=silent, **options)


app = SilentSenderCelery("attune")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    ["pipeline", "teaching", "authoring", "discussion", "peers", "lti", "research", "stewardship"]
)


class ModelWarmup(bootsteps.StartStopStep):
    """A start-up step of a worker: load what its Windows need before it is ready."""

    requires = ("celery.worker.components:Pool",)

    def start(self, parent: Any) -> None:
        """Load the models in workers that take live tasks; others need no networks."""
        if LIVE in parent.app.amqp.queues.consume_from:
            # Imported here: only workers need it, after Django is set up.
            from django.db import connections

            from pipeline import model_warmup

            model_warmup.load_models()
            connections.close_all()


class WatchdogStep(bootsteps.StartStopStep):
    """A start-up step of a worker: watch whether it still takes waiting tasks."""

    requires = (ModelWarmup,)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.ended = Event()

    def start(self, parent: Any) -> None:
        """Start the watchdog, but not with pgmq, which counts held tasks as waiting."""
        if not parent.app.conf.broker_url.startswith("pgmq:"):
            # Imported here: only workers need it.
            from config import worker_watchdog

            Thread(
                target=worker_watchdog.watch_worker, args=(parent.app, self.ended), daemon=True
            ).start()

    def stop(self, *_: Any) -> None:
        self.ended.set()


app.steps["worker"].update([ModelWarmup, WatchdogStep])
