"""Verbs of the register: units, heads, sectors, people. Each is one transaction and leaves a line in the audit.

`actor=None` is the system itself (first installation); a person needs `manage_register` on the unit concerned.
"""

from units.actions.command import (
    add_endpoint,
    appoint_head,
    create_unit,
    draw_sector,
    end_sector,
    end_tenure,
    retire_endpoint,
)
from units.actions.defects import raise_register_defect
from units.actions.people import (
    choose_language,
    create_user,
    end_posting,
    post_person,
    role_at,
    settle_memberships,
)

__all__ = (
    "add_endpoint",
    "appoint_head",
    "choose_language",
    "create_unit",
    "create_user",
    "draw_sector",
    "end_posting",
    "end_sector",
    "end_tenure",
    "post_person",
    "raise_register_defect",
    "retire_endpoint",
    "role_at",
    "settle_memberships",
)
