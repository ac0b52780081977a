"""What the tests of answering share: links of the duties of the ponds case, and the address behind them."""

from django.db import transaction
from django.urls import reverse

from borderwatch import links
from borderwatch.models import ActionLink, Delivery
from borderwatch.outbox import Notice, Recipient, publish
from incidents import notices
from incidents.models import Duty
from units.choices import MachineChannel
from units.models import Endpoint


def send(duty, recipient, *, topic="duty_opened", event="test"):
    """Tell one more recipient of a duty; his link comes back."""
    incident = duty.escalation.incident
    with transaction.atomic():
        (row,) = publish(
            Notice(
                topic=topic,
                event=f"duty:{duty.pk}:{event}:{recipient.key}",
                kind="incident",
                key=incident.ref,
                recipients=[recipient],
                data=notices.duty_facts(duty, incident),
                bundle=duty.bundle,
            )
        )
    return ActionLink.objects.select_related("delivery__endpoint", "delivery__user").get(delivery=row)


def duty_of(code):
    """The duty of an institution."""
    return Duty.objects.get(unit__code=code)


def mail_to(user, duty, language="en", channel="email", **more):
    """A link in a mail to a person."""
    return send(duty, Recipient(f"user:{user.pk}", user.username, channel, user.pk, language=language), **more)


def desk_mail(duty, address="desk@office.example", unit=None, language="en"):
    """A link in a mail to an address of the institution."""
    unit = unit or duty.unit
    row = Endpoint.objects.create(unit=unit, channel=MachineChannel.EMAIL, address=address, language=language)
    return send(duty, Recipient(f"endpoint:{row.pk}", unit.name_en, "email", None, row.pk, language))


def address(link):
    """Where the link leads, without the site's name."""
    return reverse("answering:page", args=[links.token(link)])


def left(link):
    """Its notice has been handed over."""
    Delivery.objects.filter(pk=link.delivery_id).update(state="delivered", done_at=link.created_at)
    return link
