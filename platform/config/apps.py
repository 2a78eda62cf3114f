"""Registers system checks for database and deployment, and installs the pseudo-locales."""

from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

from config.i18n import pseudo_locale


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        # The check iterates over the holdings, which are complete only when every model is loaded.
        from config.checks.database_checks import check_left_over, check_rights
        from config.checks.deployment_checks import check_deployment, check_key_standby

        pseudo_locale.install(list(settings.PSEUDO_LANGUAGES))
        checks.register(check_rights, checks.Tags.database)
        checks.register(check_left_over, checks.Tags.database)
        checks.register(check_deployment, checks.Tags.security, deploy=True)
        checks.register(check_key_standby, checks.Tags.security, deploy=True)
