"""Replay the past in order of time: what people did, and between it every notice handed over when it was due."""

import heapq
import itertools
import random
from collections.abc import Callable
from datetime import datetime, timedelta

from borderwatch import clock, outbox
from borderwatch.models import Delivery

Act = Callable[[], object]


class Replay:
    """A queue of moments. `plan` adds what happens at one; `run` lets them come, and the notices with them."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._plan: list[tuple[datetime, int, Act]] = []
        self._serial = itertools.count()
        self.handed_over = 0

    def plan(self, moment: datetime, act: Act) -> None:
        """Let `act` happen at a moment; acts may plan further ones."""
        heapq.heappush(self._plan, (moment, next(self._serial), act))

    def run(self, until: datetime) -> int:
        """Everything up to `until`; what was planned for later never happens. Returns how many acts were done."""
        done = 0
        while self._plan and self._plan[0][0] <= until:
            moment, _serial, act = heapq.heappop(self._plan)
            self.hand_over(moment)
            with clock.replaying(moment):
                act()
            done += 1
        self.hand_over(until)
        return done

    def hand_over(self, until: datetime) -> None:
        """Every notice due by then, each a moment after its time, by the real transports."""
        waiting = Delivery.objects.filter(state=Delivery.State.PENDING, due_at__lte=until)
        while found := waiting.order_by("due_at", "id").values_list("id", "due_at").first():
            identity, due = found
            moment = min(due + timedelta(seconds=self._chance.uniform(0.3, 2.5)), max(due, until))
            with clock.replaying(moment):
                outcome = outbox.deliver(str(identity), by="demo")
            if outcome in {"not due", "fenced"}:
                raise RuntimeError(f"notice {identity} cannot be handed over: {outcome}")
            self.handed_over += 1
