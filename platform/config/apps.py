"""Registers system checks and a lookup for keys, and installs the pseudo-locales."""

from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.db.models import ForeignKey

from config.db.any_of import AnyOf
from config.i18n import pseudo_locale


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        # The check iterates over the holdings, which are complete only when every model is loaded.
        from config.checks.database_checks import check_left_over, check_rights
        from config.checks.deployment_checks import check_deployment, check_key_standby

        ForeignKey.register_lookup(AnyOf)
        pseudo_locale.install(list(settings.PSEUDO_LANGUAGES))
        checks.register(check_rights, checks.Tags.database)
        checks.register(check_left_over, checks.Tags.database)
        checks.register(check_deployment, checks.Tags.security, deploy=True)
        checks.register(check_key_standby, checks.Tags.security, deploy=True)
