"""The verbs of the register and of patrols in words."""

from django.utils.translation import gettext_lazy as _

from borderwatch import verbs

verbs.register(
    {
        "create_unit": _("Unit added"),
        "update_unit": _("Names of the unit changed"),
        "move_unit": _("Unit moved under another"),
        "appoint_head": _("Head appointed"),
        "end_tenure": _("Tenure ended"),
        "correct_tenure": _("Dates of the tenure put right"),
        "withdraw_tenure": _("Tenure taken back"),
        "grant_leave": _("Leave granted"),
        "end_leave": _("Back from leave"),
        "call_off_leave": _("Leave called off"),
        "create_user": _("Account made"),
        "choose_language": _("Language chosen"),
        "post_person": _("Person posted"),
        "end_posting": _("Posting ended"),
        "draw_sector": _("Sector drawn"),
        "end_sector": _("Sector ended"),
        "draw_outlines": _("Outlines drawn"),
        "end_outlines": _("Outlines ended"),
        "draw_section_line": _("Line of a border section drawn"),
        "draw_unresolved_area": _("Unresolved area drawn"),
        "end_unresolved_area": _("Unresolved area ended"),
        "propose_change": _("Change proposed"),
        "take_reading": _("File read"),
        "compare_anew": _("Compared with the register again"),
        "apply_change": _("Change applied"),
        "abandon_change": _("Change abandoned"),
        "add_endpoint": _("Address added"),
        "retire_endpoint": _("Address taken out of use"),
        "raise_register_defect": _("Fault of the register raised"),
        "set_target": _("Target of patrols set"),
        "end_target": _("Target of patrols ended"),
        "plan_patrol": _("Patrol planned"),
        "record_patrol": _("Patrol recorded"),
        "start_patrol": _("Set out"),
        "finish_patrol": _("Came back"),
        "call_off_patrol": _("Patrol called off"),
        "mark_missed": _("Did not set out"),
        "add_track": _("Track added"),
        "add_observation": _("Observation added"),
    }
)
