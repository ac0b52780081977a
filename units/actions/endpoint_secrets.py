"""Verbs about one address at which a unit is told: try it, and change its signing secret while both are valid."""

import base64
import secrets
import uuid

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock, outbox
from borderwatch.models import Delivery
from units import endpoint_workflow as workflow
from units.actions.keeper import demand_administrator, demand_reason
from units.choices import EndpointState, MachineChannel
from units.models import Endpoint, User
from units.notices_endpoints import TEST, test_notice


def new_secret() -> str:
    """A signing secret as Standard Webhooks writes it: 32 random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


@transaction.atomic
def try_endpoint(*, actor: User, endpoint: Endpoint) -> Delivery:
    """Send a test to this address alone, through the outbox like every notice; it holds no fact.

    Before another administrator has confirmed the address only the one who asked for it may, and only to an address
    everybody can reach: nobody alone makes the server call into an internal network.

    Raises PermissionDenied, Refused by state, and ValidationError while a test is under way or ranges wait.
    """
    demand_administrator(actor)
    endpoint = _locked(endpoint)
    workflow.move("try_endpoint", endpoint.state)
    if endpoint.state == EndpointState.ASKED:
        if endpoint.asked_by_id != actor.pk:
            raise PermissionDenied(_("Before it is confirmed only the one who asked for the address may test it."))
        if endpoint.internal_networks:
            raise ValidationError(
                _("An address in an internal network can be tested once another administrator has confirmed it.")
            )
    waiting = Delivery.objects.filter(endpoint=endpoint, topic=TEST, state=Delivery.State.PENDING)
    if waiting.exists():
        raise ValidationError(_("A test is under way; its end shows in the log."))
    (delivery,) = outbox.publish(test_notice(endpoint, uuid.uuid4()))
    audit.record(actor=actor, verb="try_endpoint", target=endpoint, after={"notice": str(delivery.pk)})
    return delivery


@transaction.atomic
def begin_secret_change(*, actor: User, endpoint: Endpoint, reason: str) -> Endpoint:
    """Make a second signing secret, in the returned row's `next_secret`, to be shown this once.

    From now on a notice is signed with both, so the receiver may change over when it likes. Raises Refused by state,
    and ValidationError for an address that signs nothing or whose secret is being changed already.
    """
    endpoint = _changing(actor, endpoint, reason, "begin_secret_change", under_way=False)
    endpoint.next_secret, endpoint.next_secret_since = new_secret(), clock.now()
    endpoint.save(update_fields=["next_secret", "next_secret_since"])
    _record(actor, "begin_secret_change", endpoint, 1, 2, reason)
    return endpoint


@transaction.atomic
def end_secret_change(*, actor: User, endpoint: Endpoint, reason: str) -> Endpoint:
    """The receiver knows the new secret: it becomes the only one. Raises as `begin_secret_change` does."""
    endpoint = _changing(actor, endpoint, reason, "end_secret_change", under_way=True)
    endpoint.secret, endpoint.next_secret, endpoint.next_secret_since = endpoint.next_secret, "", None
    endpoint.save(update_fields=["secret", "next_secret", "next_secret_since"])
    _record(actor, "end_secret_change", endpoint, 2, 1, reason)
    return endpoint


@transaction.atomic
def cancel_secret_change(*, actor: User, endpoint: Endpoint, reason: str) -> Endpoint:
    """Throw the new secret away; the one before stays the only one. Raises as `begin_secret_change` does."""
    endpoint = _changing(actor, endpoint, reason, "cancel_secret_change", under_way=True)
    endpoint.next_secret, endpoint.next_secret_since = "", None
    endpoint.save(update_fields=["next_secret", "next_secret_since"])
    _record(actor, "cancel_secret_change", endpoint, 2, 1, reason)
    return endpoint


def _changing(actor: User, endpoint: Endpoint, reason: str, verb: str, *, under_way: bool) -> Endpoint:
    """The locked row, when its secret may be changed by this verb."""
    demand_administrator(actor)
    demand_reason(actor, reason)
    endpoint = _locked(endpoint)
    workflow.move(verb, endpoint.state)
    if endpoint.channel != MachineChannel.WEBHOOK:
        raise ValidationError(_("Only what is sent to machines is signed."))
    if bool(endpoint.next_secret) != under_way:
        raise ValidationError(
            _("The secret is not being changed.") if under_way else _("The secret is being changed already.")
        )
    return endpoint


def _record(actor: User, verb: str, endpoint: Endpoint, before: int, after: int, reason: str) -> None:
    """How many secrets were valid before and are now; never one of them."""
    audit.record(
        actor=actor,
        verb=verb,
        target=endpoint,
        before={"valid_secrets": before},
        after={"valid_secrets": after},
        reason=reason,
    )


def _locked(endpoint: Endpoint) -> Endpoint:
    return Endpoint.objects.select_for_update(of=("self",)).select_related("unit").get(pk=endpoint.pk)
