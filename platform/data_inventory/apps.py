"""Registers the check, so that nothing starts while a table lacks a declaration."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks


class DataInventoryConfig(AppConfig):
    name = "data_inventory"

    def ready(self) -> None:
        # The check module reads the app registry, which is complete only now.
        from data_inventory.checks import check_holdings

        checks.register(check_holdings, checks.Tags.models)
