"""Guidance acknowledged by the link in a person's mail; an address that is no person's gets none."""

import pytest
from django.db import transaction
from django.test import Client

from borderwatch.models import ActionLink
from borderwatch.outbox import Notice, Recipient, publish
from incidents import actions
from incidents.choices_answers import InstructionState, Precedence
from incidents.guidance import notices
from incidents.tests.answering import address
from units.choices import MachineChannel
from units.models import Endpoint


@pytest.fixture
def order(ponds, moi, world):
    """The ministry instructs the district that reported."""
    return actions.instruct(
        actor=moi,
        incident=ponds,
        from_unit=world["moi"],
        to_unit=world["district-1607"],
        subject="Measure the ponds",
        text="Measure each pond and take photographs from the path.",
        within_min=240,
        precedence=Precedence.IMMEDIATE,
    )


def mail(order, *recipients, topic="guidance_issued"):
    """Tell recipients of the guidance; the links that were made."""
    data = notices.facts(order, order.steps.get(number=1))
    with transaction.atomic():
        rows = publish(
            Notice(topic, f"test:{topic}", "incident", order.incident.ref, recipients, data, bundle=order.bundle)
        )
    return list(ActionLink.objects.filter(delivery__in=rows).select_related("delivery"))


def by_mail(user, language="en"):
    return Recipient(f"user:{user.pk}", user.username, "email", user.pk, language=language)


def test_who_carries_it_out_acknowledges_it_by_the_link(order, district, audited):
    (link,) = mail(order, by_mail(district))
    client = Client()
    text = client.get(address(link)).content.decode()
    assert order.ref in text
    assert order.text not in text
    assert order.subject not in text
    order.refresh_from_db()
    assert order.state == InstructionState.ISSUED
    assert client.post(address(link), {}).status_code == 303
    order.refresh_from_db()
    assert order.state == InstructionState.ACKNOWLEDGED
    assert order.steps.get(verb="acknowledge_instruction").by == district
    assert audited("answer_by_link").after["instruction"] == order.ref
    link.refresh_from_db()
    receipt = client.get(address(link)).content.decode()
    assert link.receipt in receipt
    assert district.record_name in receipt


def test_who_comes_second_sees_who_was_first(order, district, signed_in):
    (link,) = mail(order, by_mail(district))
    actions.acknowledge_instruction(actor=district, instruction=order)
    answer = Client().post(address(link), {})
    assert answer.status_code == 409
    assert district.record_name in answer.content.decode()
    assert order.steps.filter(verb="acknowledge_instruction").count() == 1


def test_somebody_of_another_office_cannot(order, province2):
    (link,) = mail(order, by_mail(province2))
    assert Client().post(address(link), {}).status_code == 403
    order.refresh_from_db()
    assert order.state == InstructionState.ISSUED


def test_an_address_that_is_no_persons_gets_no_link(order, world):
    desk = Endpoint.objects.create(
        unit=world["district-1607"], channel=MachineChannel.EMAIL, address="desk@district.example"
    )
    assert mail(order, Recipient(f"endpoint:{desk.pk}", "District", "email", endpoint_id=desk.pk)) == []


def test_once_acknowledged_a_reminder_asks_nothing_by_link(order, district):
    actions.acknowledge_instruction(actor=district, instruction=order)
    order.refresh_from_db()
    assert mail(order, by_mail(district), topic="guidance_reminder") == []


@pytest.mark.parametrize("language", ["km", "en"])
def test_the_mail_holds_the_link_and_not_the_order(order, district, language):
    from django.utils import translation

    from borderwatch import topics

    (link,) = mail(order, by_mail(district, language))
    with translation.override(language):
        text = topics.render(link.delivery)
    assert link.url in text.body.splitlines()
    assert order.text not in text.subject + text.body
    assert order.subject not in text.subject + text.body
