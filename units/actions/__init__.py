"""Verbs of the register: units, heads, sectors, people. Each is one transaction and leaves a line in the audit.

`actor=None` is the system itself (first installation); a person needs `manage_register` on the unit concerned.
"""

from units.actions.calendar import add_special_day, end_working_hours, remove_special_day, set_working_hours
from units.actions.changes import abandon_change, apply_change, compare_anew, propose_file, propose_sector, take_reading
from units.actions.command import draw_sector, end_sector
from units.actions.defects import raise_register_defect
from units.actions.delegation import end_delegation, grant_delegation
from units.actions.endpoint_secrets import (
    begin_secret_change,
    cancel_secret_change,
    end_secret_change,
    try_endpoint,
)
from units.actions.endpoints import (
    add_endpoint,
    ask_endpoint,
    confirm_endpoint,
    reject_endpoint,
    retire_endpoint,
)
from units.actions.heads import appoint_head, correct_tenure, end_tenure, withdraw_tenure
from units.actions.leave import call_off_leave, end_leave, grant_leave
from units.actions.patrols import (
    Clash,
    Planned,
    call_off_patrol,
    finish_patrol,
    mark_missed,
    plan_patrol,
    record_patrol,
    start_patrol,
)
from units.actions.people import (
    choose_language,
    create_user,
    end_posting,
    post_person,
    role_at,
    settle_memberships,
)
from units.actions.reach import send_digests, set_destination, set_reach
from units.actions.targets import demand_above, end_target, set_target
from units.actions.territory import (
    Outline,
    draw_outlines,
    draw_section_line,
    draw_unresolved_area,
    end_outlines,
    end_unresolved_area,
)
from units.actions.tracks import Added, add_observation, add_track
from units.actions.tree import create_unit, move_unit, update_unit

__all__ = (
    "Added",
    "Clash",
    "Outline",
    "Planned",
    "abandon_change",
    "add_endpoint",
    "add_observation",
    "add_special_day",
    "add_track",
    "apply_change",
    "appoint_head",
    "ask_endpoint",
    "begin_secret_change",
    "call_off_leave",
    "call_off_patrol",
    "cancel_secret_change",
    "choose_language",
    "compare_anew",
    "confirm_endpoint",
    "correct_tenure",
    "create_unit",
    "create_user",
    "demand_above",
    "draw_outlines",
    "draw_section_line",
    "draw_sector",
    "draw_unresolved_area",
    "end_delegation",
    "end_leave",
    "end_outlines",
    "end_posting",
    "end_secret_change",
    "end_sector",
    "end_target",
    "end_tenure",
    "end_unresolved_area",
    "end_working_hours",
    "finish_patrol",
    "grant_delegation",
    "grant_leave",
    "mark_missed",
    "move_unit",
    "plan_patrol",
    "post_person",
    "propose_file",
    "propose_sector",
    "raise_register_defect",
    "record_patrol",
    "reject_endpoint",
    "remove_special_day",
    "retire_endpoint",
    "role_at",
    "send_digests",
    "set_destination",
    "set_reach",
    "set_target",
    "set_working_hours",
    "settle_memberships",
    "start_patrol",
    "take_reading",
    "try_endpoint",
    "update_unit",
    "withdraw_tenure",
)
