"""Verbs about the addresses at which units are told: one administrator asks, another confirms. No secret is on record.

`actor=None` is the system itself (first installation, the demo); what it adds is in use at once.
"""

from collections.abc import Sequence

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock, connecting, destinations, outbox
from borderwatch.connecting import Guard
from units import endpoint_workflow as workflow
from units.actions.endpoint_secrets import new_secret
from units.actions.keeper import demand_administrator, demand_reason
from units.choices import DeskLevel, EndpointState, MachineChannel
from units.models import Endpoint, Unit, User
from units.notices_endpoints import asked_notice


@transaction.atomic
def ask_endpoint(
    *,
    actor: User | None,
    unit: Unit,
    channel: MachineChannel | str,
    address: str,
    level: DeskLevel | str = DeskLevel.DESK,
    language: str = "km",
    internal_networks: Sequence[str] = (),
    secret: str = "",
    reason: str = "",
) -> Endpoint:
    """Ask for an address at which a unit is told; administrators only. Nothing is sent there until another confirms.

    A webhook gets a secret made here, in the returned row's `secret`, to be shown this once. Only the system itself
    brings a `secret` of its own, and what it adds is in use at once.

    Raises PermissionDenied, and ValidationError by field: an address that is none, may not be connected to or is
    listed already, a range that is not private, a destination the settings do not name.
    """
    demand_administrator(actor)
    demand_reason(actor, reason)
    # Two who ask for the same address in the same moment: the second is told that it is listed.
    unit = Unit.objects.select_for_update(of=("self",), no_key=True).get(pk=unit.pk)
    webhook = channel == MachineChannel.WEBHOOK
    networks = _networks(internal_networks if webhook else ())
    now = clock.now()
    endpoint = Endpoint(
        unit=unit,
        channel=channel,
        level=level,
        address=_address(channel, address.strip(), networks),
        secret=new_secret() if webhook and actor is not None else secret,
        language=language,
        internal_networks=networks,
        active=actor is None,
        asked_by=actor,
        asked_at=now,
        confirmed_at=now if actor is None else None,
    )
    endpoint.full_clean()
    endpoint.save()
    told = {"unit": unit.code, "channel": str(channel), "level": str(level), "address": endpoint.address}
    if networks:
        told["internal_networks"] = ", ".join(networks)
    audit.record(
        actor=actor, verb="ask_endpoint" if actor else "add_endpoint", target=endpoint, after=told, reason=reason
    )
    if actor is not None:
        outbox.publish(asked_notice(endpoint, actor))
    return endpoint


@transaction.atomic
def add_endpoint(
    *,
    actor: None,
    unit: Unit,
    channel: MachineChannel | str,
    address: str,
    level: DeskLevel | str = DeskLevel.DESK,
    secret: str = "",
    language: str = "km",
) -> Endpoint:
    """Add an address that is in use at once: for first installation and the demo. A person asks (`ask_endpoint`).

    Raises PermissionDenied for a person, and ValidationError (a webhook without a secret, an address listed already).
    """
    if actor is not None:
        raise PermissionDenied(_("Another administrator confirms an address before it is used."))
    return ask_endpoint(
        actor=None, unit=unit, channel=channel, address=address, level=level, secret=secret, language=language
    )


@transaction.atomic
def confirm_endpoint(*, actor: User, endpoint: Endpoint, reason: str) -> Endpoint:
    """Take an address into use that another administrator asked for; `reason` says how it was checked.

    Raises PermissionDenied for the one who asked, Refused by state, and ValidationError for a message that would be
    the only way to reach this desk.
    """
    demand_administrator(actor)
    demand_reason(actor, reason)
    endpoint = _locked(endpoint)
    if endpoint.asked_by_id == actor.pk:
        raise PermissionDenied(_("Another administrator confirms: who asked for an address does not confirm it."))
    workflow.move("confirm_endpoint", endpoint.state)
    if endpoint.channel == MachineChannel.MESSAGE and not _other_ways(endpoint):
        raise ValidationError(
            _("A message is never the only way: this desk of the unit first needs e-mail or a machine in use.")
        )
    # What the settings and the network's rules say may have changed since it was asked for.
    _address(endpoint.channel, endpoint.address, endpoint.internal_networks)
    endpoint.active, endpoint.confirmed_by, endpoint.confirmed_at = True, actor, clock.now()
    endpoint.save(update_fields=["active", "confirmed_by", "confirmed_at"])
    _record(actor, "confirm_endpoint", endpoint, EndpointState.ASKED, reason)
    return endpoint


@transaction.atomic
def reject_endpoint(*, actor: User, endpoint: Endpoint, reason: str) -> Endpoint:
    """Turn an address down that waits for confirmation; who asked for it may take it back this way.

    Raises PermissionDenied and Refused by state.
    """
    demand_administrator(actor)
    demand_reason(actor, reason)
    endpoint = _locked(endpoint)
    workflow.move("reject_endpoint", endpoint.state)
    _end(endpoint)
    outbox.cancel_for_endpoint(endpoint.pk, reason=reason)
    _record(actor, "reject_endpoint", endpoint, EndpointState.ASKED, reason)
    return endpoint


@transaction.atomic
def retire_endpoint(*, actor: User | None, endpoint: Endpoint, reason: str) -> Endpoint:
    """Stop telling a unit at an address; administrators only. Notices planned for it are cancelled.

    Raises Refused by state, and ValidationError when messages alone would be left at this desk.
    """
    demand_administrator(actor)
    demand_reason(actor, reason)
    endpoint = _locked(endpoint)
    workflow.move("retire_endpoint", endpoint.state)
    if endpoint.channel != MachineChannel.MESSAGE and not _other_ways(endpoint) and _messages(endpoint):
        raise ValidationError(
            _("Then messages alone would reach this desk, and they prove nothing. End its message address first.")
        )
    _end(endpoint)
    cancelled = outbox.cancel_for_endpoint(endpoint.pk, reason=reason)
    _record(actor, "retire_endpoint", endpoint, EndpointState.IN_USE, reason, cancelled_notices=cancelled)
    return endpoint


def _locked(endpoint: Endpoint) -> Endpoint:
    """The endpoint, with the other addresses of the same desk locked along: what one may do hangs on the others."""
    rows = Endpoint.objects.select_for_update(of=("self",)).filter(unit=endpoint.unit_id, level=endpoint.level)
    return {row.pk: row for row in rows.select_related("unit", "asked_by").order_by("pk")}[endpoint.pk]


def _at_desk(endpoint: Endpoint) -> list[Endpoint]:
    """The other addresses in use at the same desk of the unit."""
    rows = Endpoint.objects.filter(unit=endpoint.unit_id, level=endpoint.level, active=True)
    return list(rows.exclude(pk=endpoint.pk))


def _other_ways(endpoint: Endpoint) -> bool:
    return any(row.channel != MachineChannel.MESSAGE for row in _at_desk(endpoint))


def _messages(endpoint: Endpoint) -> bool:
    return any(row.channel == MachineChannel.MESSAGE for row in _at_desk(endpoint))


def _end(endpoint: Endpoint) -> None:
    endpoint.active, endpoint.retired_at = False, clock.now()
    # Secrets of an address that has ended are of use to nobody but a thief; the last one stays as a row needs one.
    endpoint.next_secret, endpoint.next_secret_since = "", None
    endpoint.save(update_fields=["active", "retired_at", "next_secret", "next_secret_since"])


def _record(actor: User | None, verb: str, endpoint: Endpoint, before: str, reason: str, **more: int) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        target=endpoint,
        before={"state": before},
        after={"state": endpoint.state, "channel": endpoint.channel, "address": endpoint.address, **more},
        reason=reason,
    )


def _networks(given: Sequence[str]) -> list[str]:
    """The ranges in one spelling. Raises ValidationError naming the one that is no private range."""
    found = []
    for text in given:
        try:
            found.append(str(connecting.network(text)))
        except ValueError:
            raise ValidationError(
                {
                    "internal_networks": _(
                        "“%(range)s” is no range of a private network. Write it like 10.20.0.0/16; the machine's own "
                        "and link-local addresses are never allowed."
                    )
                    % {"range": text}
                }
            ) from None
    return found


def _address(channel: str, address: str, networks: Sequence[str]) -> str:
    """The address when it is one of its channel. Raises ValidationError by field."""
    if channel == MachineChannel.MESSAGE and address not in destinations.names():
        raise ValidationError({"address": _("The server's settings name no such destination of messages.")})
    if channel == MachineChannel.EMAIL:
        try:
            validate_email(address)
        except ValidationError as error:
            raise ValidationError({"address": error.messages}) from None
    if channel == MachineChannel.WEBHOOK:
        try:
            Guard.of(networks).split(address)
        except connecting.Refused as error:
            raise ValidationError(
                {
                    "address": _(
                        "This address may not be used: %(why)s. Write https://, the host's name and the path, without "
                        "user name and password."
                    )
                    % {"why": _(str(error))}
                }
            ) from None
    return address
