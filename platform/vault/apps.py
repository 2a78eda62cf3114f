"""The vault has no tables: its keys stand outside the database."""

from __future__ import annotations

from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "vault"
