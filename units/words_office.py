"""The verbs of working time, stand-ins and reach in words."""

from django.utils.translation import gettext_lazy as _

from borderwatch import verbs

verbs.register(
    {
        "set_working_hours": _("Working hours set"),
        "end_working_hours": _("Own working hours ended"),
        "add_special_day": _("Special day entered"),
        "remove_special_day": _("Special day taken back"),
        "grant_delegation": _("Stand-in named"),
        "end_delegation": _("Stand-in's time ended"),
        "set_reach": _("Wishes about notices changed"),
        "set_destination": _("Message destination set"),
    }
)
