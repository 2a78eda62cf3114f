"""The vault app. It has no tables: its keys are stored outside the database."""

from __future__ import annotations

from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "vault"
