"""What a link can be for: the table from a purpose to what it shows, what may be answered, and which verb acts.

A page opened by a link shows no more than the notice that brought it: its frozen facts, in the reader's language.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch import topics
from borderwatch.models import ActionLink
from borderwatch.templatetags.words import due, moment
from incidents import notices
from incidents.actions.answers import acknowledge
from incidents.answering.forms import DutyAnswerForm, Signed
from incidents.choices import Answer, DutyState
from incidents.models import Acknowledgement, Duty
from units.models import Unit, User

# A line of facts: what it is, and how it is.
Line = tuple[str | Promise, Any]


@dataclass(frozen=True)
class Settled:
    """The matter is closed for this link: somebody else has answered, or nothing is asked any more (no `at`)."""

    answer: str
    by_name: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Done:
    """What the verb made of it: what the receipt may show for ever, or the answer that had come before."""

    confirmed: Mapping[str, Any]
    before: Settled | None = None


@dataclass(frozen=True)
class Purpose:
    """One thing that can be done by a link.

    `find` gives the object of a link's key, `unit` the office that owes, `verb` the right a person needs there when he
    acts. `settled` says whether it is still to be done; `act(actor, by_name, link, object, given)` does it and raises
    what the verb raises. `facts` and `confirmed` are lines to show before and after.
    """

    slug: str
    title: str | Promise
    button: str | Promise
    hint: str | Promise
    verb: str
    form: type[Signed]
    find: Callable[[str], Any]
    unit: Callable[[Any], Unit]
    page: Callable[[Any], str]
    settled: Callable[[Any], Settled | None]
    facts: Callable[[ActionLink, Any], list[Line]]
    confirmed: Callable[[ActionLink], list[Line]]
    act: Callable[[User | None, str, ActionLink, Any, Mapping[str, Any]], Done]


PURPOSES: dict[str, Purpose] = {}


def register(purpose: Purpose) -> None:
    """Add a row to the table; a slug is given once."""
    if PURPOSES.setdefault(purpose.slug, purpose) is not purpose:
        raise ValueError(f"two purposes are called {purpose.slug}")


def of(link: ActionLink) -> tuple[Purpose, Any] | None:
    """What a link is for, and the object; None when either is gone."""
    purpose = PURPOSES.get(link.purpose)
    found = purpose.find(link.key) if purpose else None
    return (purpose, found) if purpose is not None and found is not None else None


def incident_lines(link: ActionLink) -> list[Line]:
    """The thin facts of the incident as the notice named them."""
    words = notices.words(topics.facts(link.delivery))
    lines: list[Line] = [
        (capfirst(_("exercise")), topics.EXERCISE if words.get("exercise") else ""),
        (_("What"), f"{capfirst(words['impact_label'])} · {words['type_label']}"),
        (_("Where"), words["place"]),
        (_("Happened"), words["occurred_at"]),
        (_("Reference"), words["ref"]),
    ]
    return [line for line in lines if line[1]]


# --- a duty ---------------------------------------------------------------------------------------------------


def _duty(key: str) -> Duty | None:
    rows = Duty.objects.with_names()
    return rows.filter(pk=int(key)).first() if key.isdecimal() else None


def _duty_settled(duty: Duty) -> Settled | None:
    try:
        row = duty.acknowledgement
    except Acknowledgement.DoesNotExist:
        if duty.state == DutyState.WAITING:
            return None
        return Settled(str(duty.get_state_display()))
    return Settled(str(row.get_answer_display()), row.by_name, row.at)


def _duty_facts(link: ActionLink, duty: Duty) -> list[Line]:
    owed = [
        (_("Who is asked"), duty.unit.name),
        (_("Answer by"), moment(duty.due_at)),
        (_("Time left"), due(duty.due_at)),
    ]
    return [*incident_lines(link), *owed]


def _answer_duty(actor: User | None, by_name: str, link: ActionLink, duty: Duty, given: Mapping[str, Any]) -> Done:
    made = acknowledge(actor=actor, duty=duty, link=link, by_name=by_name, **given)
    row = made.acknowledgement
    if not made.first:
        return Done({}, Settled(str(row.get_answer_display()), row.by_name, row.at))
    return Done(
        {
            "answer": row.answer,
            "who_instead": row.who_instead,
            "expected_at": row.expected_at.isoformat() if row.expected_at else None,
            "with_comment": bool(row.comment),
            "by_name": row.by_name,
            "ref": duty.escalation.incident.ref,
            "unit": notices.unit_facts(duty.unit),
        }
    )


def _duty_confirmed(link: ActionLink) -> list[Line]:
    said = link.confirmed
    lines: list[Line] = [
        (_("Answer"), Answer(said["answer"]).label),
        (_("Whose it is"), said["who_instead"]),
        (_("Next step expected by"), notices.moment(said["expected_at"])),
        (_("Comment"), _("on record; read it after signing in") if said["with_comment"] else ""),
        (_("In the name of"), notices.name(said["unit"])),
        (_("About"), said["ref"]),
    ]
    withdrawn = Acknowledgement.objects.filter(link=link).values_list("withdrawn_at", flat=True).first()
    if withdrawn is not None:
        lines.append((_("Taken back"), moment(withdrawn)))
    return [line for line in lines if line[1]]


register(
    Purpose(
        slug="acknowledge_duty",
        title=gettext_lazy("Your answer is asked for"),
        button=gettext_lazy("Send the answer"),
        hint=gettext_lazy(
            "The province and the person who filed see your answer at once; planned reminders to your institution stop."
        ),
        verb="acknowledge",
        form=DutyAnswerForm,
        find=_duty,
        unit=lambda duty: duty.unit,
        page=lambda duty: reverse("incidents:duty", args=[duty.pk]),
        settled=_duty_settled,
        facts=_duty_facts,
        confirmed=_duty_confirmed,
        act=_answer_duty,
    )
)
