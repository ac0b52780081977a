"""The verbs of letters in words, for the histories people read."""

from django.utils.translation import gettext_lazy as _

from borderwatch import verbs

verbs.register(
    {
        "draft_letter": _("Letter drafted"),
        "edit_letter": _("Draft changed"),
        "discard_letter": _("Draft discarded"),
        "number_letter": _("Number given"),
        "sign_letter": _("Letter signed"),
        "send_letter": _("Letter sent"),
        "void_letter": _("Letter made void"),
        "receive_letter": _("Letter entered as received"),
        "edit_letter_template": _("Template of letters changed"),
    }
)
