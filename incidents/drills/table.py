"""The frozen report in words for its pages, and as rows for a spreadsheet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from borderwatch.models import Delivery
from incidents.choices import TYPE_LABELS, Answer
from incidents.models import Drill, Incident
from incidents.notices import name
from units.choices import DeskLevel

TOTALS: dict[str, Any] = {
    "incidents": _("Incidents filed"),
    "asked": _("Answers asked for"),
    "answered": _("Answered"),
    "in_time": _("Answered in time"),
    "without_reminder": _("Answered without a reminder"),
    "never": _("Not answered by the end"),
    "median_minutes": _("Minutes to the answer, in the middle"),
}
CSV_HEAD = (
    "drill", "exercise", "incident", "type", "received_at", "institution", "told_at", "handed_over_at",
    "delivered_at", "opened_at", "answered_at", "answer", "answered_by", "minutes", "due_at", "in_time", "steps",
)  # fmt: skip


@dataclass(frozen=True)
class Receipt:
    """One notice: to whom, by which channel, and how far it is known to have come."""

    to: str
    channel: str
    at: datetime
    handed_over_at: datetime | None
    opened_at: datetime | None
    answered: bool
    failed: bool


@dataclass(frozen=True)
class Rung:
    """A step of the ladder that was climbed."""

    level: str
    at: datetime
    receipts: list[Receipt]

    @property
    def opened(self) -> int:
        """How many are known to have opened it, or have answered."""
        return sum(one.opened_at is not None or one.answered for one in self.receipts)


@dataclass(frozen=True)
class Lane:
    """What one institution did about one incident."""

    institution: str
    told_at: datetime | None
    opened_at: datetime | None
    answered_at: datetime | None
    answer: str
    answered_by: str
    minutes: int | None
    due_at: datetime
    in_time: bool
    steps: int
    rungs: list[Rung]


@dataclass(frozen=True)
class Played:
    """One incident of the report; `url` is "" for a person who cannot see it."""

    ref: str
    type: str
    received_at: datetime
    unit: str
    url: str
    first: list[Receipt]
    lanes: list[Lane]


def totals(report: Mapping[str, Any] | None, earlier: Drill | None) -> list[tuple[Any, Any, Any]]:
    """The figures as (words, this drill, the one before); none without a report."""
    if report is None:
        return []
    before: Mapping[str, Any] = (earlier.report or {}).get("totals", {}) if earlier else {}
    return [(words, report["totals"].get(slug), before.get(slug)) for slug, words in TOTALS.items()]


def lanes(report: Mapping[str, Any], user: Any) -> list[Played]:
    """The incidents with what each institution did, in the reader's words."""
    refs = [one["ref"] for one in report["incidents"]]
    seen = {row.ref: row for row in Incident.objects.visible_to(user).filter(ref__in=refs).only("ref")}
    return [
        Played(
            ref=one["ref"],
            type=str(TYPE_LABELS.get(one["type"], one["type"])),
            received_at=_sure(one["received_at"]),
            unit=name(one["unit"]),
            url=seen[one["ref"]].get_absolute_url() if one["ref"] in seen else "",
            first=[_receipt(row) for row in one["first"]],
            lanes=[_lane(duty) for duty in one["duties"]],
        )
        for one in report["incidents"]
    ]


def _lane(duty: Mapping[str, Any]) -> Lane:
    return Lane(
        institution=name(duty["institution"]),
        told_at=when(duty["told_at"]),
        opened_at=when(duty["opened_at"]),
        answered_at=when(duty["answered_at"]),
        answer=str(Answer(duty["answer"]).label) if duty["answer"] in Answer.values else "",
        answered_by=duty["answered_by"],
        minutes=duty["minutes"],
        due_at=_sure(duty["due_at"]),
        in_time=duty["in_time"],
        steps=duty["steps"],
        rungs=[
            Rung(_level(rung["level"]), _sure(rung["at"]), [_receipt(row) for row in rung["receipts"]])
            for rung in duty["levels"]
        ],
    )


def _level(slug: str) -> str:
    return str(DeskLevel(slug).label) if slug in DeskLevel.values else slug


def _receipt(row: Mapping[str, Any]) -> Receipt:
    inapp = row["channel"] == Delivery.Channel.INAPP
    channel = "" if inapp else str(Delivery.Channel(row["channel"]).label)
    return Receipt(
        to=row["to"],
        channel=channel,
        at=_sure(row["at"]),
        handed_over_at=when(row["handed_over_at"]),
        opened_at=when(row["opened_at"]),
        answered=row["answered"],
        failed=row["failed"],
    )


def when(text: str | None) -> datetime | None:
    """A moment of the report; None where nothing is known."""
    return datetime.fromisoformat(text) if text else None


def _sure(text: str) -> datetime:
    return datetime.fromisoformat(text)


def csv_rows(drill: Drill, report: Mapping[str, Any]) -> Iterator[list[Any]]:
    """One row for each incident and institution; an incident nobody was asked about has one with empty cells."""
    for one in report["incidents"]:
        head = [drill.pk, "EXERCISE", one["ref"], one["type"], one["received_at"]]
        for duty in one["duties"] or [None]:
            yield [*head, *(_cells(duty) if duty else [""] * (len(CSV_HEAD) - len(head)))]


def _cells(duty: Mapping[str, Any]) -> list[Any]:
    cells = [
        duty["institution"]["code"],
        *(duty[key] or "" for key in ("told_at", "handed_over_at", "delivered_at", "opened_at", "answered_at")),
        duty["answer"],
        _harmless(duty["answered_by"]),
        "" if duty["minutes"] is None else duty["minutes"],
        duty["due_at"],
        "yes" if duty["in_time"] else "no",
        duty["steps"],
    ]
    return cells


def _harmless(text: str) -> str:
    """A name that a spreadsheet would take for a formula is made plain text."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
