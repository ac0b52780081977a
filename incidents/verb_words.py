"""The verbs of incidents, contests and cases in words; those of administrators and of notices too."""

from django.utils.translation import gettext_lazy as _

from borderwatch import verbs

verbs.register(
    {
        "file_incident": _("Incident filed"),
        "keep_conflicting_copy": _("Conflicting copy kept"),
        "settle_conflicting_copy": _("Conflicting copy settled"),
        "verify_incident": _("Incident verified"),
        "escalate": _("Escalated to institutions"),
        "open_duty": _("Duty opened"),
        "acknowledge": _("Institution answered"),
        "close_incident": _("Incident closed"),
        "reopen_incident": _("Incident reopened"),
        "reattribute": _("Ruled who answers"),
        "contest_attribution": _("Attribution contested"),
        "state_in_contest": _("Unit heard in a contest"),
        "withdraw_contest": _("Contest withdrawn"),
        "rule_contest": _("Contest ruled on"),
        "report_observation": _("Observation reported"),
        "open_case": _("Case opened"),
        "notify_head": _("Head notified"),
        "explain": _("Head explained"),
        "take_to_review": _("Review begun"),
        "rule_case": _("Case ruled on"),
        "appeal": _("Appeal made"),
        "decide_appeal": _("Appeal decided"),
        "close_case": _("Case closed"),
        "withdraw_case": _("Case withdrawn"),
        "lapse_case": _("Case ended by a ruling"),
        "recognise_checkpoint": _("Unauthorised checkpoint recognised"),
        "recognise_again": _("Checkpoint recognised again"),
        "describe_checkpoint": _("Checkpoint described"),
        "order_removal": _("Removal ordered"),
        "report_removal": _("Removal reported"),
        "confirm_removal": _("Removal confirmed"),
        "deny_removal": _("Removal denied"),
        "not_a_checkpoint": _("Held to be no unauthorised checkpoint"),
        "edit_policy_ladder": _("Steps of a policy edited"),
        "edit_reference": _("Reference data edited"),
        "add_reference": _("Reference data added"),
        "replay_notice": _("Notice sent again"),
        "open_notice": _("Notice opened"),
    }
)
