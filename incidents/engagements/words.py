"""The verbs of engagements in words."""

from django.utils.translation import gettext_lazy as _

from borderwatch import verbs

verbs.register(
    {
        "log_engagement": _("Engagement logged"),
        "strike_engagement": _("Engagement struck"),
    }
)
