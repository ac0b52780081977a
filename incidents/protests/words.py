"""The verbs of protests in words, for the record."""

from django.utils.translation import gettext_lazy as _

from borderwatch import verbs

verbs.register(
    {
        "draft_protest": _("Protest drafted"),
        "edit_protest": _("Draft of a protest changed"),
        "submit_protest": _("Submitted to the legal check"),
        "pass_legal_check": _("Legal check passed"),
        "send_protest_back": _("Protest sent back to the drafter"),
        "sign_protest": _("Protest signed"),
        "send_protest": _("Protest sent"),
        "file_reply": _("Reply to a protest filed"),
        "close_protest": _("Protest closed"),
        "renew_protest": _("Protest renewed"),
        "abandon_protest": _("Protest abandoned"),
        "add_protest_evidence": _("Evidence added to a protest"),
        "remove_protest_evidence": _("Evidence taken off a protest"),
        "make_bundle": _("Evidence bundle made"),
    }
)
