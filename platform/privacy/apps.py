"""Erasure, retention and export of personal data."""

from __future__ import annotations

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "privacy"

    def ready(self) -> None:
        from data_inventory import foreign

        # Tables of third parties, each with the reason why it holds no personal data.
        foreign("contenttypes.ContentType", "names of our own models")
        foreign("auth.Permission", "names of rights that Django makes for each model; unused")
        foreign("auth.Group", "Django's groups; always empty, because roles stand on accounts.User")
        foreign("auth.Group_permissions", "rights of those empty groups")
