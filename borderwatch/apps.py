"""The kernel as an application: audit, outbox, layers."""

from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.core.management import call_command
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def make_cache_table(*, using: str, **kwargs: Any) -> None:
    """The shared cache lives in the database (rate limits of signing in); its table is made with the others."""
    call_command("createcachetable", database=using, verbosity=0)


class BorderwatchConfig(AppConfig):
    name = "borderwatch"
    verbose_name = _("Record and notices")

    def ready(self) -> None:
        """Keep the cache table in step with the migrations; check what a deployment must not start with."""
        from borderwatch import again  # noqa: F401
        from borderwatch.checks import links_are_https, messages_can_be_sent

        checks.register(links_are_https, checks.Tags.security)
        checks.register(messages_can_be_sent)
        post_migrate.connect(make_cache_table, sender=self, dispatch_uid="borderwatch.cache_table")
