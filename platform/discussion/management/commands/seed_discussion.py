"""`seed_discussion FILE`: write the demo's threads as its cast, if there are none yet."""

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
        content = json.loads(options["file"].read_text())
        units = {u.ref: u for u in Unit.objects.filter(course__slug=content["course"])}
        if not units or Thread.objects.exists():
            return
        with transaction.atomic():
            for thread in content["threads"]:
                write_thread(units[thread["unit"]], thread, timezone.now())
        self.stdout.write(f"{len(content['threads'])} threads")


def write_thread(unit: Unit, content: dict[str, Any], now: datetime) -> None:
    """Write one thread with its replies, dated back as the file says."""
    at = now - timedelta(days=content["days_ago"])
    thread = post_store.begin_thread(
        unit,
        person(content["who"]),
        id=uuid4(),
        title=content["title"],
        text=content["text"],
        time_s=content.get("time_s"),
        now=at,
    )
    mark_helpful(thread.posts.get(), content)
    thread.pinned = content.get("pinned", False)
    for reply in content["replies"]:
        replied_at = at + timedelta(hours=reply["after_h"])
        post = post_store.reply(
            thread, person(reply["who"]), id=uuid4(), text=reply["text"], now=replied_at
        )
        mark_helpful(post, reply)
        Post.objects.filter(pk=post.pk).update(accepted=reply.get("accepted", False))
    thread.save(update_fields=["pinned"])


def mark_helpful(post: Post, content: dict[str, Any]) -> None:
    """Mark a post as helpful for the people the file names."""
    for login in content.get("helpful", []):
        Helpful.objects.create(post=post, person=person(login))


def person(login: str) -> User:
    found = people.find_by_login(login)
    if found is None:
        raise LookupError(f"expected {login} among the people of the demo")
    return found
