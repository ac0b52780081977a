"""Incidents: file → attribute → tell → acknowledge."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IncidentsConfig(AppConfig):
    name = "incidents"
    verbose_name = _("Incidents")

    def ready(self) -> None:
        """Add this app's rows to the kernel's tables of topics, verbs, layers and jobs."""
        from incidents import notices, notices_cases, verb_words, whatif  # noqa: F401
