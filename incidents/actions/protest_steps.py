"""How every step of a protest is written: number, state, record, audit, telling. No verb by itself."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from borderwatch import audit, clock, outbox
from incidents.choices_answers import ProtestState
from incidents.models import Protest, ProtestStep
from incidents.protests import notices, workflow
from units import policy
from units.models import User


def locked(protest: Protest, by: User, verb: str) -> Protest:
    """The protest under its row lock, for somebody of the office who may see it. Raises PermissionDenied."""
    row: Protest = (
        Protest.objects.select_for_update(of=("self",))
        .select_related("incident__province", "incident__district", "incident__responsible_unit")
        .select_related("office", "counterpart")
        .get(pk=protest.pk)
    )
    policy.demand(by, workflow.ASKS[verb], [row.office_id])
    if not Protest.objects.visible_to(by).filter(pk=row.pk).exists():
        raise PermissionDenied
    return row


def advance(
    protest: Protest,
    verb: str,
    by: User,
    *,
    text: str = "",
    fields: Mapping[str, Any] | None = None,
    more: Mapping[str, Any] | None = None,
) -> ProtestStep:
    """Move a locked protest by one step: set `fields`, write the step, cancel what was planned, tell.

    `more` goes into the record beside the fields. Raises workflow.Refused when the state does not allow it.
    """
    before = protest.state
    protest.state = workflow.move(verb, before)
    now = clock.now()
    values = dict(fields or {})
    if protest.state in workflow.ENDED:
        values["ended_at"] = now
    was = {name: plain(getattr(protest, name)) for name in values}
    for name, value in values.items():
        setattr(protest, name, value)
    protest.save(update_fields=["state", *values])
    after = {name: plain(value) for name, value in values.items() if name != "ended_at"} | dict(more or {})
    step = write(protest, verb, by, before, now, text, after)
    audit.record(
        actor=by,
        verb=verb,
        target=protest,
        before={"state": before, **was},
        after={"state": protest.state, **after},
        reason=text,
        at=now,
    )
    if before == ProtestState.SENT:
        outbox.cancel(protest.bundle, reason=f"step {step.number}: {verb}")
    outbox.publish(*notices.told(protest, step))
    return step


def write(
    protest: Protest, verb: str, by: User, before: str, at: datetime, text: str, facts: Mapping[str, Any]
) -> ProtestStep:
    """One row of the dossier's record."""
    return ProtestStep.objects.create(
        protest=protest,
        number=protest.steps.count() + 1,
        verb=verb,
        before=before,
        after=protest.state,
        text=text,
        facts=dict(facts),
        by=by,
        by_name=by.record_name[:200],
        at=at,
    )


def plain(value: Any) -> Any:
    """A value as JSON."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if hasattr(value, "audit_key"):
        return value.audit_key
    return str(value) if hasattr(value, "pk") else value


def need(text: str, field: str = "reason") -> str:
    """The text, trimmed; ValidationError at the field when there is none."""
    if not text.strip():
        raise ValidationError({field: _("Write it down; it stays on record.")})
    return text.strip()
