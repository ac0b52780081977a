"""Addresses at which units are told: a second person confirms, a message is never alone, no secret is on record."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from borderwatch import outbox
from borderwatch.models import AuditEntry, Delivery
from borderwatch.receivers import WebhookReceiver
from units import actions, endpoint_workflow
from units.choices import EndpointState
from units.models import Endpoint
from units.recipients import Book

ALLOWED = {
    ("confirm_endpoint", "asked"): "in_use",
    ("reject_endpoint", "asked"): "rejected",
    ("retire_endpoint", "in_use"): "retired",
    **{
        (verb, state): state
        for verb in ("try_endpoint", "begin_secret_change", "end_secret_change", "cancel_secret_change")
        for state in ("asked", "in_use")
    },
}


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def admin2(world):
    return actions.create_user(
        actor=None, username="admin2", password="a long password", name_en="Second Admin", is_staff=True
    )


@pytest.fixture
def ask(world, admin):
    def make(**changes):
        values = {"unit": world["moi"], "channel": "webhook", "address": "https://hook.moi.example.org/in"}
        return actions.ask_endpoint(actor=changes.pop("actor", admin), reason="letter 12", **{**values, **changes})

    return make


@pytest.fixture
def in_use(ask, admin2):
    return lambda **changes: actions.confirm_endpoint(actor=admin2, endpoint=ask(**changes), reason="called 023 1234")


@pytest.fixture
def destinations(settings):
    settings.MESSAGE_DESTINATIONS = {"moi-desk": "tgram://123456789:abcdefg_hijklmnop/12345/"}


def told_at(unit, level="desk"):
    return {one.endpoint_id for one in Book([unit]).desk(unit, level) if one.endpoint_id}


# --- the table ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", EndpointState.values)
@pytest.mark.parametrize("verb", [*endpoint_workflow.TRANSITIONS, *endpoint_workflow.WHILE])
def test_every_pair_of_verb_and_state(verb, state):
    if (verb, state) in ALLOWED:
        assert endpoint_workflow.move(verb, state) == ALLOWED[verb, state]
        return
    with pytest.raises(endpoint_workflow.Refused) as refusal:
        endpoint_workflow.move(verb, state)
    assert str(EndpointState(state).label) in refusal.value.messages[0]


# --- a second person ------------------------------------------------------------------------------------------


def test_an_address_is_used_only_after_another_administrator_confirmed_it(ask, admin, admin2, world, audited):
    endpoint = ask()
    assert (endpoint.state, endpoint.active) == ("asked", False)
    assert told_at(world["moi"]) == set()
    with pytest.raises(PermissionDenied):
        actions.confirm_endpoint(actor=admin, endpoint=endpoint, reason="it is mine")
    endpoint = actions.confirm_endpoint(actor=admin2, endpoint=endpoint, reason="called 023 1234")
    assert (endpoint.state, endpoint.confirmed_by) == ("in_use", admin2)
    assert told_at(world["moi"]) == {endpoint.pk}
    entry = audited("confirm_endpoint", str(endpoint.pk))
    assert (entry.actor, entry.reason) == (admin2, "called 023 1234")
    assert (entry.before["state"], entry.after["state"]) == ("asked", "in_use")


def test_the_database_itself_keeps_the_second_person(ask, admin):
    endpoint = ask()
    for change in (
        {"active": True},
        {"active": True, "confirmed_by": admin, "confirmed_at": timezone.now()},
        {"active": True, "retired_at": timezone.now()},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Endpoint.objects.filter(pk=endpoint.pk).update(**change)


@pytest.mark.parametrize("who", ["keeper", "province", "moi", "auditor", "disabled", "outsider"])
def test_nobody_but_administrators_touches_an_address(who, request, ask, untouched):
    person = request.getfixturevalue(who)
    endpoint = ask()
    with untouched():
        with pytest.raises(PermissionDenied):
            ask(actor=person, address="https://other.example.org/")
        for verb in ("confirm_endpoint", "reject_endpoint", "retire_endpoint", "begin_secret_change"):
            with pytest.raises(PermissionDenied):
                getattr(actions, verb)(actor=person, endpoint=endpoint, reason="mine")
        with pytest.raises(PermissionDenied):
            actions.try_endpoint(actor=person, endpoint=endpoint)


def test_the_other_administrators_are_told_that_an_address_waits(ask, admin2, told):
    endpoint = ask()
    assert told("endpoint_asked") == {"admin2"}
    facts = json.loads(Delivery.objects.get(topic="endpoint_asked").payload)["data"]
    assert facts["url"].endswith(f"/endpoints/{endpoint.pk}/")
    assert endpoint.secret not in json.dumps(facts)


def test_a_person_cannot_go_round_the_second_person(world, admin, untouched):
    with untouched(), pytest.raises(PermissionDenied):
        actions.add_endpoint(actor=admin, unit=world["moi"], channel="email", address="desk@x.example.org")


def test_what_the_system_sets_up_is_in_use_at_once(world, audited):
    endpoint = actions.add_endpoint(actor=None, unit=world["moi"], channel="email", address="desk@x.example.org")
    assert (endpoint.state, endpoint.asked_by, endpoint.confirmed_by) == ("in_use", None, None)
    assert endpoint.confirmed_at is not None
    assert audited("add_endpoint", str(endpoint.pk)).actor is None


def test_a_rejected_address_may_be_asked_for_again(ask, admin, admin2):
    first = ask()
    with pytest.raises(ValidationError, match="listed for the unit already"):
        ask()
    assert actions.reject_endpoint(actor=admin, endpoint=first, reason="a slip").state == "rejected"
    second = ask()
    assert second.pk != first.pk
    with pytest.raises(endpoint_workflow.Refused):
        actions.confirm_endpoint(actor=admin2, endpoint=first, reason="x")


def test_every_step_needs_a_reason(ask, admin, admin2, untouched):
    endpoint = ask()
    with untouched():
        for verb in ("confirm_endpoint", "reject_endpoint", "begin_secret_change"):
            with pytest.raises(ValidationError):
                getattr(actions, verb)(actor=admin2, endpoint=endpoint, reason="  ")


def test_ending_an_address_cancels_what_waits_for_it_and_what_comes_too_late(in_use, admin, world):
    endpoint = in_use()
    recipient = Book([world["moi"]]).desk(world["moi"])[-1]
    notice = outbox.Notice("endpoint_test", "e1", "endpoint", "1", [recipient], {})
    (waiting,) = outbox.publish(notice)
    endpoint = actions.retire_endpoint(actor=admin, endpoint=endpoint, reason="moved")
    waiting.refresh_from_db()
    assert (endpoint.state, waiting.state, waiting.state_reason) == ("retired", "cancelled", "moved")
    # Written in the same moment by a verb that had read the address before.
    (late,) = outbox.publish(outbox.Notice("endpoint_test", "e2", "endpoint", "1", [recipient], {}))
    assert outbox.deliver(str(late.pk), by="worker") == Delivery.State.CANCELLED
    with pytest.raises(endpoint_workflow.Refused):
        actions.retire_endpoint(actor=admin, endpoint=endpoint, reason="again")


# --- what an address may be -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("email", "no address"),
        ("webhook", "http://hook.example.org/"),
        ("webhook", "https://user:word@hook.example.org/"),
        ("webhook", "https://127.0.0.1/"),
        ("webhook", "https://2130706433/"),
        ("webhook", "https://[::ffff:10.0.0.1]/"),
        ("webhook", "https://hook.example.org/#part"),
        ("message", "tgram://token/chat"),
        ("message", "nobody"),
    ],
)
def test_an_address_that_may_not_be_used_is_refused_at_its_field(channel, address, ask, settings, untouched):
    settings.WEBHOOK_ALLOW_PLAIN = False
    with untouched(), pytest.raises(ValidationError) as refusal:
        ask(channel=channel, address=address)
    assert "address" in refusal.value.message_dict


@pytest.mark.parametrize(
    "text",
    ["8.8.8.0/24", "127.0.0.0/8", "169.254.0.0/16", "0.0.0.0/0", "::/0", "fe80::/10", "10.1.2.3/8", "x"],
)
def test_only_private_ranges_are_internal_networks(text, ask, untouched):
    with untouched(), pytest.raises(ValidationError) as refusal:
        ask(internal_networks=[text])
    assert "internal_networks" in refusal.value.message_dict


def test_an_address_in_a_named_range_may_be_used(ask, settings):
    settings.WEBHOOK_ALLOW_PLAIN = False
    endpoint = ask(address="https://10.20.3.4:8443/hook", internal_networks=["10.20.0.0/16"])
    assert endpoint.internal_networks == ["10.20.0.0/16"]
    assert endpoint.usable_networks == []


# --- messages ---------------------------------------------------------------------------------------------------


def test_a_message_is_never_the_only_way(ask, admin, admin2, world, destinations, in_use):
    message = ask(channel="message", address="moi-desk")
    assert message.secret == ""
    with pytest.raises(ValidationError, match="never the only way"):
        actions.confirm_endpoint(actor=admin2, endpoint=message, reason="x")
    # The same unit's deputy is another desk.
    in_use(channel="email", address="deputy@moi.example.org", level="deputy")
    with pytest.raises(ValidationError, match="never the only way"):
        actions.confirm_endpoint(actor=admin2, endpoint=message, reason="x")
    mail = in_use(channel="email", address="desk@moi.example.org")
    message = actions.confirm_endpoint(actor=admin2, endpoint=message, reason="x")
    with pytest.raises(ValidationError, match="messages alone"):
        actions.retire_endpoint(actor=admin, endpoint=mail, reason="x")
    second = in_use()
    actions.retire_endpoint(actor=admin, endpoint=mail, reason="x")
    with pytest.raises(ValidationError, match="messages alone"):
        actions.retire_endpoint(actor=admin, endpoint=second, reason="x")
    actions.retire_endpoint(actor=admin, endpoint=message, reason="x")
    actions.retire_endpoint(actor=admin, endpoint=second, reason="x")
    assert told_at(world["moi"]) == set()


def test_a_destination_that_has_left_the_settings_is_not_confirmed(ask, admin2, destinations, settings, in_use):
    in_use(channel="email", address="desk@moi.example.org")
    message = ask(channel="message", address="moi-desk")
    settings.MESSAGE_DESTINATIONS = {}
    with pytest.raises(ValidationError, match="no such destination"):
        actions.confirm_endpoint(actor=admin2, endpoint=message, reason="x")


# --- a test of an address ---------------------------------------------------------------------------------------


def test_before_it_is_confirmed_only_the_asker_tests_it_and_no_internal_address(ask, admin, admin2, untouched):
    endpoint = ask()
    with untouched(), pytest.raises(PermissionDenied):
        actions.try_endpoint(actor=admin2, endpoint=endpoint)
    row = actions.try_endpoint(actor=admin, endpoint=endpoint)
    assert json.loads(row.payload)["data"] == {"test": True}
    assert (row.topic, row.endpoint_id, row.state) == ("endpoint_test", endpoint.pk, "pending")
    with untouched(), pytest.raises(ValidationError, match="under way"):
        actions.try_endpoint(actor=admin, endpoint=endpoint)
    inside = ask(address="https://10.20.3.4/hook", internal_networks=["10.20.0.0/16"])
    with untouched(), pytest.raises(ValidationError, match="internal network"):
        actions.try_endpoint(actor=admin, endpoint=inside)
    inside = actions.confirm_endpoint(actor=admin2, endpoint=inside, reason="x")
    assert actions.try_endpoint(actor=admin2, endpoint=inside).endpoint_id == inside.pk


# --- changing a secret --------------------------------------------------------------------------------------------


def test_while_a_secret_is_changed_both_are_valid_and_afterwards_the_new_one_alone(in_use, admin, audited):
    receiver = WebhookReceiver()
    receiver.start()
    try:
        endpoint = in_use(address=f"{receiver.url}/moi")
        old = endpoint.secret
        assert len(Webhook(old)._whsecret) == 32

        def sent():
            row = actions.try_endpoint(actor=admin, endpoint=endpoint)
            assert outbox.deliver(str(row.pk), by="worker") == Delivery.State.DELIVERED
            return receiver.calls[-1]

        def fits(secret, call):
            try:
                Webhook(secret).verify(call.raw, call.headers)
            except WebhookVerificationError:
                return False
            return True

        endpoint = actions.begin_secret_change(actor=admin, endpoint=endpoint, reason="yearly")
        new = endpoint.next_secret
        assert new.startswith("whsec_")
        assert new != old
        call = sent()
        assert (fits(old, call), fits(new, call)) == (True, True)
        with pytest.raises(ValidationError, match="already"):
            actions.begin_secret_change(actor=admin, endpoint=endpoint, reason="yearly")
        endpoint = actions.end_secret_change(actor=admin, endpoint=endpoint, reason="they use it")
        call = sent()
        assert (fits(old, call), fits(new, call)) == (False, True)
        actions.begin_secret_change(actor=admin, endpoint=endpoint, reason="again")
        endpoint = actions.cancel_secret_change(actor=admin, endpoint=endpoint, reason="no")
        call = sent()
        assert (endpoint.secret, endpoint.next_secret, endpoint.next_secret_since) == (new, "", None)
        assert fits(new, call)
        for verb in ("end_secret_change", "cancel_secret_change"):
            with pytest.raises(ValidationError, match="not being changed"):
                getattr(actions, verb)(actor=admin, endpoint=endpoint, reason="x")
    finally:
        receiver.stop()


def test_only_what_is_signed_has_a_secret_to_change(in_use, admin):
    mail = in_use(channel="email", address="desk@moi.example.org")
    with pytest.raises(ValidationError, match="signed"):
        actions.begin_secret_change(actor=admin, endpoint=mail, reason="x")


def test_no_secret_reaches_the_record_or_a_notice(in_use, admin):
    endpoint = in_use()
    first = endpoint.secret
    second = actions.begin_secret_change(actor=admin, endpoint=endpoint, reason="x").next_secret
    actions.end_secret_change(actor=admin, endpoint=endpoint, reason="x")
    record = "".join(f"{e.before}{e.after}{e.reason}{e.label}" for e in AuditEntry.objects.all())
    record += "".join(row.payload for row in Delivery.objects.all())
    assert first not in record
    assert second not in record


def test_an_endpoint_that_was_active_without_a_second_person_before_stays_in_use(world):
    row = Endpoint.objects.create(unit=world["moi"], channel="email", address="old@x.example.org")
    assert row.state == "in_use"
    ended = Endpoint.objects.create(
        unit=world["moi"], channel="email", address="o@x.example.org", active=False,
        retired_at=timezone.now() - timedelta(days=1),
    )  # fmt: skip
    assert ended.state == "retired"
