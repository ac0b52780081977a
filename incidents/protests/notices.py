"""What people are told about protests. Texts, law and evidence stay behind the sign-in; drafts are told in-app only."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from borderwatch.models import Delivery
from borderwatch.outbox import Notice, Recipient
from borderwatch.topics import Topic, register
from incidents import notices
from incidents.choices_answers import NoteChannel, ProtestState, ReplyOutcome
from incidents.models import Protest, ProtestStep
from incidents.protests import rules, workflow
from units.choices import DeskLevel
from units.models import Unit, User
from units.recipients import Book, person

# The office is reminded so many days before a reply is due, and on the day.
REMIND_BEFORE_DAYS = 7
# Steps that are told nobody: the evidence list and the wording of a draft.
SILENT = frozenset({"edit_protest", "add_protest_evidence", "remove_protest_evidence"})
# Steps the province hears of too, by all its addresses.
OUTSIDE = frozenset({"send_protest", "file_reply"})


def facts(protest: Protest, step: ProtestStep | None = None) -> dict[str, Any]:
    """The thin, frozen facts."""
    return {
        **notices.incident_facts(protest.incident),
        "incident_ref": protest.incident.ref,
        "ref": protest.ref,
        "url": f"{settings.SITE_URL}{protest.get_absolute_url()}",
        "office": notices.unit_facts(protest.office),
        "counterpart": {
            "code": protest.counterpart.slug,
            "name_km": protest.counterpart.name_km,
            "name_en": protest.counterpart.name_en,
        },
        "state": protest.state,
        "step": step.verb if step else "",
        "number": step.number if step else 0,
        "note_number": protest.note_number,
        "channel": protest.channel,
        "sent_on": protest.sent_on.isoformat() if protest.sent_on else None,
        "reply_due_on": protest.reply_due_on.isoformat() if protest.reply_due_on else None,
        "outcome": protest.outcome,
    }


def words(data: dict[str, Any]) -> dict[str, Any]:
    """The facts in words of the active language."""
    text = notices.words(data)
    text["office_name"] = notices.name(data.get("office"))
    text["counterpart_name"] = notices.name(data.get("counterpart"))
    text["step_label"] = workflow.step_label(data["step"]) if data.get("step") else ""
    for key, kind in (("state", ProtestState), ("outcome", ReplyOutcome), ("channel", NoteChannel)):
        value = data.get(key)
        text[f"{key}_label"] = str(kind(value).label) if value in kind.values else ""
    for key in ("sent_on", "reply_due_on"):
        text[key] = "/".join(reversed((data.get(key) or "").split("-")))
    return text


def _everybody(book: Book, unit: Unit) -> list[Recipient]:
    """The persons of an institution: desk, deputy and head, in the application only."""
    found = [*book.officials(unit), *book.desk(unit, DeskLevel.PRINCIPAL)]
    return [one for one in found if one.channel == Delivery.Channel.INAPP]


def told(protest: Protest, step: ProtestStep) -> list[Notice]:
    """The notices of a step: to the institutions concerned, and the province when it left or was answered."""
    if step.verb in SILENT:
        return []
    units = list(dict.fromkeys([protest.office, *rules.offices(protest.incident)]))
    province = Unit.objects.filter(code=f"province-{protest.incident.province.code}").first()
    book = Book([*units, province])
    outside = step.verb in OUTSIDE
    concerned = [one for unit in units for one in (_outside(book, unit) if outside else _everybody(book, unit))]
    if outside:
        concerned += book.province_desk(province)
    owing = [one for one in _owing(book, protest) if one.user_id != step.by_id]
    rest = [one for one in dict.fromkeys(concerned) if one not in owing and one.user_id != step.by_id]
    topic = {"send_protest": "protest_sent", "file_reply": "protest_replied"}.get(step.verb, "protest_step")
    data = facts(protest, step)
    event = f"protest:{protest.ref}:step:{step.number}"
    return [
        Notice(topic="protest_waits", event=event, kind="protest", key=protest.ref, recipients=owing, data=data),
        Notice(topic=topic, event=event, kind="protest", key=protest.ref, recipients=rest, data=data),
    ]


def _outside(book: Book, unit: Unit) -> list[Recipient]:
    """Desk with its addresses, deputy and head in the application."""
    return [*book.desk(unit), *_everybody(book, unit)]


def _owing(book: Book, protest: Protest) -> list[Recipient]:
    """Whoever owes the next step: a checker, a signer, whoever sends, the drafter of what came back."""
    office = protest.office
    hands = rules.writers(protest)
    if protest.state == ProtestState.LEGAL_CHECK:
        return [one for one in _everybody(book, office) if one.user_id not in hands]
    if protest.state == ProtestState.SIGN_OFF:
        signers = rules.signers(office) - hands
        others = signers - {protest.checked_by_id}
        return [one for one in _everybody(book, office) if one.user_id in (others or signers)]
    if protest.state == ProtestState.SIGNED:
        return [one for one in _everybody(book, office) if one.user_id not in rules.signers(office)]
    if protest.state == ProtestState.DRAFT and protest.steps.exclude(verb="draft_protest").exists():
        users = User.objects.filter(pk__in=hands, is_active=True)
        return [person(user) for user in users.order_by("pk")]
    return []


def reminders(protest: Protest, step: ProtestStep) -> list[Notice]:
    """Planned when it is sent, for the office: some days before the reply is due, and on the day."""
    if protest.reply_due_on is None:
        return []
    to = _everybody(Book([protest.office]), protest.office)
    days = (protest.reply_due_on - timedelta(days=REMIND_BEFORE_DAYS), protest.reply_due_on)
    return [
        Notice(
            topic="protest_reminder",
            event=f"protest:{protest.ref}:step:{step.number}:remind:{number}",
            kind="protest",
            key=protest.ref,
            recipients=to,
            data=facts(protest, step),
            at=rules.moment_on(day),
            bundle=protest.bundle,
        )
        for number, day in enumerate(days)
        if rules.moment_on(day) > step.at
    ]


def overdue(protest: Protest) -> Notice:
    """No reply came by the day on which it was due."""
    book = Book([protest.office])
    to = [*book.desk(protest.office), *_everybody(book, protest.office)]
    return Notice(
        topic="protest_overdue",
        event=f"protest:{protest.ref}:overdue",
        kind="protest",
        key=protest.ref,
        recipients=list(dict.fromkeys(to)),
        data=facts(protest),
    )


def cannot_see(delivery: Delivery) -> str:
    """Permission is asked again at the moment of sending."""
    if delivery.user is None or Protest.objects.visible_to(delivery.user).filter(ref=delivery.key).exists():
        return ""
    return "the person may no longer see the protest"


def is_answered(delivery: Delivery) -> str:
    """A reminder whose protest no longer waits for a reply need not leave."""
    if not Protest.objects.filter(ref=delivery.key, state=ProtestState.SENT).exists():
        return "no reply is awaited any more"
    return cannot_see(delivery)


register(
    *(
        Topic(slug, label, f"notices/{slug}.txt", urgent=urgent, obsolete=obsolete, words=words)
        for slug, label, urgent, obsolete in (
            ("protest_step", _("Step of a protest"), False, cannot_see),
            ("protest_waits", _("A protest waits for your step"), True, cannot_see),
            ("protest_sent", _("A protest note was sent"), False, cannot_see),
            ("protest_replied", _("A protest was answered"), False, cannot_see),
            ("protest_reminder", _("A reply to a protest is due"), True, is_answered),
            ("protest_overdue", _("A reply to a protest is overdue"), True, is_answered),
        )
    )
)
