"""What a Researcher's page calls the Streams and labels of a task."""

from __future__ import annotations

from collections.abc import Collection

from django import template

from consent.stream_names import name_of
from estimates.label_names import heading_of

register = template.Library()
register.filter("stream_name", name_of)
register.filter("label_name", heading_of)


@register.filter
def stream_names(streams: Collection[str]) -> str:
    return ", ".join(map(name_of, streams))
