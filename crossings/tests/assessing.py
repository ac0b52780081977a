"""Assessments for tests, made by the verbs."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from crossings import actions
from crossings.models import Assessment, Crossing
from units.models import Unit, User


def content(**changes: Any) -> dict[str, dict[str, Any]]:
    """Everything a complete assessment says, by step; name the fields that differ."""
    by_step: dict[str, dict[str, Any]] = {
        "visit": {
            "visited_on": timezone.localdate() - timedelta(days=3),
            "visitors": "មន្ត្រីស្រុក និងប៉ុស្តិ៍",
            "sources": "មេភូមិ",
        },
        "people": {"population": 2400, "village_count": 3, "villages": "ភូមិ ៣", "households_dependent": 120},
        "trade": {
            "goods": ["cassava"],
            "trade_tonnes": Decimal("1800.5"),
            "trade_value": Decimal(250_000),
            "trade_currency": "USD",
        },
        "revenue": {"revenue": Decimal(0), "revenue_expected": Decimal(30_000), "revenue_currency": "USD"},
        "way": {"road_km": 210.0, "road_state": "laterite"},
        "security": {"security_risk": 1, "security_note": ""},
        "other_side": {"counterpart": "ប៉ុស្តិ៍ភាគីវៀតណាម", "attitude": "favours", "demarcation": "demarcated"},
        "effects": {
            "effects_of_closing": "ប្រជាកសិករបាត់ចំណូល",
            "effects_of_opening": "ចំណូលរដ្ឋកើន",
            "hardship": 3,
            "recommendation": "formalise",
        },
    }
    for name, value in changes.items():
        step = next(step for step, fields in by_step.items() if name in fields)
        by_step[step][name] = value
    return by_step


def draft(actor: User, crossing: Crossing, unit: Unit, *steps: str, **changes: Any) -> Assessment:
    """A draft with the named steps filled in."""
    assessment = actions.start_assessment(
        actor=actor, client_key=uuid.uuid4(), crossing=crossing, unit=unit
    ).assessment  # fmt: skip
    for step, fields in content(**changes).items():
        if step in steps:
            saved = actions.save_step(
                actor=actor, assessment=assessment, step=step, revision=assessment.revision, content=fields
            )
            assessment = saved.assessment
    return assessment


def complete(actor: User, crossing: Crossing, unit: Unit, **changes: Any) -> Assessment:
    """A complete assessment."""
    assessment = draft(actor, crossing, unit, *content(), **changes)
    return actions.complete_assessment(actor=actor, assessment=assessment)
