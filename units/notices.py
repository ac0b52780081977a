"""What people are told about patrols and ground: the topics, their facts as frozen, and the words made from them."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from borderwatch.outbox import Recipient
from borderwatch.topics import Topic, register
from units.choices import INSTITUTIONS, UnitKind
from units.ground import TargetState
from units.models import Patrol, Sector, Unit, UnresolvedArea
from units.recipients import Book


def unit_facts(unit: Unit) -> dict[str, Any]:
    """A unit by code and both names."""
    return {"code": unit.code, "name_km": unit.name_km, "name_en": unit.name_en}


def patrol_facts(patrol: Patrol) -> dict[str, Any]:
    """A patrol: whose, where, when it was to go and when it went."""
    return {
        "ref": patrol.ref,
        "url": f"{settings.SITE_URL}{patrol.get_absolute_url()}",
        "unit": unit_facts(patrol.unit),
        "ground": patrol.sector_code or patrol.area_code,
        "leader": patrol.leader_name,
        **{
            name: moment.isoformat() if (moment := getattr(patrol, name)) else None
            for name in ("planned_from", "planned_to", "started_at", "finished_at")
        },
    }


def ground_facts(state: TargetState, name: dict[str, str]) -> dict[str, Any]:
    """A missed target: which ground, which unit, what was asked for and what was seen."""
    target = state.target
    return {
        "url": f"{settings.SITE_URL}{reverse('patrols:ground', args=[state.code])}",
        "ground": state.code,
        "ground_name": name,
        "unit": unit_facts(target.unit),
        "every_days": target.every_days,
        "share_percent": target.share_percent,
        "seen_percent": int(state.share or 0),
    }


def ground_names(targets: list[TargetState]) -> dict[str, dict[str, str]]:
    """The names of grounds by code, as they are today: a sector bears its unit's name."""
    sectors = {state.target.sector_code for state in targets} - {""}
    areas = {state.target.area_code for state in targets} - {""}
    names: dict[str, dict[str, str]] = {}
    if areas:
        for code, km, en in UnresolvedArea.objects.filter(code__in=areas).values_list("code", "name_km", "name_en"):
            names[code] = {"name_km": km, "name_en": en}
    if sectors:
        rows = Sector.objects.filter(code__in=sectors).order_by("period")
        for code, km, en in rows.values_list("code", "unit__name_km", "unit__name_en"):
            names[code] = {"name_km": km, "name_en": en}
    return names


class Chains:
    """Whom to tell about some units: each unit's own people, and the next body above where somebody can be told."""

    def __init__(self, units: list[Unit]) -> None:
        """Read the units above these and the people of them all; a handful of queries however many units."""
        trees = Unit.objects.with_tree_fields().filter(pk__in={unit.pk for unit in units})  # type: ignore[attr-defined]
        self._paths: dict[int, list[int]] = {unit.pk: list(unit.tree_path) for unit in trees}
        ids = {pk for path in self._paths.values() for pk in path}
        self._units = {unit.pk: unit for unit in Unit.objects.filter(pk__in=ids)}
        self._book = Book(self._units.values())

    def of(self, unit: Unit) -> list[Recipient]:
        """The unit's own people and addresses, and its superior's; nobody posted there: those of the next above."""
        *above, own = self._paths[unit.pk]
        told = self._at(self._units[own])
        superior = next((people for pk in reversed(above) if (people := self._at(self._units[pk]))), [])
        return [*told, *superior]

    def _at(self, unit: Unit) -> list[Recipient]:
        if unit.kind in INSTITUTIONS:
            return self._book.desk(unit)
        if unit.kind == UnitKind.PROVINCE:
            return self._book.province_desk(unit)
        return self._book.unit_and_head(unit)


WHY_SHORT = {
    "brief": _("It lasted less than half the time planned for it."),
    "no_track": _("No track of it was handed in."),
}


def words(data: dict[str, Any]) -> dict[str, Any]:
    """The facts in words of the active language, for mails and the list of notices."""
    text = dict(data)
    for name in ("planned_from", "planned_to", "started_at", "finished_at"):
        text[name] = moment_words(data.get(name))
    text["unit_name"] = name_words(data.get("unit"))
    text["place"] = " · ".join(part for part in (data.get("ground", ""), name_words(data.get("ground_name"))) if part)
    text["why"] = " ".join(str(WHY_SHORT[slug]) for slug in data.get("short", ()) if slug in WHY_SHORT)
    return text


def name_words(names: dict[str, str] | None) -> str:
    """The frozen name for the reader's language, "" when there is none."""
    if not names:
        return ""
    return names["name_km"] if names["name_km"] and get_language() == "km" else names["name_en"]


def moment_words(value: str | None) -> str:
    """A frozen moment in words, Phnom Penh time; "" when there is none."""
    if not value:
        return ""
    return date_format(timezone.localtime(datetime.fromisoformat(value)), "DATETIME_FORMAT")


register(
    Topic("patrol_missed", _("A patrol did not set out"), "notices/patrol_missed.txt", words=words),
    Topic("patrol_short", _("A patrol was short"), "notices/patrol_short.txt", words=words),
    Topic("ground_unseen", _("Ground not seen in time"), "notices/ground_unseen.txt", words=words),
)
