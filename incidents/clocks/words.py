"""The verbs about duties and their clocks in words."""

from django.utils.translation import gettext_lazy as _

from borderwatch import verbs

verbs.register(
    {
        "give_information": _("Information given to an institution"),
        "put_off_reminders": _("Reminders put off"),
        "take_back_acknowledgement": _("Acceptance taken back"),
        "recompute_clock": _("Deadline computed anew"),
    }
)
