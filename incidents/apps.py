"""Incidents: file → attribute → tell → acknowledge."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IncidentsConfig(AppConfig):
    name = "incidents"
    verbose_name = _("Incidents")

    def ready(self) -> None:
        """Add this app's rows to the kernel's tables of topics, verbs, layers and jobs, and to a crossing's page."""
        from incidents import (  # noqa: F401
            near_crossings,
            notices,
            notices_cases,
            notices_checkpoints,
            verb_words,
            whatif,
        )
