"""What happens to a duty while it is owed: an institution asks back, puts off its reminders, or forgets."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from incidents.choices_answers import Why
from incidents.models.clocks import Clock
from incidents.models.escalation import Acknowledgement, Duty
from incidents.querysets_answers import InformationRequestQuerySet
from units.models import Audited, Unit, User


class InformationRequest(Audited):
    """An institution needs information: its own clock pauses, and the province's (or filer's) starts."""

    duty = models.ForeignKey(Duty, models.PROTECT, related_name="requests", verbose_name=_("duty"))
    acknowledgement = models.OneToOneField(
        Acknowledgement, models.PROTECT, related_name="request", verbose_name=_("acknowledgement")
    )
    asked_of = models.ForeignKey(Unit, models.PROTECT, related_name="information_owed", verbose_name=_("asked of"))
    question = models.TextField(_("question"))
    clock = models.OneToOneField(Clock, models.PROTECT, related_name="request", verbose_name=_("clock"))
    asked_at = models.DateTimeField(_("asked at"))
    answer = models.TextField(_("answer"), blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("answered by"))
    answered_by_name = models.CharField(_("answered by (name)"), max_length=200, blank=True)

    objects: ClassVar[models.Manager["InformationRequest"]] = InformationRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for information")
        verbose_name_plural = _("requests for information")
        default_permissions = ()
        ordering = ("asked_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer="") | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="an_answered_request_has_an_answer_and_a_time",
            ),
        )

    @property
    def bundle(self) -> str:
        """The outbox bundle of its planned reminders."""
        return f"request:{self.pk}"

    @property
    def answer_words(self) -> str:
        """What was given; where the institution went on without it, that in the reader's language."""
        return str(Why(self.answer).label) if self.answer in Why.values else self.answer

    def __str__(self) -> str:
        return f"{self.duty}: {self.question[:40]}"


class Snooze(Audited):
    """Reminders of a duty put off for a while, with a reason; the deadline and the clock stay as they are."""

    duty = models.ForeignKey(Duty, models.PROTECT, related_name="snoozes", verbose_name=_("duty"))
    at = models.DateTimeField(_("put off at"))
    until = models.DateTimeField(_("put off until"))
    reason = models.TextField(_("reason"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    by_name = models.CharField(_("by (name)"), max_length=200)

    class Meta:
        verbose_name = _("reminders put off")
        verbose_name_plural = _("reminders put off")
        default_permissions = ()
        ordering = ("at", "id")
        constraints = (
            models.CheckConstraint(condition=Q(until__gt=F("at")), name="a_snooze_ends_after_it_began"),
            models.CheckConstraint(condition=~Q(reason=""), name="a_snooze_has_a_reason"),
        )

    def __str__(self) -> str:
        return f"{self.duty} until {self.until:%Y-%m-%d %H:%M}"
