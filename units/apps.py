"""The ground: territory, units, commanders and people."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UnitsConfig(AppConfig):
    name = "units"
    verbose_name = _("Units and territory")

    def ready(self) -> None:
        """Add this app's rows to the kernel's tables of topics, verbs and jobs."""
        from borderwatch import reaching
        from units import notices, notices_endpoints, notices_office, verb_words, words_office  # noqa: F401
        from units.directory import Directory
        from units.importing import job  # noqa: F401

        reaching.use(Directory())
