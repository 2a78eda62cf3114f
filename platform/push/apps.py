"""The push app: the channel layer and its hints; no tables."""

from __future__ import annotations

from django.apps import AppConfig


class PushConfig(AppConfig):
    name = "push"
