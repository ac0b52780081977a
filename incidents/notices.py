"""What people are told about incidents: the topics, their facts as frozen, and the words made from them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from borderwatch.models import Delivery
from borderwatch.topics import Asked, Topic, facts, register
from incidents.choices import TYPE_LABELS, Answer, Category, DutyState, Impact, Rule
from incidents.models import Acknowledgement, Attribution, Duty, Incident
from units import policy
from units.choices import DeskLevel
from units.models import Unit
from units.recipients import serving


def incident_facts(incident: Incident) -> dict[str, Any]:
    """The thin, frozen facts of an incident. The text of the report and names stay behind the sign-in."""
    return {
        "ref": incident.ref,
        "url": f"{settings.SITE_URL}{incident.get_absolute_url()}",
        "category": incident.category,
        "incident_type": incident.type,
        "impact": incident.impact,
        "occurred_at": incident.occurred_at.isoformat(),
        "received_at": incident.received_at.isoformat(),
        "place_name": incident.place_name,
        "province": {
            "code": incident.province.code,
            "name_km": incident.province.name_km,
            "name_en": incident.province.name_en,
        },
        "district": {
            "code": incident.district.code,
            "name_km": incident.district.name_km,
            "name_en": incident.district.name_en,
        }
        if incident.district
        else None,
        "position": {
            "lat": round(incident.point.y, 6),
            "lon": round(incident.point.x, 6),
            "accuracy_m": incident.accuracy_m,
        }
        if incident.point
        else None,
        "unit": unit_facts(incident.responsible_unit),
        "contested": incident.contested,
        # Played in a drill: every channel says so, and a machine must not take it for real.
        "exercise": incident.drill_id is not None,
    }


def unit_facts(unit: Unit) -> dict[str, Any]:
    """A unit by code and both names."""
    return {"code": unit.code, "name_km": unit.name_km, "name_en": unit.name_en}


def duty_facts(duty: Duty, incident: Incident) -> dict[str, Any]:
    """An institution's duty: what is asked and by when."""
    return {
        **incident_facts(incident),
        "duty": {
            "id": duty.pk,
            "institution": unit_facts(duty.unit),
            "due_at": duty.due_at.isoformat(),
            "url": f"{settings.SITE_URL}/inbox/{duty.pk}/",
        },
    }


def acknowledgement_facts(row: Acknowledgement, incident: Incident) -> dict[str, Any]:
    """An institution's answer."""
    return {
        **duty_facts(row.duty, incident),
        "answer": row.answer,
        "comment": row.comment,
        "who_instead": row.who_instead,
        "expected_at": row.expected_at.isoformat() if row.expected_at else None,
        "answered_at": row.at.isoformat(),
        "answered_by": row.by_name,
    }


def attribution_facts(row: Attribution, incident: Incident) -> dict[str, Any]:
    """Who answers, and by which rule."""
    return {**incident_facts(incident), "rule": row.rule, "margin_m": row.margin_m, "reason": row.reason}


def words(data: dict[str, Any]) -> dict[str, Any]:
    """The facts in words of the active language, for mails and the list of notices."""
    text = dict(data)
    text["type_label"] = TYPE_LABELS.get(data.get("incident_type", ""), "")
    text["category_label"] = _label(Category, data.get("category"))
    text["impact_label"] = _label(Impact, data.get("impact"))
    text["rule_label"] = _label(Rule, data.get("rule"))
    text["answer_label"] = _label(Answer, data.get("answer"))
    for key in ("occurred_at", "received_at", "answered_at", "expected_at"):
        text[key] = moment(data.get(key))
    for key in ("province", "district", "unit"):
        text[f"{key}_name"] = name(data.get(key))
    text["place"] = ", ".join(
        part for part in (data.get("place_name", ""), text["district_name"], text["province_name"]) if part
    )
    if duty := data.get("duty"):
        text["institution_name"] = name(duty["institution"])
        text["due_at"] = moment(duty["due_at"])
        text["duty_url"] = duty["url"]
        text["above_name"] = name(data.get("step", {}).get("of"))
    return text


def _label(choices: Any, slug: str | None) -> str:
    return str(choices(slug).label) if slug in choices.values else ""


def name(names: dict[str, str] | None) -> str:
    """The frozen name for the reader's language, "" when there is none."""
    if not names:
        return ""
    return names["name_km"] if names["name_km"] and get_language() == "km" else names["name_en"]


def moment(value: str | None) -> str:
    """A frozen moment in words, Phnom Penh time; "" when there is none."""
    if not value:
        return ""
    return date_format(timezone.localtime(datetime.fromisoformat(value)), "DATETIME_FORMAT")


def duty_is_answered(delivery: Delivery) -> str:
    """A reminder whose duty is answered, or whose person left the institution, need not leave any more."""
    number = delivery.bundle.removeprefix("duty:")
    duty = Duty.objects.select_related("unit").filter(pk=number).first() if number.isdigit() else None
    if duty is None or duty.state != DutyState.WAITING:
        return "the duty is answered"
    if delivery.user_id and not _serves(delivery, duty):
        return "the person no longer serves there"
    return ""


def _serves(delivery: Delivery, duty: Duty) -> bool:
    """Whether the person reviews for the institution, or for the level above it when that is what he is told as."""
    above = facts(delivery).get("step", {}).get("of")
    unit = Unit.objects.filter(code=above["code"]).first() if above else duty.unit
    return unit is not None and unit.pk in policy.unit_ids(delivery.user, policy.REVIEW)


def desk_of_step(data: Mapping[str, Any]) -> tuple[str, str]:
    """Which desk a step of a ladder is told to: the unit and the level, as frozen."""
    step = data.get("step", {})
    above = step.get("of")
    unit = above or data["duty"]["institution"]
    return unit["code"], DeskLevel.DESK if above else step.get("level", DeskLevel.DESK)


def asks_for_an_answer(data: dict[str, Any]) -> Asked | None:
    """A duty is answered by the link in its mail (incidents/answering/purposes.py)."""
    return Asked("acknowledge_duty", "duty", str(data["duty"]["id"])) if data.get("duty") else None


def cannot_see(delivery: Delivery) -> str:
    """Permission is asked again at the moment of sending."""
    if delivery.user is None or Incident.objects.visible_to(delivery.user).filter(ref=delivery.key).exists():
        return ""
    return "the person may no longer see the incident"


register(
    Topic("incident_filed", _("Incident filed"), "notices/incident_filed.txt", obsolete=cannot_see, words=words),
    Topic(
        "exceptional_filed",
        _("Report in confidence"),
        "notices/exceptional_filed.txt",
        urgent=True,
        signed_in_only=True,
        obsolete=cannot_see,
        words=words,
    ),
    Topic("unit_answers", _("Your unit answers"), "notices/unit_answers.txt", obsolete=cannot_see, words=words),
    Topic(
        "duty_opened",
        _("Your answer is asked for"),
        "notices/duty_opened.txt",
        urgent=True,
        obsolete=duty_is_answered,
        now_told=serving(desk_of_step),
        words=words,
        asks=asks_for_an_answer,
    ),
    Topic(
        "duty_reminder",
        _("No answer yet"),
        "notices/duty_reminder.txt",
        urgent=True,
        obsolete=duty_is_answered,
        now_told=serving(desk_of_step),
        words=words,
        asks=asks_for_an_answer,
    ),
    Topic(
        "duty_again",
        _("Your answer is owed again"),
        "notices/duty_again.txt",
        urgent=True,
        obsolete=duty_is_answered,
        now_told=serving(desk_of_step),
        words=words,
        asks=asks_for_an_answer,
    ),
    Topic(
        "duty_above",
        _("An institution stays silent"),
        "notices/duty_above.txt",
        urgent=True,
        obsolete=duty_is_answered,
        now_told=serving(desk_of_step),
        words=words,
    ),
    Topic(
        "duty_forgotten",
        _("An acceptance was taken back"),
        "notices/duty_forgotten.txt",
        obsolete=cannot_see,
        words=words,
    ),
    Topic(
        "duty_answered",
        _("An institution has answered"),
        "notices/duty_answered.txt",
        obsolete=cannot_see,
        words=words,
    ),
    Topic(
        "reattributed",
        _("Ruling on who answers"),
        "notices/reattributed.txt",
        obsolete=cannot_see,
        words=words,
    ),
    Topic(
        "conflicting_copy",
        _("Two reports with one key"),
        "notices/conflicting_copy.txt",
        obsolete=cannot_see,
        words=words,
    ),
)
