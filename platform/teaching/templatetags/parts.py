"""A piece of a page as one word of a translated sentence: `{% part as when %}…{% endpart %}`."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_block_tag
def part(content: SafeString) -> SafeString:
    """What stands between, drawn once, to be put wherever a language has it."""
    return content
