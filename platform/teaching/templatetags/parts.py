"""Template tag for a part of a translated sentence: `{% part as when %}…{% endpart %}`."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_block_tag
def part(content: SafeString) -> SafeString:
    """Return the rendered content, to be inserted wherever a language needs it."""
    return content
