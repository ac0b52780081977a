"""Unusual days (duty D4): the system finds them with the count, a person says what they were.

What was really so stays among the usual days a later one is measured against; what was a mistake does not.
"""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from borderwatch import audit, clock
from crossings import deciders, outlier_workflow, outliers
from crossings.counts import MEASURES, after_recording
from crossings.models import Crossing, TrafficOutlier, TrafficSheet
from crossings.sheets import batched
from units.models import User

# Crossings whose usual days are read at once.
CROSSINGS = 20
# Days named in the record of one finding.
NAMED = 50


@transaction.atomic
def judge_outlier(*, actor: User, outlier: TrafficOutlier, state: str, reason: str) -> TrafficOutlier:
    """Say of an unusual day that it was really so, or that the count is a mistake, and why.

    A mistake waits for a correction of the day, which is a count of its own. Raises PermissionDenied, ValidationError
    by field, and Refused when it is decided so already or the count has been corrected since.
    """
    rows = TrafficOutlier.objects.select_for_update(of=("self",))
    outlier = rows.select_related("crossing__district__province", "crossing__responsible_unit", "sheet").get(
        pk=outlier.pk
    )
    deciders.demand(actor, "judge_outlier", outlier.crossing)
    errors = {}
    if state not in outlier_workflow.JUDGEMENTS:
        errors["state"] = _("Choose whether it was so or is a mistake.")
    if not reason.strip():
        errors["reason"] = _("Say how you know; it stays on record.")
    if errors:
        raise ValidationError(errors)
    if outlier.sheet is not None and not outlier.sheet.current:
        raise outlier_workflow.Refused(_("The count of this day has been corrected since; nothing is to be decided."))
    outlier_workflow.demand(state, outlier.state)
    before = {"state": outlier.state, "reason": outlier.reason}
    outlier.state, outlier.reason = state, reason.strip()
    outlier.decided_by, outlier.decided_at = actor, clock.now()
    outlier.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    audit.record(
        actor=actor,
        verb="judge_outlier",
        target=outlier,
        before=before,
        after={"crossing": outlier.crossing.slug, "day": outlier.day.isoformat(), "state": state},
        reason=outlier.reason,
        at=outlier.decided_at,
    )
    return outlier


def find_unusual(sheets: Sequence[TrafficSheet]) -> list[TrafficOutlier]:
    """Look at new counts inside the transaction that wrote them, and keep what is unusual among them.

    Three queries for twenty crossings, however many days. Each day is measured against those before it.
    """
    made: list[TrafficOutlier] = []
    for some in batched(sorted({one.crossing_id for one in sheets}), CROSSINGS):
        wanted = set(some)
        made += _found([one for one in sheets if one.crossing_id in wanted])
    if made:
        TrafficOutlier.objects.bulk_create(made, batch_size=1_000)
        _record(made)
    return made


def _found(sheets: Sequence[TrafficSheet]) -> list[TrafficOutlier]:
    now = clock.now()
    usual_days = _usual_days(sheets)
    found = []
    for sheet in sheets:
        if sheet.observed_minutes < outliers.MIN_MINUTES:
            continue
        baseline = usual_days.get((sheet.crossing_id, sheet.direction))
        for measure in MEASURES:
            value = getattr(sheet, measure)
            usual = (
                baseline.usual(sheet.day, measure, sheet.observed_minutes) if baseline and value is not None else None
            )
            if usual is None or not (why := usual.verdict(float(value))):
                continue
            found.append(
                TrafficOutlier(
                    crossing_id=sheet.crossing_id,
                    day=sheet.day,
                    direction=sheet.direction,
                    measure=measure,
                    why=why,
                    sheet=sheet,
                    basis=outliers.basis(value, sheet.observed_minutes, sheet.day, usual),
                    found_at=now,
                )
            )
    return found


def _usual_days(sheets: Sequence[TrafficSheet]) -> dict[tuple[int, str], outliers.Baseline]:
    """The usual days of the crossings and directions of these sheets, read once."""
    days = [one.day for one in sheets]
    rows = TrafficSheet.objects.filter(
        crossing__in={one.crossing_id for one in sheets},
        current=True,
        day__gte=outliers.reads_from(min(days)),
        day__lt=max(days),
        day__iso_week_day__in={day.isoweekday() for day in days},
        observed_minutes__gte=outliers.MIN_MINUTES,
    )
    return outliers.baselines(rows)


def _record(made: Sequence[TrafficOutlier]) -> None:
    """One entry for each crossing, however many days an import brought."""
    crossings = Crossing.objects.in_bulk({one.crossing_id for one in made})
    for pk, crossing in sorted(crossings.items()):
        rows = [one for one in made if one.crossing_id == pk]
        named = [f"{one.day.isoformat()} {one.direction} {one.measure} {one.why}" for one in rows[:NAMED]]
        audit.record(
            actor=None, verb="find_outliers", target=crossing, after={"found": len(rows), "days": named},
            at=rows[0].found_at,
        )  # fmt: skip


after_recording.append(find_unusual)
