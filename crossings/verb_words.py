"""The verbs of crossings in words."""

from django.utils.translation import gettext_lazy as _

from borderwatch import verbs

verbs.register(
    {
        "register_crossing": _("Crossing entered"),
        "describe_crossing": _("Description changed"),
        "classify_crossing": _("Category set"),
        "set_crossing_status": _("Status set"),
        "start_assessment": _("Assessment begun"),
        "save_step": _("Step of the assessment saved"),
        "complete_assessment": _("Assessment completed"),
        "abandon_assessment": _("Assessment abandoned"),
        "publish_weights": _("Weights published"),
        "enter_traffic": _("Traffic entered"),
        "correct_traffic": _("Traffic corrected"),
        "upload_traffic": _("File of traffic sent"),
        "apply_traffic_import": _("File of traffic entered"),
        "abandon_traffic_import": _("File of traffic abandoned"),
        "find_outliers": _("Unusual days found"),
        "judge_outlier": _("Unusual day judged"),
        "draft_closure": _("Closure order drafted"),
        "change_closure_draft": _("Draft of the closure order changed"),
        "issue_closure": _("Closure order issued"),
        "withdraw_closure": _("Draft of the closure order withdrawn"),
        "report_carried_out": _("Reported as carried out"),
        "verify_closure": _("Closing verified"),
        "send_back_closure": _("Closing sent back"),
        "follow_up_closure": _("Later look entered"),
        "flag_reopening": _("Sign of reopening found"),
        "confirm_reopening": _("Reopening confirmed"),
        "dismiss_sign": _("Sign of reopening dismissed"),
        "lift_closure": _("Closure order lifted"),
        "start_proposal": _("Proposal begun"),
        "save_draft": _("Draft of a proposal saved"),
        "submit_proposal": _("Proposal handed in"),
        "take_position": _("Position taken"),
        "return_proposal": _("Returned for correction"),
        "recommend_proposal": _("Recommended to the government"),
        "take_back_recommendation": _("Recommendation taken back"),
        "approve_proposal": _("Approved by the government"),
        "refuse_proposal": _("Proposal refused"),
        "withdraw_proposal": _("Proposal withdrawn"),
        "report_condition_met": _("Condition reported as met"),
        "confirm_condition": _("Condition confirmed"),
        "deny_condition": _("Condition not met"),
        "waive_condition": _("Condition waived"),
    }
)
