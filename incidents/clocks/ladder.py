"""The ladder of a duty: each step a planned notice with its time, written beforehand.

Times of steps are counting minutes of the duty's own clock since it last began anew, so a pause shifts what is left
of the ladder and nothing that was told is told again.
"""

from collections.abc import Iterator
from datetime import datetime

from borderwatch.outbox import Notice, Recipient
from incidents import notices
from incidents.models import Duty, Incident
from incidents.policies import Rung, Terms
from units.calendar import Calendar
from units.choices import DeskLevel
from units.models import Unit
from units.recipients import Book


class Ladder:
    """The steps of one duty by its frozen policy. `above` is who stands over the institution, if anybody."""

    def __init__(self, duty: Duty, incident: Incident, terms: Terms, above: Unit | None) -> None:
        self._duty, self._incident, self._terms, self._above = duty, incident, terms, above

    @classmethod
    def of(cls, duty: Duty, incident: Incident) -> "Ladder":
        """The ladder of a duty that stands already."""
        terms = Terms.of(duty.escalation.frozen_policy)
        return cls(duty, incident, terms, terms.above(duty.unit))

    @property
    def told(self) -> list[Unit]:
        """The units whose people its steps reach."""
        return [self._duty.unit, *([self._above] if self._above is not None else [])]

    def begin(self, book: Book, *, calendar: Calendar, at: datetime, again: int = 0) -> list[Notice]:
        """All steps, from the beginning; `again` is how many times it began before."""
        return list(self._steps(self._terms.rungs, book, calendar, at, 0.0, again))

    def go_on(self, book: Book, *, calendar: Calendar, at: datetime, lap: float, again: int, part: int) -> list[Notice]:
        """The steps that `lap` counting minutes had not reached yet; `part` tells this writing from earlier ones."""
        left = [rung for rung in self._terms.rungs if rung.after_min > lap]
        return list(self._steps(left, book, calendar, at, lap, again, part))

    def _steps(
        self,
        rungs: "tuple[Rung, ...] | list[Rung]",
        book: Book,
        calendar: Calendar,
        at: datetime,
        lap: float,
        again: int,
        part: int = 0,
    ) -> Iterator[Notice]:
        facts = notices.duty_facts(self._duty, self._incident)
        for rung in rungs:
            step = {"number": rung.number, "level": rung.level, "after_min": rung.after_min}
            if rung.level == DeskLevel.ABOVE and self._above is not None:
                step["of"] = notices.unit_facts(self._above)
            yield Notice(
                topic=_topic(rung, again),
                event=_event(self._duty, rung, again, part),
                kind="incident",
                key=self._incident.ref,
                recipients=self._recipients(rung, book),
                data={**facts, "step": step},
                at=calendar.add(at, rung.after_min - lap),
                bundle=self._duty.bundle,
            )

    def _recipients(self, rung: Rung, book: Book) -> list[Recipient]:
        if rung.level != DeskLevel.ABOVE:
            return book.desk(self._duty.unit, rung.level)
        # Nobody above: the step falls away, and the page of the duty says so.
        return book.desk(self._above) if self._above is not None else []


def _topic(rung: Rung, again: int) -> str:
    if rung.number == 0:
        return "duty_again" if again else "duty_opened"
    return "duty_above" if rung.level == DeskLevel.ABOVE else "duty_reminder"


def _event(duty: Duty, rung: Rung, again: int, part: int) -> str:
    """The first writing of the first round keeps its plain name, by which the flight recorder looks for it."""
    if not again and not part:
        return f"duty:{duty.pk}:step:{rung.number}"
    return f"duty:{duty.pk}:round:{again}.{part}:step:{rung.number}"
