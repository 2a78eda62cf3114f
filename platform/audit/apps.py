"""The audit app: leaves, positions and signed tree heads."""

from __future__ import annotations

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"
