"""Clocks: deadlines kept as events, so that each can be recomputed, explained and printed."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from incidents.choices_answers import ClockEventKind, ClockState, Why
from units.models import Audited, Unit, User


class Clock(Audited):
    """So many minutes for something owed, counted round the clock or in an office's working hours.

    The terms (minutes, whose hours) are frozen at the start; `due_at` is computed from the events and the dated
    calendar, and is a copy for lists. While it is paused nothing is due. The rows of ClockEvent are the record.
    """

    minutes = models.PositiveIntegerField(_("minutes allowed"))
    # Whose working hours count; none: every hour counts ("at once").
    hours_of = models.ForeignKey(
        Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("counted in the working hours of")
    )
    state = models.CharField(_("state"), max_length=10, choices=ClockState.choices, default=ClockState.RUNNING)
    started_at = models.DateTimeField(_("started at"))
    due_at = models.DateTimeField(_("due at"), null=True)
    stopped_at = models.DateTimeField(_("stopped at"), null=True)

    class Meta:
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        default_permissions = ()
        constraints = (
            models.CheckConstraint(
                condition=Q(state="stopped", stopped_at__isnull=False) | (~Q(state="stopped") & Q(stopped_at=None)),
                name="a_clock_has_stopped_exactly_when_it_says_so",
            ),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(due_at__gte=F("started_at")), name="a_running_clock_has_a_deadline"
            ),
        )

    def __str__(self) -> str:
        return f"{self.minutes} min, {self.get_state_display()}"


class ClockEvent(models.Model):
    """One thing that happened to a clock: it started, paused with a reason, resumed, was extended, stopped."""

    clock = models.ForeignKey(Clock, models.PROTECT, related_name="events", verbose_name=_("clock"))
    number = models.PositiveSmallIntegerField(_("number"))
    kind = models.CharField(_("what"), max_length=10, choices=ClockEventKind.choices)
    at = models.DateTimeField(_("at"))
    # Minutes added, for an extension.
    minutes = models.IntegerField(_("minutes added"), default=0)
    reason = models.TextField(_("reason"), blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    by_name = models.CharField(_("by (name)"), max_length=200, blank=True)
    # What the deadline was after this event; empty while paused or stopped.
    due_after = models.DateTimeField(_("deadline afterwards"), null=True)

    class Meta:
        verbose_name = _("event of a clock")
        verbose_name_plural = _("events of clocks")
        default_permissions = ()
        ordering = ("clock", "number")
        constraints = (
            models.UniqueConstraint(fields=("clock", "number"), name="events_of_a_clock_are_numbered"),
            models.CheckConstraint(condition=~Q(kind="pause") | ~Q(reason=""), name="a_pause_has_a_reason"),
        )

    @property
    def why(self) -> str:
        """The reason in the reader's language: somebody's own words, or one of the fixed ones."""
        return str(Why(self.reason).label) if self.reason in Why.values else self.reason

    def __str__(self) -> str:
        return f"{self.clock_id} #{self.number}: {self.kind}"
