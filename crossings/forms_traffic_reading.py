"""Forms of looking at traffic: what to draw, what to compare, and the judgement of an unusual day."""

from datetime import date, timedelta
from typing import Any

import django_filters as filters
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from borderwatch.fields import DayField, reason_field
from crossings.charts import Drawn, counted, index_of, per_day
from crossings.choices import OutlierReason, OutlierState
from crossings.counts import EARLIEST
from crossings.models import TrafficOutlier
from crossings.outliers import waiting
from crossings.traffic import Series, crossings_of

MEASURES = (
    ("passengers", gettext_lazy("passengers")),
    ("vehicles", gettext_lazy("vehicles")),
    ("tonnes", gettext_lazy("tonnes of goods")),
    ("refused", gettext_lazy("refused entries")),
    ("searches", gettext_lazy("searches")),
)
BY = (
    ("day", pgettext_lazy("how a chart is cut", "by day")),
    ("week", pgettext_lazy("how a chart is cut", "by week")),
    ("month", pgettext_lazy("how a chart is cut", "by month")),
)
# What is drawn when no days are named, and how far it may reach, in days.
USUAL = {"day": 90, "week": 7 * 52, "month": 730}
FARTHEST = {"day": 400, "week": 7 * 160, "month": 366 * 12}
# Crossings set side by side.
COMPARED = 6


def _select() -> forms.Select:
    return forms.Select(attrs={"class": "form-select"})


class LookForm(forms.Form):
    """What to draw of a crossing; whatever is not said has its usual value."""

    measure = forms.ChoiceField(label=gettext_lazy("What"), choices=MEASURES, required=False, widget=_select())
    by = forms.ChoiceField(label=gettext_lazy("In steps"), choices=BY, required=False, widget=_select())
    since = DayField(label=gettext_lazy("From"), required=False)
    until = DayField(label=gettext_lazy("Up to"), required=False)

    def __init__(self, data: Any, *, today: date, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any]:
        """The days in their order, not in the future, and not more than a chart can show."""
        data = super().clean() or {}
        by = data.get("by") or "day"
        until = min(data.get("until") or self.today, self.today)
        since = data.get("since") or max(EARLIEST, until - timedelta(days=USUAL[by] - 1))
        if since > until:
            self.add_error("until", _("The last day lies before the first."))
        elif since < EARLIEST:
            self.add_error("since", _("So long ago nothing was counted. Check the year."))
        elif (until - since).days >= FARTHEST[by]:
            self.add_error("since", _("That is more than a chart can show so finely. Take fewer days or larger steps."))
        return data

    def asked(self) -> dict[str, Any]:
        """What to ask for as arguments of `traffic.series`; the usual where the form says nothing sensible."""
        sound = self.is_valid()
        # Days that were refused are the usual ones; what and in which steps was asked for all the same.
        data = self.cleaned_data if sound else {name: self.cleaned_data.get(name) for name in ("measure", "by")}
        by = data.get("by") or "day"
        until = min(data.get("until") or self.today, self.today)
        since = data.get("since") or max(EARLIEST, until - timedelta(days=USUAL[by] - 1))
        for name, day in (("since", since), ("until", until)):
            # An empty field says which day is meant.
            self.fields[name].widget.attrs["placeholder"] = day.strftime("%d/%m/%Y")
        return {"measure": data.get("measure") or "passengers", "by": by, "since": since, "until": until}


class CompareForm(LookForm):
    """Which crossings to set side by side, and by which yardstick."""

    YARDSTICKS = (
        ("absolute", gettext_lazy("numbers, one scale for all")),
        ("index", gettext_lazy("each against its own mean (= 100)")),
    )
    c = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Crossings"),
        queryset=TrafficOutlier.objects.none(),
        to_field_name="slug",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": gettext_lazy("There is no crossing “%(value)s” whose traffic you see.")},
    )
    scale = forms.ChoiceField(label=gettext_lazy("Yardstick"), choices=YARDSTICKS, required=False, widget=_select())

    def __init__(self, data: Any, *, user: Any, today: date, **kwargs: Any) -> None:
        super().__init__(data, today=today, **kwargs)
        rows = crossings_of(user).select_related("district__province").order_by("district__province__code", "slug")
        self.fields["c"].queryset = rows  # type: ignore[attr-defined]

    def clean_c(self) -> Any:
        """At most so many that they can be looked at together."""
        chosen = self.cleaned_data["c"]
        if len(chosen) > COMPARED:
            raise forms.ValidationError(_("Choose at most %(n)s crossings.") % {"n": COMPARED})
        return chosen

    @property
    def indexed(self) -> bool:
        """Whether each crossing is drawn against its own mean."""
        return self.is_valid() and self.cleaned_data.get("scale") == "index"

    def drawn(self, series: Series) -> Drawn:
        """What is drawn of a figure: days as they are, longer steps by their mean day, so that gaps do not mislead."""
        if self.indexed:
            return index_of(series)
        return counted if series.by == "day" else per_day


class OutlierFilter(filters.FilterSet):  # type: ignore[misc]
    """Narrows unusual days that are already visible; those that wait for a judgement unless something else is said."""

    state = filters.ChoiceFilter(
        choices=[
            ("waiting", gettext_lazy("to be looked at")),
            (OutlierState.REAL.value, OutlierState.REAL.label),
            (OutlierState.MISTAKE.value, OutlierState.MISTAKE.label),
            ("replaced", gettext_lazy("corrected before anybody looked")),
            ("all", gettext_lazy("all of them")),
        ],
        method="in_state",
        label=gettext_lazy("State"),
        empty_label=None,
    )
    why = filters.ChoiceFilter(choices=OutlierReason.choices, label=gettext_lazy("Why"))
    measure = filters.ChoiceFilter(choices=MEASURES, label=gettext_lazy("What"))
    crossing = filters.CharFilter(field_name="crossing__slug", label=gettext_lazy("Crossing (code)"), max_length=60)

    class Meta:
        model = TrafficOutlier
        fields = ()

    def in_state(self, rows: Any, name: str, value: str) -> Any:
        """Waiting leaves out what was corrected since; that is a state of its own."""
        if value == "waiting":
            return waiting(rows)
        if value == "replaced":
            return rows.filter(state=OutlierState.OPEN, sheet__current=False)
        return rows if value == "all" else rows.filter(state=value)


class JudgeForm(forms.Form):
    """What an unusual day was, and how the person knows."""

    state = forms.ChoiceField(label=gettext_lazy("What was it?"), widget=forms.RadioSelect)
    reason = reason_field()

    def __init__(self, *args: Any, silent: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = (
            (_("Nobody counted there in these days."), _("It was counted; the days are still to be entered."))
            if silent
            else (_("It was really so."), _("The count is a mistake; the day is to be corrected."))
        )
        states = (OutlierState.REAL.value, OutlierState.MISTAKE.value)
        self.fields["state"].choices = list(zip(states, words, strict=True))  # type: ignore[attr-defined]
        self.fields["reason"].help_text = _("For example: a festival, a market day, a nought too many.")
