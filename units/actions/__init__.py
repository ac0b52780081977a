"""Verbs of the register: units, heads, sectors, people. Each is one transaction and leaves a line in the audit.

`actor=None` is the system itself (first installation); a person needs `manage_register` on the unit concerned.
"""

from units.actions.changes import abandon_change, apply_change, compare_anew, propose_file, propose_sector, take_reading
from units.actions.command import add_endpoint, draw_sector, end_sector, retire_endpoint
from units.actions.defects import raise_register_defect
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
    "add_track",
    "apply_change",
    "appoint_head",
    "call_off_leave",
    "call_off_patrol",
    "choose_language",
    "compare_anew",
    "correct_tenure",
    "create_unit",
    "create_user",
    "demand_above",
    "draw_outlines",
    "draw_section_line",
    "draw_sector",
    "draw_unresolved_area",
    "end_leave",
    "end_outlines",
    "end_posting",
    "end_sector",
    "end_target",
    "end_tenure",
    "end_unresolved_area",
    "finish_patrol",
    "grant_leave",
    "mark_missed",
    "move_unit",
    "plan_patrol",
    "post_person",
    "propose_file",
    "propose_sector",
    "raise_register_defect",
    "record_patrol",
    "retire_endpoint",
    "role_at",
    "set_target",
    "settle_memberships",
    "start_patrol",
    "take_reading",
    "update_unit",
    "withdraw_tenure",
)
