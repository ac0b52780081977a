"""What people are told about proposals and their conditions. The facts are thin: reasons stay behind the sign-in."""

from datetime import date
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from borderwatch.models import Delivery
from borderwatch.outbox import Notice, Recipient
from borderwatch.topics import Topic, register
from crossings import deciders, proposal_workflow, proposals
from crossings.choices import ConditionState, CrossingCategory, ProposalState, Stand
from crossings.models import ClosureOrder, Condition, Position, Proposal, ProposalVersion
from units.models import User
from units.notices import unit_facts
from units.recipients import Book

# Who is told of a step, besides who did it: the province, every institution, the ministry that decides.
PROVINCE, INSTITUTIONS, NATIONAL = "province", "institutions", "national"
AUDIENCES: dict[str, tuple[str, ...]] = {
    "submit_proposal": (INSTITUTIONS,),
    "take_position": (PROVINCE, NATIONAL),
    "return_proposal": (PROVINCE,),
    "recommend_proposal": (PROVINCE, INSTITUTIONS),
    "take_back_recommendation": (PROVINCE, INSTITUTIONS),
    "approve_proposal": (PROVINCE, INSTITUTIONS),
    "refuse_proposal": (PROVINCE, INSTITUTIONS),
    "withdraw_proposal": (INSTITUTIONS,),
}
TOPIC_OF: dict[str, str] = {
    "submit_proposal": "proposal_submitted",
    "approve_proposal": "proposal_decided",
    "refuse_proposal": "proposal_decided",
}


# --- whom ------------------------------------------------------------------------------------------------------


def audience(proposal: Proposal, groups: tuple[str, ...], without: User | None = None) -> list[Recipient]:
    """The desks of some groups, each recipient once; `without` is who did it himself."""
    asked = proposals.institutions() if INSTITUTIONS in groups or NATIONAL in groups else []
    if INSTITUTIONS not in groups:
        national = set(deciders.national_ids())
        asked = [unit for unit in asked if unit.pk in national]
    province = [proposal.unit] if PROVINCE in groups else []
    book = Book([*province, *asked])
    told = [one for unit in province for one in book.province_desk(unit)]
    told += [one for unit in asked for one in book.desk(unit)]
    return _without(told, without)


def asker(condition: Condition, without: User | None = None) -> list[Recipient]:
    """The desk of the ministry that asked for a condition."""
    return _without(Book([condition.unit]).desk(condition.unit), without)


def _without(told: list[Recipient], user: User | None) -> list[Recipient]:
    return [one for one in dict.fromkeys(told) if user is None or one.user_id != user.pk]


# --- what ------------------------------------------------------------------------------------------------------


def facts(proposal: Proposal, version: ProposalVersion | None) -> dict[str, Any]:
    """A proposal: which crossing, which category, where it stands."""
    crossing = proposal.crossing
    return {
        "ref": proposal.ref,
        "url": f"{settings.SITE_URL}{proposal.get_absolute_url()}",
        "crossing": {"code": crossing.slug, "name_km": crossing.name_km, "name_en": crossing.name_en},
        "unit": unit_facts(proposal.unit),
        "state": proposal.state,
        "version": version.number if version else None,
        "category": version.category if version else "",
        "effective_from": proposal.effective_from.isoformat() if proposal.effective_from else None,
    }


def step(
    proposal: Proposal, version: ProposalVersion | None, verb: str, *, by: User, mark: str, **more: Any
) -> list[Notice]:
    """A step that was done, told to those of `AUDIENCES`; `mark` tells several of a kind apart. Nobody: nothing."""
    told = audience(proposal, AUDIENCES[verb], by)
    if not told:
        return []
    return [
        Notice(
            topic=TOPIC_OF.get(verb, "proposal_step"),
            event=f"proposal:{proposal.pk}:{verb}:{mark}",
            kind="proposal",
            key=str(proposal.pk),
            recipients=told,
            data={**facts(proposal, version), "step": verb, **more},
        )
    ]


def position_facts(position: Position) -> dict[str, Any]:
    """Whose position it is and what it says; its reasons stay behind the sign-in."""
    return {"ministry": unit_facts(position.unit), "stand": position.stand}


def order_facts(order: ClosureOrder | None) -> dict[str, Any]:
    """The closure order that stands in the way, when there is one."""
    return {"order": order.number if order else ""}


def condition_step(condition: Condition, verb: str, *, by: User, mark: str) -> Notice:
    """A condition was reported as met (told to who asked for it) or judged (told to the province)."""
    reported = verb == "report_condition_met"
    told = asker(condition, by) if reported else audience(condition.proposal, (PROVINCE,), by)
    return _of_condition(condition, "proposal_condition", f"{verb}:{mark}", told, step=verb)


def condition_overdue(condition: Condition) -> Notice:
    """A condition was not reported as met by its day; told to the province and to who asked for it."""
    told = [*audience(condition.proposal, (PROVINCE,)), *asker(condition)]
    return _of_condition(condition, "proposal_condition_overdue", f"overdue:{condition.due_on}", told)


def _of_condition(condition: Condition, topic: str, mark: str, told: list[Recipient], **more: Any) -> Notice:
    proposal = condition.proposal
    about = {
        "condition": condition.text,
        "condition_state": condition.state,
        "due_on": condition.due_on.isoformat() if condition.due_on else None,
        "ministry": unit_facts(condition.unit),
    }
    return Notice(
        topic=topic,
        event=f"proposal_condition:{condition.pk}:{mark}",
        kind="proposal",
        key=str(proposal.pk),
        recipients=told,
        data={**facts(proposal, proposals.current_version(proposal)), **about, **more},
    )


def order_stands(proposal: Proposal, order: ClosureOrder) -> Notice:
    """The new category is in force and the crossing is still closed by order."""
    version = proposals.current_version(proposal)
    return Notice(
        topic="proposal_order_stands",
        event=f"proposal:{proposal.pk}:order:{order.pk}",
        kind="proposal",
        key=str(proposal.pk),
        recipients=audience(proposal, (PROVINCE, NATIONAL)),
        data={**facts(proposal, version), **order_facts(order)},
    )


# --- in words --------------------------------------------------------------------------------------------------


def words(data: dict[str, Any]) -> dict[str, Any]:
    """The facts in words of the active language, for mails and the list of notices."""
    text = dict(data)
    text["crossing_name"] = _name(data.get("crossing"))
    text["unit_name"] = _name(data.get("unit"))
    text["ministry_name"] = _name(data.get("ministry"))
    text["state_label"] = _label(ProposalState, data.get("state"))
    text["category_label"] = _label(CrossingCategory, data.get("category"))
    text["stand_label"] = _label(Stand, data.get("stand"))
    text["condition_label"] = _label(ConditionState, data.get("condition_state"))
    text["step_label"] = proposal_workflow.step_label(data["step"]) if data.get("step") else ""
    for name in ("effective_from", "due_on"):
        text[name] = date_format(date.fromisoformat(data[name]), "DATE_FORMAT") if data.get(name) else ""
    return text


def _name(names: dict[str, str] | None) -> str:
    if not names:
        return ""
    return names["name_km"] if names["name_km"] and get_language() == "km" else names["name_en"]


def _label(kind: Any, slug: str | None) -> str:
    return str(kind(slug).label) if slug in kind.values else ""


def cannot_see(delivery: Delivery) -> str:
    """Permission is asked again at the moment of sending."""
    if delivery.user is None or Proposal.objects.visible_to(delivery.user).filter(pk=delivery.key).exists():
        return ""
    return "the person may no longer see the proposal"


register(
    *(
        Topic(slug, label, f"notices/{slug}.txt", urgent=urgent, obsolete=cannot_see, words=words)
        for slug, label, urgent in (
            ("proposal_submitted", _("A category is proposed for a crossing"), False),
            ("proposal_step", _("Step of a proposal"), False),
            ("proposal_decided", _("Decision on a proposal"), True),
            ("proposal_condition", _("Step of a condition"), False),
            ("proposal_condition_overdue", _("A condition is overdue"), True),
            ("proposal_order_stands", _("A new category, and still closed by order"), True),
        )
    )
)
