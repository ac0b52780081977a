"""Which part of the machinery stood still, and when: looked at every few seconds, kept as spans."""

from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Greatest

from borderwatch import clock, outbox
from borderwatch.models import Heartbeat
from incidents.choices_answers import LateCause
from incidents.models import Outage

# A heartbeat older than so many seconds is a standstill; the worker beats every 30 s, the sweeper every 2 s.
TOO_OLD_S = {LateCause.WORKER: ("worker", 90), LateCause.SWEEPER: ("sweeper", 30)}
# The recorder's own beat: when it is older at the next look, the whole site stood still meanwhile.
SELF = "recorder watch"
SELF_TOO_OLD_S = 90


def watch() -> dict[str, bool]:
    """One look at broker, worker and sweeper; opens and ends outages. Says of each part whether it works."""
    now = clock.now()
    beats = dict(Heartbeat.objects.values_list("name", "at"))
    broker = _broker_answers()
    works: dict[str, bool] = {LateCause.BROKER: broker}
    began: dict[str, datetime] = {LateCause.BROKER: now}
    for part, (name, seconds) in TOO_OLD_S.items():
        at = beats.get(name)
        works[part] = at is None or now - at <= timedelta(seconds=seconds)
        began[part] = at or now
    # Without a broker no worker can have a heartbeat: that is the broker's outage, not his.
    works[LateCause.WORKER] = works[LateCause.WORKER] or not broker
    last = beats.get(SELF)
    with transaction.atomic():
        if last is not None and now - last > timedelta(seconds=SELF_TOO_OLD_S):
            Outage.objects.create(part=LateCause.DATABASE, began_at=last, ended_at=now)
        for name_of_part, fit in works.items():
            _note(name_of_part, fit, began[name_of_part], now)
        outbox.beat(SELF)
    return works


def _note(part: str, fit: bool, began: datetime, now: datetime) -> None:
    running = Outage.objects.filter(part=part, ended_at__isnull=True)
    if fit:
        running.update(ended_at=Greatest("began_at", now))
    elif not running.exists():
        Outage.objects.create(part=part, began_at=began)


def _broker_answers() -> bool:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()
