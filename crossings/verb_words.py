"""The verbs of crossings in words."""

from django.utils.translation import gettext_lazy as _

from borderwatch import verbs

verbs.register(
    {
        "classify_crossing": _("Category set"),
        "set_crossing_status": _("Status set"),
    }
)
