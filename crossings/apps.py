"""Crossings: the gates of the border. The register with its legal life grows here."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrossingsConfig(AppConfig):
    name = "crossings"
    verbose_name = _("Crossings")
