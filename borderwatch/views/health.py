"""Is it working: for load balancers and for a person in doubt. Says nothing about incidents."""

import re
from datetime import datetime
from functools import cache
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Min
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from borderwatch import clock
from borderwatch.models import Delivery, Heartbeat

# The sweeper makes every notice certain; without a round of it for so many seconds we are not healthy.
SWEEP_MAX_AGE_S = 30
REDIS_TIMEOUT_S = 1


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the database answers and the sweeper is at work, else 503.

    Redis away is "degraded" and still 200: filing goes on and the sweeper delivers. Ages are in seconds, null when
    there is nothing to measure.
    """
    facts = {**_database(), "redis": _redis_answers(), "version": version()}
    swept = facts["last_sweep_age_s"]
    fit = facts["database"] and swept is not None and swept < SWEEP_MAX_AGE_S
    status = ("ok" if facts["redis"] else "degraded") if fit else "failing"
    answer = JsonResponse({"status": status, **facts}, status=200 if fit else 503)
    # The answer says it; a probe every few seconds must not fill the log with errors.
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer


def _database() -> dict[str, Any]:
    facts: dict[str, Any] = {
        "database": False,
        "oldest_due_notice_s": None,
        "last_sweep_age_s": None,
        "worker_heartbeat_age_s": None,
        "dead_letters": None,
    }
    try:
        now = clock.now()
        beats = dict(Heartbeat.objects.values_list("name", "at"))
        oldest = Delivery.objects.due().aggregate(at=Min("due_at"))["at"]
        dead = Delivery.objects.filter(state=Delivery.State.DEAD).count()
    except DatabaseError:
        connection.close()
        return facts
    return facts | {
        "database": True,
        "oldest_due_notice_s": _age(oldest, now),
        "last_sweep_age_s": _age(beats.get("sweeper"), now),
        "worker_heartbeat_age_s": _age(beats.get("worker"), now),
        "dead_letters": dead,
    }


def _age(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else round(max(0.0, (now - moment).total_seconds()), 1)


def _redis_answers() -> bool:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S
    )
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()


@cache
def version() -> str:
    """The newest version of the changelog, "0" before the first."""
    path = settings.BASE_DIR / "CHANGELOG.md"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    found = re.search(r"^##\s+\[?v?(\d[\w.]*)", text, re.MULTILINE)
    return found.group(1) if found else "0"
