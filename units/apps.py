"""The ground: territory, units, commanders and people."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UnitsConfig(AppConfig):
    name = "units"
    verbose_name = _("Units and territory")

    def ready(self) -> None:
        """Add this app's rows to the kernel's tables of topics, verbs and jobs."""
        from units import notices, verb_words  # noqa: F401
        from units.importing import job  # noqa: F401
