"""Engagement: who spoke with the neighbour's authority, what was demanded, what they answered (duty D8)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from incidents.choices_answers import CounterpartKind, EngagementKind, EngagementResult
from incidents.models.files import KeptFile
from incidents.models.incidents import Incident
from incidents.querysets_answers import EngagementQuerySet
from units.choices import Neighbour
from units.models import Audited, Unit, User


class Counterpart(Audited):
    """An authority of a neighbouring country with which we speak or to which we write."""

    slug = models.SlugField(_("code"), max_length=60, unique=True)
    country = models.CharField(_("country"), max_length=2, choices=Neighbour.choices)
    kind = models.CharField(_("kind"), max_length=20, choices=CounterpartKind.choices)
    name_km = models.CharField(_("Khmer name"), max_length=200, blank=True)
    name_en = models.CharField(_("English name"), max_length=200)
    address_km = models.TextField(_("form of address, Khmer"), blank=True)
    address_en = models.TextField(_("form of address, English"), blank=True)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("counterpart")
        verbose_name_plural = _("counterparts")
        ordering = ("country", "name_en")

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.name_km if self.name_km and get_language() == "km" else self.name_en

    @property
    def both_names(self) -> str:
        """Khmer and English beside each other, as a record keeps it that names nothing nearer."""
        return f"{self.name_km} · {self.name_en}"[:200] if self.name_km else self.name_en

    @property
    def audit_key(self) -> str:
        """The counterpart's code."""
        return self.slug

    def __str__(self) -> str:
        return self.name


class Engagement(Audited):
    """One contact with the neighbour about an incident, also one sought in vain. Never edited, only added to."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="engagements", verbose_name=_("incident"))
    number = models.PositiveSmallIntegerField(_("number"))
    kind = models.CharField(_("how"), max_length=20, choices=EngagementKind.choices)
    happened_at = models.DateTimeField(_("when"))
    place = models.CharField(_("where"), max_length=200, blank=True)
    country = models.CharField(_("country"), max_length=2, choices=Neighbour.choices)
    # The neighbour's side, as known: authority and post as text, or one of the list.
    counterpart = models.ForeignKey(
        Counterpart, models.PROTECT, null=True, related_name="engagements", verbose_name=_("counterpart")
    )
    authority = models.CharField(_("their authority or post"), max_length=200)
    their_person = models.CharField(_("their person"), max_length=200, blank=True)
    their_rank = models.CharField(_("their rank or office"), max_length=120, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="engagements", verbose_name=_("our unit"))
    our_people = models.CharField(_("who spoke for us"), max_length=300)
    demanded = models.TextField(_("what was demanded"))
    answer = models.TextField(_("what they answered"), blank=True)
    result = models.CharField(_("result"), max_length=12, choices=EngagementResult.choices)
    next_contact_at = models.DateTimeField(_("next contact"), null=True)
    minutes = models.TextField(_("minutes"), blank=True)
    # Made on the client when the form opens; one key makes one entry, whatever the network does.
    client_key = models.UUIDField(_("client key"), null=True, unique=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("entered by"))
    by_name = models.CharField(_("entered by (name)"), max_length=200)
    at = models.DateTimeField(_("entered at"))
    # Struck, not deleted: an entry that was wrong stays readable, with why.
    struck_at = models.DateTimeField(_("struck at"), null=True)
    struck_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("struck by"))
    struck_reason = models.CharField(_("why it was struck"), max_length=300, blank=True)

    objects: ClassVar[models.Manager["Engagement"]] = EngagementQuerySet.as_manager()

    class Meta:
        verbose_name = _("engagement")
        verbose_name_plural = _("engagements")
        default_permissions = ()
        ordering = ("incident", "number")
        constraints = (
            models.UniqueConstraint(fields=("incident", "number"), name="engagements_of_an_incident_are_numbered"),
            models.CheckConstraint(
                condition=Q(kind="no_contact") | ~Q(answer=""), name="an_engagement_that_was_had_tells_the_answer"
            ),
            models.CheckConstraint(
                condition=Q(struck_at__isnull=True, struck_reason="")
                | (Q(struck_at__isnull=False, struck_by__isnull=False) & ~Q(struck_reason="")),
                name="a_struck_engagement_says_by_whom_and_why",
            ),
        )
        indexes = (models.Index(fields=("-happened_at", "-id"), name="engagements_newest_first"),)

    @property
    def audit_key(self) -> str:
        """The incident's reference and the entry's number."""
        return f"{self.incident.ref}-E{self.number}"

    @property
    def whom(self) -> str:
        """The neighbour's side in the reader's language: the counterpart of the list, else the words given."""
        if self.counterpart is not None and self.authority == self.counterpart.both_names:
            return self.counterpart.name
        return self.authority

    @property
    def bundle(self) -> str:
        """The outbox bundle of its planned reminder of the next contact."""
        return f"engagement:{self.pk}"

    def get_absolute_url(self) -> str:
        """The entry on the incident's page."""
        return reverse("engagements:detail", args=[self.incident.ref, self.number])

    def __str__(self) -> str:
        return f"{self.incident.ref} · {self.authority}"


class EngagementFile(KeptFile):
    """Minutes or a photo of an engagement."""

    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="files", verbose_name=_("engagement"))

    class Meta:
        verbose_name = _("file of an engagement")
        verbose_name_plural = _("files of engagements")
        default_permissions = ()
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("engagement", "sha256"), name="an_engagement_keeps_a_file_once"),
        )
