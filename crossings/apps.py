"""Crossings: the gates of the border, from finding and closing to proposing, and what passes them."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrossingsConfig(AppConfig):
    name = "crossings"
    verbose_name = _("Crossings")

    def ready(self) -> None:
        """Add this app's rows to the kernel's tables of topics, verbs and jobs, and the panels of a crossing's page."""
        from crossings import verb_words  # noqa: F401
