"""Unauthorised checkpoints (duty D5): who stands there, what he asks, who must remove him, and the proof that he did.

A checkpoint is an incident of that kind; this row holds what only such an incident has.
"""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crossings.choices import Currency
from crossings.models import Crossing
from incidents.choices import CheckpointOperator, CheckpointState, Obstruction, RecognisedBy
from incidents.models.incidents import Incident
from units.models import Audited, Unit, User


class CheckpointQuerySet(models.QuerySet["Checkpoint"]):
    def visible_to(self, user: Any) -> Self:
        """Those whose incident the person sees."""
        return self.filter(incident__in=Incident.objects.visible_to(user).order_by().values("pk"))

    def standing(self) -> Self:
        """Not removed, as far as anybody has confirmed."""
        return self.exclude(state__in=(CheckpointState.REMOVED, CheckpointState.NO_CHECKPOINT))


class Checkpoint(Audited):
    """What is known of an unauthorised checkpoint. The crossing is the one whose perimeter holds the place, frozen."""

    incident = models.OneToOneField(Incident, models.PROTECT, related_name="checkpoint", verbose_name=_("incident"))
    crossing = models.ForeignKey(
        Crossing, models.PROTECT, null=True, related_name="checkpoints", verbose_name=_("official crossing")
    )
    recognised_by = models.CharField(_("recognised by"), max_length=10, choices=RecognisedBy.choices)
    # Metres to the nearest edge of the perimeter from inside; none when it lies in no perimeter.
    inside_m = models.FloatField(_("metres inside the perimeter"), null=True)
    state = models.CharField(
        _("state"), max_length=20, choices=CheckpointState.choices, default=CheckpointState.STANDING
    )
    operator = models.CharField(_("operator"), max_length=20, choices=CheckpointOperator.choices, blank=True)
    operator_name = models.CharField(_("who exactly"), max_length=300, blank=True)
    operator_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, related_name="checkpoints", verbose_name=_("operator's unit")
    )
    fee_asked = models.BooleanField(_("a fee is asked"), null=True)
    fee_amount = models.DecimalField(_("amount asked"), max_digits=14, decimal_places=2, null=True)
    fee_currency = models.CharField(_("currency"), max_length=3, choices=Currency.choices, blank=True)
    fee_note = models.CharField(_("for what, and from whom"), max_length=300, blank=True)
    obstruction = models.CharField(_("obstruction"), max_length=12, choices=Obstruction.choices, blank=True)
    obstruction_note = models.TextField(_("about the obstruction"), blank=True)
    first_seen_on = models.DateField(_("standing since"), null=True)
    remover = models.ForeignKey(
        Unit, models.PROTECT, null=True, related_name="checkpoints_to_remove", verbose_name=_("who must remove it")
    )
    remover_rule = models.CharField(_("by which rule"), max_length=20, blank=True)
    remove_by = models.DateField(_("to be removed by"), null=True)
    removed_on = models.DateField(_("removed on"), null=True)
    removal_text = models.TextField(_("about the removal"), blank=True)
    proof_sha256 = models.CharField(_("proof"), max_length=64, blank=True)
    proof_name = models.CharField(_("file name"), max_length=200, blank=True)
    proof_type = models.CharField(_("kind of file"), max_length=60, blank=True)
    proof_size = models.PositiveIntegerField(_("bytes"), null=True)
    removal_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("reported by"))
    removal_at = models.DateTimeField(_("reported at"), null=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("confirmed by"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)

    objects: ClassVar[models.Manager["Checkpoint"]] = CheckpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("unauthorised checkpoint")
        verbose_name_plural = _("unauthorised checkpoints")
        default_permissions = ()
        ordering = ("incident",)
        constraints = (
            models.CheckConstraint(
                condition=~Q(state__in=("reported_removed", "removed"))
                | Q(removed_on__isnull=False, removal_at__isnull=False) & ~Q(proof_sha256=""),
                name="a_removal_has_a_day_and_a_proof",
            ),
            models.CheckConstraint(
                condition=Q(fee_amount__isnull=True, fee_currency="")
                | (Q(fee_amount__isnull=False) & ~Q(fee_currency="")),
                name="a_fee_has_a_currency",
            ),
        )

    @property
    def audit_key(self) -> str:
        """The incident's reference."""
        return self.incident.ref

    def __str__(self) -> str:
        return self.incident.ref
