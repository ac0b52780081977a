"""Write one line of the record, in the verb's own transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import structlog
from django.db import transaction

from borderwatch import clock
from borderwatch.models import AuditEntry


class Actor(Protocol):
    """Whoever does a verb: a user. The system itself acts as None."""

    pk: Any

    @property
    def record_name(self) -> str: ...


class Target(Protocol):
    """What a verb is done to: says its own kind, stable key and label."""

    @property
    def audit_kind(self) -> str: ...
    @property
    def audit_key(self) -> str: ...
    def __str__(self) -> str: ...


def record(
    *,
    actor: Actor | None,
    verb: str,
    target: Target,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    at: datetime | None = None,
) -> AuditEntry:
    """Insert the audit entry of a verb; names are frozen, values must be JSON; `at` saves asking the clock again.

    Raises RuntimeError outside a transaction: a record without its fact, or a fact without its record, is a lie.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("audit.record belongs inside the verb's transaction")
    request = structlog.contextvars.get_contextvars().get("request_id", "")
    return AuditEntry.objects.create(
        at=at or clock.now(),
        actor_id=actor.pk if actor else None,
        actor_name=actor.record_name[:200] if actor else "BorderWatch",
        verb=verb,
        kind=target.audit_kind,
        key=target.audit_key,
        label=str(target)[:200],
        before=dict(before or {}),
        after=dict(after or {}),
        reason=reason,
        request_id=str(request)[:64],
    )
