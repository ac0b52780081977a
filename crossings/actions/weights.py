"""The published weights of the score: dated sets, one in force at a time (duty D3)."""

import math
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from borderwatch import audit, clock
from crossings import deciders, periods, scoring
from crossings.models import Weights
from units.actions.patrols import MAX_TEXT
from units.models import User

MOST = 1000
FARTHEST = timedelta(days=3 * 366)


@transaction.atomic
def publish_weights(
    *, actor: User, name: str, values: Mapping[str, float], since: datetime, reason: str
) -> Weights:  # fmt: skip
    """Publish how much each criterion counts from a moment on; the set before it ends there.

    A criterion that is not named has no weight. Yesterday's scores are not rewritten: `since` lies not before today
    (Phnom Penh) and after the beginning of every other set. For the ministry above the provinces. Raises
    PermissionDenied and ValidationError by field; a weight's field is the criterion's slug.
    """
    deciders.demand_national(actor, "weigh_assessments")
    now = clock.now()
    # Two publishers wait for each other here; were the register empty, the database's own rule would refuse one.
    sets = list(Weights.objects.select_for_update().order_by("-period"))
    if errors := _errors(name, values, reason) | _since_errors(since, now, sets):
        raise ValidationError(errors)
    full = {slug: _number(values.get(slug, 0)) for slug in scoring.SLUGS}
    row = Weights(name=name.strip(), values=full, reason=reason.strip(), published_by=actor, published_at=now)
    before = periods.lay(Weights.objects.all(), [row], since, None)
    audit.record(
        actor=actor,
        verb="publish_weights",
        target=row,
        before={"ended": [{"name": old.name, "values": old.values} for old in before]},
        after={"name": row.name, "values": full, **periods.stretch(row)},
        reason=row.reason,
        at=now,
    )
    return row


def value_errors(values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with weights, by criterion; "values" for the set as a whole."""
    errors: dict[str, str] = {}
    for slug, value in values.items():
        if slug not in scoring.SLUGS:
            errors["values"] = _("There is no criterion “%(slug)s”.") % {"slug": slug}
        elif isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            errors[slug] = _("A weight is a number.")
        elif value < 0:
            errors[slug] = _("A weight is not below zero.")
        elif value > MOST:
            errors[slug] = _("A weight is at most %(n)s.") % {"n": MOST}
    if not errors and sum(values.values()) <= 0:
        errors["values"] = _("At least one criterion needs a weight above zero.")
    return errors


def _errors(name: str, values: Mapping[str, Any], reason: str) -> dict[str, str]:
    errors = value_errors(values)
    if not name.strip():
        errors["name"] = _("Give the set a name.")
    elif len(name) > 200:
        errors["name"] = _("This is too long.")
    if not reason.strip():
        errors["reason"] = _("Give the reason; it stays on record.")
    elif len(reason) > MAX_TEXT:
        errors["reason"] = _("This is too long.")
    return errors


def _since_errors(since: datetime, now: datetime, sets: list[Weights]) -> dict[str, str]:
    midnight = datetime.combine(timezone.localtime(now).date(), time(), timezone.get_current_timezone())
    if since < midnight:
        return {"since": _("Weights hold from today on at the earliest: scores of the past are not rewritten.")}
    if since > now + FARTHEST:
        return {"since": _("This is more than three years ahead. Check the year.")}
    latest = max((one.since for one in sets if one.since), default=None)
    if latest is not None and since <= latest:
        day = f"{timezone.localtime(latest):%d/%m/%Y}"
        return {"since": _("A set begins on %(day)s already: choose a later day.") % {"day": day}}
    return {}


def _number(value: float) -> float:
    """A whole number without its useless fraction."""
    return int(value) if float(value).is_integer() else float(value)
