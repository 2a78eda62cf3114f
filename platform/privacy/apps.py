"""Erasure, retention and export of personal data."""

from __future__ import annotations

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "privacy"

    def ready(self) -> None:
        from privacy import third_party_tables

        third_party_tables.declare()
