"""Changes of the register before they are made: proposed, tried over past incidents, then applied or abandoned."""

from typing import Any, ClassVar

from django.contrib.gis.db import models as gis
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from units.choices import ChangeState, RegisterLayer, Verdict
from units.models.base import Audited
from units.models.command import Unit
from units.models.people import User


class RegisterChangeQuerySet(models.QuerySet["RegisterChange"]):
    def visible_to(self, user: Any) -> Any:
        """Changes proposed by the person, and those about units whose register he keeps."""
        from units import policy

        ids = policy.unit_ids(user, policy.REGISTER)
        return self.filter(Q(units__in=ids) | Q(proposed_by=user)).distinct() if ids else self.none()


class RegisterChange(Audited):
    """A set of rows that would be added, changed or ended as of a date; nothing in the register moves before."""

    layer = models.CharField(_("what it changes"), max_length=20, choices=RegisterLayer.choices)
    state = models.CharField(_("state"), max_length=12, choices=ChangeState.choices, default=ChangeState.DRAFT)
    title = models.CharField(_("title"), max_length=200)
    # Rows of the register that the file leaves out are ended, but only when the file says it is complete.
    complete = models.BooleanField(_("the file lists everything that holds"), default=False)
    effective_from = models.DateTimeField(_("as of"))
    source = models.CharField(_("source"), max_length=300, blank=True)
    legal_reference = models.CharField(_("legal reference"), max_length=200, blank=True)
    # Units touched by its rows: whoever keeps their register may see it, and must keep all of them to apply it.
    units = models.ManyToManyField(Unit, related_name="+", verbose_name=_("units"))

    file_sha256 = models.CharField(_("SHA-256 of the file"), max_length=64, blank=True)
    file_name = models.CharField(_("file name"), max_length=200, blank=True)
    file_size = models.PositiveIntegerField(_("bytes"), null=True)
    crs = models.CharField(_("coordinate system as declared"), max_length=100, blank=True)
    # What the reading had to say of the file as a whole: [{"level": "error" | "note", "code", "params"}].
    messages = models.JSONField(_("messages"), default=list)

    proposed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed at"))
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("settled by"))
    settled_at = models.DateTimeField(_("settled at"), null=True)
    reason = models.TextField(_("reason"), blank=True)

    objects: ClassVar[models.Manager["RegisterChange"]] = RegisterChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of the register")
        verbose_name_plural = _("changes of the register")
        default_permissions = ()
        ordering = ("-proposed_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=~Q(state__in=("applied", "abandoned")) | (Q(settled_at__isnull=False) & ~Q(reason="")),
                name="a_settled_change_says_when_and_why",
            ),
        )

    def __str__(self) -> str:
        return self.title


class ProposedRow(models.Model):
    """One row of a change: what it would do, and what was mended or refused."""

    change = models.ForeignKey(RegisterChange, models.CASCADE, related_name="rows", verbose_name=_("change"))
    # The place of the feature in the file, from 1; for rows that end because the file leaves them out: 0.
    number = models.PositiveIntegerField(_("row"))
    verdict = models.CharField(_("what it does"), max_length=10, choices=Verdict.choices)
    code = models.CharField(_("code"), max_length=40, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("unit"))
    # Names and other properties of the feature, cleaned.
    properties = models.JSONField(_("properties"), default=dict)
    area = gis.MultiPolygonField(_("area"), null=True)
    line = gis.MultiLineStringField(_("line"), null=True)
    # The row of the register it would end, by key; None for an addition.
    replaces = models.BigIntegerField(_("replaces"), null=True)
    # [{"level": "error" | "note", "code": slug, "params": {...}}], worded in the reader's language when shown.
    messages = models.JSONField(_("messages"), default=list)

    class Meta:
        verbose_name = _("row of a change")
        verbose_name_plural = _("rows of a change")
        default_permissions = ()
        ordering = ("change", "number", "id")

    def __str__(self) -> str:
        return f"{self.code or self.number}: {self.get_verdict_display()}"
