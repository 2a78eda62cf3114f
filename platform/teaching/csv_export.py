"""A table of a Teacher's page as a file.

Programs read it too, so it is in the language of the source, whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

View = Callable[..., HttpResponse]


def files_in_source(view: View) -> View:
    """A view that answers `?as=csv` with a file: all its words are the source's then."""

    @wraps(view)
    def seen(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("as") != "csv":
            return view(request, *args, **kwargs)
        with translation.override(settings.LANGUAGE_CODE):
            return view(request, *args, **kwargs)

    return seen
