"""Input and output of the discussion API; it shows what the pages show."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from discussion.moderation import post_reports
from discussion.posts import post_store
from discussion.threads import view_model

STATES = (
    view_model.STANDS,
    view_model.DELETED,
    view_model.UNDO,
    view_model.HIDDEN,
    view_model.LEFT,
)
GROUP_HELP = "name of the only group that can read it, with the teachers"
DELETED_HELP = "that group was deleted: only the teachers can read it"


class MemberShape(serializers.Serializer[Any]):
    """A member; the name is empty once the account is gone."""

    name = serializers.CharField(allow_blank=True)
    simulated = serializers.BooleanField()
    teacher = serializers.BooleanField()


class ThreadLine(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField(allow_blank=True)
    who = MemberShape()
    at = serializers.DateTimeField()
    latest_at = serializers.DateTimeField()
    replies = serializers.IntegerField()
    new = serializers.IntegerField(help_text="posts of others since one looked at its page")
    excerpt = serializers.CharField(allow_blank=True)
    time_s = serializers.FloatField(
        source="moment", allow_null=True, help_text="second of the video, or null"
    )
    pinned = serializers.BooleanField()
    locked = serializers.BooleanField()
    answered = serializers.BooleanField()
    group = serializers.CharField(source="audience.group", allow_blank=True, help_text=GROUP_HELP)
    group_deleted = serializers.BooleanField(source="audience.deleted", help_text=DELETED_HELP)


class ThreadPage(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ThreadLine(many=True)


class PostShape(serializers.Serializer[Any]):
    """One post. `state`: whether it is visible. Only Teachers and its author get the text of a
    hidden one."""

    id = serializers.UUIDField()
    who = MemberShape()
    at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(STATES)
    html = serializers.CharField(allow_blank=True)
    why = serializers.CharField(allow_blank=True, help_text="why a Teacher hid it")
    opens = serializers.BooleanField(help_text="the first post of its thread")
    own = serializers.BooleanField()
    accepted = serializers.BooleanField()
    helpful = serializers.IntegerField()
    can_accept = serializers.BooleanField()


class ThreadDetail(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField(allow_blank=True)
    who = MemberShape()
    time_s = serializers.FloatField(source="moment", allow_null=True)
    pinned = serializers.BooleanField()
    locked = serializers.BooleanField()
    group = serializers.CharField(source="audience.group", allow_blank=True, help_text=GROUP_HELP)
    group_deleted = serializers.BooleanField(source="audience.deleted", help_text=DELETED_HELP)
    posts = PostShape(many=True)


class NewThread(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="made by the client; the same again is the same thread")
    title = serializers.CharField(max_length=post_store.LONGEST_TITLE)
    text = serializers.CharField(max_length=post_store.LONGEST_TEXT, trim_whitespace=False)
    moment = serializers.CharField(
        max_length=10, default="", allow_blank=True, help_text="of the video, such as 1:32"
    )
    group = serializers.CharField(
        max_length=36,
        default="",
        allow_blank=True,
        help_text="code of the only group that can read it; empty for everyone",
    )


class NewReply(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="made by the client; the same again is the same post")
    text = serializers.CharField(max_length=post_store.LONGEST_TEXT, trim_whitespace=False)


class NewReport(serializers.Serializer[Any]):
    why = serializers.CharField(max_length=post_reports.LONGEST_REASON)


class ThreadListQuery(serializers.Serializer[Any]):
    """Filter and page number of a list of threads."""

    show = serializers.ChoiceField(("all", "unanswered", "mine"), default="all")
    page = serializers.IntegerField(min_value=1, max_value=99_999, default=1)
