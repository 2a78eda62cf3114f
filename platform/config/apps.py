"""Registers the check of database rights."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        # The check walks the holdings, which are complete only when every model is loaded.
        from config.checks import check_rights

        checks.register(check_rights, checks.Tags.database)
