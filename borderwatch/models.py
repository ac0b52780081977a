"""The kernel's rows: what was done (AuditEntry), who is to be told (Delivery, Attempt), who is alive (Heartbeat).

Nothing here knows an incident or a unit; the rows name their subject as ``kind`` and ``key``.
"""

import uuid
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import Count, F, Max, Q
from django.utils.translation import gettext_lazy as _

from borderwatch import clock


class AuditEntry(models.Model):
    """One verb done once: who, what, on which object, before and after, why. Append-only by trigger."""

    at = models.DateTimeField(_("at"))
    # The wall clock of the insert: equal to `at` but for the demo world, which replays the past openly.
    recorded_at = models.DateTimeField(_("recorded at"), db_default=TransactionNow(), editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("actor")
    )
    actor_name = models.CharField(_("actor's name"), max_length=200)
    verb = models.CharField(_("verb"), max_length=60)
    kind = models.CharField(_("kind of object"), max_length=60)
    key = models.CharField(_("key of object"), max_length=80)
    label = models.CharField(_("object"), max_length=200)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    reason = models.TextField(_("reason"), blank=True)
    request_id = models.CharField(_("request"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        default_permissions = ()
        ordering = ("-id",)
        indexes = (models.Index(fields=("kind", "key", "id"), name="audit_of_object"),)
        triggers = (
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="no_truncate",
                operation=pgtrigger.Truncate,
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                func="RAISE EXCEPTION 'pgtrigger: cannot truncate the audit';",
            ),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name}: {self.verb} {self.label}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def about(self, kind: str, key: str) -> "DeliveryQuerySet":
        """All notices about one object, planned ones too."""
        return self.filter(kind=kind, key=key)

    def with_fetches(self) -> "DeliveryQuerySet":
        """With how often the link of each was fetched without being pressed, and when last (`fetches`, `fetched_at`).

        A fetch proves nothing: mail scanners open links too.
        """
        fetched = Q(links__visits__method__in=("GET", "HEAD"))
        return self.annotate(
            fetches=Count("links__visits", filter=fetched), fetched_at=Max("links__visits__at", filter=fetched)
        )

    def due(self) -> "DeliveryQuerySet":
        """Waiting, time has come, and nobody holds the lease."""
        now = clock.sql_now()
        return self.filter(state=Delivery.State.PENDING, due_at__lte=now).filter(
            Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        )

    def inbox(self, user: Any) -> "DeliveryQuerySet":
        """A person's in-app notices whose time has come; no queue stands between the row and the page."""
        return self.filter(user=user, channel=Delivery.Channel.INAPP, planned_at__lte=clock.sql_now()).exclude(
            state__in=(Delivery.State.CANCELLED, Delivery.State.DEAD)
        )


class Delivery(models.Model):
    """One notice to one recipient on one channel: the truth about whether he was told.

    Its id is the webhook's id and the local part of the mail's Message-ID, the same over all attempts.
    """

    class Channel(models.TextChoices):
        INAPP = "inapp", _("in the application")
        EMAIL = "email", _("e-mail")
        WEBHOOK = "webhook", _("machine (webhook)")
        MESSAGE = "message", _("message (Telegram and the like)")

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        DELIVERED = "delivered", _("handed over")
        CANCELLED = "cancelled", _("cancelled")
        DEAD = "dead", _("failed for good")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    topic = models.CharField(_("topic"), max_length=60)
    # What happened, e.g. "duty:17:step:2"; with recipient and channel it makes a notice unique.
    event = models.CharField(_("event"), max_length=120)
    # Planned notices that end together, e.g. "duty:17".
    bundle = models.CharField(_("bundle"), max_length=80, blank=True)
    kind = models.CharField(_("kind of object"), max_length=60)
    key = models.CharField(_("key of object"), max_length=80)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    recipient = models.CharField(_("recipient key"), max_length=80)
    recipient_name = models.CharField(_("recipient"), max_length=200)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="deliveries", verbose_name=_("user")
    )
    endpoint = models.ForeignKey(
        "units.Endpoint", models.PROTECT, null=True, related_name="deliveries", verbose_name=_("endpoint")
    )
    language = models.CharField(_("language"), max_length=5, default="km")
    payload = models.TextField(_("payload"), help_text=_("The exact JSON text; a webhook sends these bytes."))
    payload_sha256 = models.CharField(_("hash of the payload"), max_length=64)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PENDING)
    state_reason = models.CharField(_("why"), max_length=300, blank=True)
    planned_at = models.DateTimeField(_("planned for"))
    due_at = models.DateTimeField(_("next try at"))
    created_at = models.DateTimeField(_("written at"))
    done_at = models.DateTimeField(_("ended at"), null=True)
    # The four stages of proof: handed over (`done_at`), delivered, opened, acknowledged. No receipt means "unknown".
    received_at = models.DateTimeField(_("delivered at"), null=True)
    opened_at = models.DateTimeField(_("opened at"), null=True)
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True)
    knocked_at = models.DateTimeField(_("worker knocked at"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(_("leased until"), null=True)
    lease_token = models.UUIDField(_("lease token"), null=True)
    # Set by `outbox.claim`: the attempt row this process has started and must end. Not a column.
    attempt_id: int | None = None

    objects: ClassVar[models.Manager["Delivery"]] = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        default_permissions = ()
        ordering = ("planned_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("event", "recipient", "channel"), name="one_notice_per_event_recipient_and_channel"
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False) | Q(endpoint__isnull=False), name="a_notice_has_a_recipient"
            ),
            models.CheckConstraint(
                condition=Q(state="pending", done_at__isnull=True) | (~Q(state="pending") & Q(done_at__isnull=False)),
                name="a_notice_ends_exactly_when_it_is_no_longer_waiting",
            ),
        )
        indexes = (
            models.Index(fields=("due_at",), name="outbox_due", condition=Q(state="pending")),
            models.Index(fields=("bundle",), name="outbox_bundle", condition=Q(state="pending")),
            models.Index(fields=("kind", "key"), name="notices_of_object"),
            models.Index(F("user"), F("planned_at").desc(), name="inbox_of_person", condition=Q(channel="inapp")),
            models.Index(F("endpoint"), name="endpoint_in_flight", condition=Q(lease_until__isnull=False)),
            models.Index(F("done_at").desc(), name="dead_letters", condition=Q(state="dead")),
            models.Index(
                F("endpoint"),
                F("created_at").desc(),
                F("id").desc(),
                name="notices_of_endpoint",
                condition=Q(endpoint__isnull=False),
            ),
        )

    @property
    def topic_label(self) -> str:
        """The topic in words."""
        from borderwatch.topics import TOPICS

        return str(TOPICS[self.topic].label) if self.topic in TOPICS else self.topic

    @property
    def code(self) -> str:
        """The short code by which people name a notice; it stands in the mail's subject."""
        return str(self.id)[:8]

    @property
    def link(self) -> "ActionLink | None":
        """Its link to act without signing in, while that works; None for one that has none."""
        from borderwatch import links

        return links.of_delivery(self)

    def __str__(self) -> str:
        return f"{self.topic} → {self.recipient_name} ({self.channel})"


class Attempt(models.Model):
    """One try to hand a notice over. Committed before the network call, completed after it."""

    class Outcome(models.TextChoices):
        STARTED = "started", _("started, no end known")
        HANDED_OVER = "handed_over", _("handed over")
        FAILED = "failed", _("failed, will be tried again")
        REFUSED = "refused", _("refused for good")
        FENCED = "fenced", _("ended after its lease was lost")

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempt_rows", verbose_name=_("notice"))
    number = models.PositiveSmallIntegerField(_("number"))
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices, default=Outcome.STARTED)
    detail = models.CharField(_("detail"), max_length=500, blank=True)
    by = models.CharField(_("delivered by"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        default_permissions = ()
        ordering = ("id",)

    @property
    def took_s(self) -> float | None:
        """How long it took in seconds; None while no end is known."""
        return max((self.ended_at - self.started_at).total_seconds(), 0.0) if self.ended_at else None

    def __str__(self) -> str:
        return f"{self.delivery_id} #{self.number}: {self.outcome}"


class ActionLink(models.Model):
    """A link in a mail or message that lets its receiver act without signing in, once.

    Bound to one notice and so to one receiver. The secret in the address is derived from this row's id and the
    site's key, so the row alone opens nothing. GET shows a page and changes nothing here; POST acts.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="links", verbose_name=_("notice"))
    # What it lets him do, and with what ("acknowledge_duty", "duty", "17").
    purpose = models.SlugField(_("purpose"), max_length=40)
    kind = models.CharField(_("kind of object"), max_length=60)
    key = models.CharField(_("key of object"), max_length=80)
    created_at = models.DateTimeField(_("made at"))
    expires_at = models.DateTimeField(_("valid until"))
    used_at = models.DateTimeField(_("used at"), null=True)
    # What a second opening shows: number of the receipt and the words of what was confirmed.
    receipt = models.CharField(_("receipt"), max_length=20, blank=True)
    confirmed = models.JSONField(_("what was confirmed"), default=dict)
    revoked_at = models.DateTimeField(_("revoked at"), null=True)
    revoked_reason = models.CharField(_("why it was revoked"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("link to act")
        verbose_name_plural = _("links to act")
        default_permissions = ()
        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(fields=("delivery", "purpose"), name="a_notice_has_one_link_per_purpose"),
            models.UniqueConstraint(fields=("receipt",), condition=~Q(receipt=""), name="a_receipt_has_its_own_number"),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True, receipt="") | (Q(used_at__isnull=False) & ~Q(receipt="")),
                name="a_used_link_has_a_receipt",
            ),
        )

    @property
    def audit_kind(self) -> str:
        """Named so in the record."""
        return "actionlink"

    @property
    def audit_key(self) -> str:
        """The row's id; never the secret of its address."""
        return str(self.pk)

    @property
    def url(self) -> str:
        """The whole address that is sent; whoever has it acts as the receiver."""
        from borderwatch import links

        return links.url(self)

    def __str__(self) -> str:
        return f"{self.purpose} {self.key} → {self.delivery.recipient_name}"


class LinkVisit(models.Model):
    """One opening or pressing of a link: by whom is unknown, mail scanners open links too."""

    link = models.ForeignKey(ActionLink, models.CASCADE, related_name="visits", verbose_name=_("link"))
    at = models.DateTimeField(_("at"))
    method = models.CharField(_("method"), max_length=8)
    outcome = models.CharField(_("outcome"), max_length=40)
    address = models.GenericIPAddressField(_("from address"), null=True)
    agent = models.CharField(_("program"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("visit of a link")
        verbose_name_plural = _("visits of links")
        default_permissions = ()
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.method} {self.at:%Y-%m-%d %H:%M}: {self.outcome}"


class Heartbeat(models.Model):
    """When a background process last did its work; `/healthz` reads it."""

    name = models.CharField(_("process"), max_length=40, primary_key=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} {self.at:%H:%M:%S}"


class Job(models.Model):
    """A long computation a person has asked for: kept here, done by the worker, watched on a page while it runs.

    Safe to run twice: a job writes its result at the end, in one go. `jobs.py` starts, runs and sweeps them.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=40)
    # What it is about, for finding the latest one again ("change:12").
    subject = models.CharField(_("about"), max_length=80, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("asked by")
    )
    params = models.JSONField(_("parameters"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("of"), default=0)
    result = models.JSONField(_("result"), null=True)
    # What to tell the person when it failed, in words he can act on; the trace goes to the log.
    error = models.TextField(_("why it failed"), blank=True)
    created_at = models.DateTimeField(_("asked at"))
    started_at = models.DateTimeField(_("started at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    lease_until = models.DateTimeField(_("taken until"), null=True)
    lease_token = models.UUIDField(_("lease token"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        default_permissions = ()
        ordering = ("-created_at",)
        indexes = (
            models.Index(fields=("created_at",), name="jobs_not_ended", condition=Q(state__in=("waiting", "running"))),
            models.Index(fields=("subject", "-created_at"), name="jobs_by_subject"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
