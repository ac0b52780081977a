"""The incident and what belongs to its filing: the reference's counter and copies that did not agree."""

from typing import Any, ClassVar

from django.contrib.gis.db import models as gis
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crossings.models import Crossing
from incidents.choices import (
    TYPE_LABELS,
    Category,
    CloseReason,
    CoordinateSource,
    Impact,
    Side,
    Source,
    Status,
    TimePrecision,
)
from incidents.models.drills import Drill
from incidents.querysets import IncidentQuerySet
from units.models import Audited, BorderMarker, District, Observation, Province, Unit, User


class ReferenceCounter(models.Model):
    """The last serial given in a province and year; its row lock makes references gap-free."""

    province = models.ForeignKey(Province, models.PROTECT, related_name="+", verbose_name=_("province"))
    year = models.PositiveSmallIntegerField(_("year"))
    last = models.PositiveIntegerField(_("last serial"), default=0)

    class Meta:
        verbose_name = _("reference counter")
        verbose_name_plural = _("reference counters")
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("province", "year"), name="one_counter_per_province_and_year"),)

    def __str__(self) -> str:
        return f"{self.province.letters}-{self.year}: {self.last}"


class Incident(Audited):
    """One event as reported. Four times: occurred, detected, filed (device), received (server)."""

    ref = models.CharField(_("reference"), max_length=20, unique=True)
    # Made on the client when the form opens; one key makes one incident, for ever.
    client_key = models.UUIDField(_("client key"), unique=True)
    fingerprint = models.CharField(_("fingerprint of the content"), max_length=64)

    category = models.CharField(_("category"), max_length=40, choices=Category.choices)
    type = models.CharField(_("type"), max_length=40)
    impact = models.CharField(_("how serious"), max_length=10, choices=Impact.choices)
    text = models.TextField(_("what happened"))
    status = models.CharField(_("state"), max_length=15, choices=Status.choices, default=Status.SUBMITTED)
    close_reason = models.CharField(_("reason of closing"), max_length=20, choices=CloseReason.choices, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True)

    point = gis.PointField(_("place"), null=True)
    accuracy_m = models.PositiveIntegerField(_("accuracy in metres"), null=True)
    coordinate_source = models.CharField(_("source of the position"), max_length=12, choices=CoordinateSource.choices)
    coordinate_text = models.CharField(_("coordinates as entered"), max_length=120, blank=True)
    place_name = models.CharField(_("place name"), max_length=200, blank=True)
    side = models.CharField(
        _("side of the line, as stated"), max_length=15, choices=Side.choices, default=Side.UNDETERMINED
    )
    near_marker = models.ForeignKey(
        BorderMarker, models.PROTECT, null=True, related_name="incidents", verbose_name=_("border marker")
    )
    near_crossing = models.ForeignKey(
        Crossing, models.PROTECT, null=True, related_name="incidents", verbose_name=_("crossing")
    )
    province = models.ForeignKey(Province, models.PROTECT, related_name="incidents", verbose_name=_("province"))
    district = models.ForeignKey(
        District, models.PROTECT, null=True, related_name="incidents", verbose_name=_("district")
    )

    occurred_at = models.DateTimeField(_("happened at"))
    time_precision = models.CharField(
        _("precision of the time"), max_length=10, choices=TimePrecision.choices, default=TimePrecision.MINUTE
    )
    detected_at = models.DateTimeField(_("detected at"), null=True)
    filed_at = models.DateTimeField(_("filed at (device)"), null=True)
    received_at = models.DateTimeField(_("received at (server)"))

    # How the event came to be known; "" when the reporter did not say.
    source = models.CharField(_("how it became known"), max_length=20, choices=Source.choices, blank=True)
    # A report about the reporter's own chain of command: it goes to the level above and stays unseen by the unit.
    exceptional = models.BooleanField(_("about the reporter's own chain"), default=False)
    observation = models.OneToOneField(
        Observation, models.PROTECT, null=True, related_name="incident", verbose_name=_("observation of a patrol")
    )

    # Filed in a drill: it runs the whole chain, is marked everywhere, and counts in no figure.
    drill = models.ForeignKey(Drill, models.PROTECT, null=True, related_name="incidents", verbose_name=_("drill"))

    filed_by = models.ForeignKey(User, models.PROTECT, related_name="filed", verbose_name=_("filed by"))
    filed_for = models.ForeignKey(Unit, models.PROTECT, related_name="filed", verbose_name=_("filed for"))

    # A copy of the current attribution for lists; the rows of Attribution are the record.
    responsible_unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="answers_for", verbose_name=_("unit that answers")
    )
    head_name = models.CharField(_("head at that time"), max_length=200, blank=True)
    contested = models.BooleanField(_("contested"), default=False)
    # Every unit to which this incident belongs: filed for, attributed to (ever, and contested candidates),
    # escalated to. Written by verbs only; `visible_to` is an overlap with it. A negative number is a person's own
    # key with a minus: the filer of an exceptional report, whose unit must not see it.
    audience = ArrayField(models.BigIntegerField(), verbose_name=_("audience"), default=list)

    objects: ClassVar[models.Manager["Incident"]] = IncidentQuerySet.as_manager()

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        default_permissions = ()
        ordering = ("-received_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, close_reason="")
                | (Q(closed_at__isnull=False) & ~Q(close_reason="")),
                name="a_closed_incident_has_a_reason_and_a_time",
            ),
            models.CheckConstraint(
                condition=Q(status="closed", closed_at__isnull=False)
                | (~Q(status="closed") & Q(closed_at__isnull=True)),
                name="closed_at_is_set_exactly_when_closed",
            ),
            models.CheckConstraint(
                condition=Q(point__isnull=True) | Q(accuracy_m__isnull=False),
                name="a_point_has_an_accuracy",
            ),
            models.CheckConstraint(
                condition=Q(point__isnull=False) | ~Q(place_name=""),
                name="an_incident_has_a_point_or_a_place_name",
            ),
        )
        indexes = (
            models.Index(F("received_at").desc(), F("id").desc(), name="incidents_newest_first"),
            models.Index(F("responsible_unit"), F("received_at").desc(), F("id").desc(), name="incidents_of_unit"),
            GinIndex(fields=("audience",), name="incidents_of_audience"),
            models.Index(fields=("filed_by", "-received_at"), name="incidents_of_filer"),
            models.Index(fields=("category", "occurred_at"), name="incidents_for_duplicates"),
            # icontains compares in capitals, so the trigrams are taken of capitals.
            GinIndex(OpClass(Upper("text"), name="gin_trgm_ops"), name="incidents_by_text"),
            GinIndex(OpClass(Upper("place_name"), name="gin_trgm_ops"), name="incidents_by_place_name"),
            GinIndex(OpClass(Upper("ref"), name="gin_trgm_ops"), name="incidents_by_ref"),
        )

    @property
    def audit_key(self) -> str:
        """The reference number."""
        return self.ref

    @property
    def type_label(self) -> Any:
        """The type in words."""
        return TYPE_LABELS.get(self.type, self.type)

    def get_absolute_url(self) -> str:
        """The incident's page."""
        return reverse("incidents:detail", args=[self.ref])

    def __str__(self) -> str:
        return self.ref


class ConflictingCopy(Audited):
    """A report that came with a known key but other content: kept, never dropped, until a person has compared."""

    class Decision(models.TextChoices):
        SAME = "same", _("the same report; the copy adds nothing")
        NOTED = "noted", _("the difference was noted in the incident")
        SEPARATE = "separate", _("another event; it was filed separately")

    incident = models.ForeignKey(
        Incident, models.PROTECT, related_name="conflicting_copies", verbose_name=_("incident")
    )
    fingerprint = models.CharField(_("fingerprint of the content"), max_length=64)
    content = models.JSONField(_("content"))
    filed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("filed by"))
    received_at = models.DateTimeField(_("received at"))
    decision = models.CharField(_("decision"), max_length=10, choices=Decision.choices, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided at"), null=True)
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("conflicting copy")
        verbose_name_plural = _("conflicting copies")
        default_permissions = ()
        ordering = ("received_at",)
        constraints = (
            models.UniqueConstraint(fields=("incident", "fingerprint"), name="a_conflicting_copy_is_kept_once"),
            models.CheckConstraint(
                condition=Q(decision="", decided_at__isnull=True)
                | (~Q(decision="") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="a_settled_copy_says_by_whom_and_when",
            ),
        )

    def __str__(self) -> str:
        return f"{self.incident.ref} · {self.fingerprint[:8]}"
