"""The recorder's verb in words."""

from django.utils.translation import gettext_lazy as _

from borderwatch import verbs

verbs.register({"settle_finding": _("Finding of the flight recorder settled")})
