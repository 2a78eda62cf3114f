"""`seed_discussion FILE`: threads of the demo, written by its cast; once, where there are none."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from accounts import people
from accounts.models import User
from courses.models import Unit
from discussion.models import Helpful, Post, Thread
from discussion.posts import post_store


class Command(BaseCommand):
    help = "Write the threads of a file beside the units of its course, as the people named there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *_args: Any, **options: Any) -> None:
        told = json.loads(options["file"].read_text())
        units = {u.ref: u for u in Unit.objects.filter(course__slug=told["course"])}
        if not units or Thread.objects.exists():
            return
        with transaction.atomic():
            for thread in told["threads"]:
                write(units[thread["unit"]], thread, timezone.now())
        self.stdout.write(f"{len(told['threads'])} threads")


def write(unit: Unit, told: dict[str, Any], now: datetime) -> None:
    """One thread with its replies, as long ago as it says."""
    at = now - timedelta(days=told["days_ago"])
    thread = post_store.begin(
        unit,
        person(told["who"]),
        id=uuid4(),
        title=told["title"],
        text=told["text"],
        time_s=told.get("time_s"),
        now=at,
    )
    mark(thread.posts.get(), told)
    thread.pinned = told.get("pinned", False)
    for reply in told["replies"]:
        said = at + timedelta(hours=reply["after_h"])
        post = post_store.reply(
            thread, person(reply["who"]), id=uuid4(), text=reply["text"], now=said
        )
        mark(post, reply)
        Post.objects.filter(pk=post.pk).update(accepted=reply.get("accepted", False))
    thread.save(update_fields=["pinned"])


def mark(post: Post, told: dict[str, Any]) -> None:
    """Whom it helped."""
    for login in told.get("helpful", []):
        Helpful.objects.create(post=post, person=person(login))


def person(login: str) -> User:
    found = people.find_by_login(login)
    if found is None:
        raise LookupError(f"expected {login} among the people of the demo")
    return found
