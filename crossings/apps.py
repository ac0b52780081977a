"""Crossings: the gates of the border, from finding and closing to proposing, and what passes them."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrossingsConfig(AppConfig):
    name = "crossings"
    verbose_name = _("Crossings")

    def ready(self) -> None:
        """Add this app's rows to the kernel's tables of topics, verbs and jobs, and the panels of a crossing's page."""
        from crossings import (
            assessment_panel,  # noqa: F401
            closure_panel,  # noqa: F401
            notices_closures,  # noqa: F401
            notices_proposals,  # noqa: F401
            notices_traffic,  # noqa: F401
            proposal_panel,  # noqa: F401
            rules,  # noqa: F401
            rules_traffic,  # noqa: F401
            traffic_causes,  # noqa: F401
            traffic_panel,  # noqa: F401
            verb_words,  # noqa: F401
        )
        from crossings.traffic_files import job  # noqa: F401
