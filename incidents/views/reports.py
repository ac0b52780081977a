"""Reports: scorecards of units, fair to those who look."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from borderwatch.views import SignedIn
from incidents import scorecards
from incidents.choices import Category
from incidents.intervals import Interval
from incidents.scorecards import Card, Span

ALL = "all"


class SpanForm(forms.Form):
    """Which days and which events are counted."""

    since = forms.DateField(
        label=gettext_lazy("from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=gettext_lazy("until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
    )
    events = forms.ChoiceField(label=gettext_lazy("events"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["events"]
        field.widget.attrs["class"] = "form-select"
        field.choices = [("", _("illegal movement")), (ALL, _("all incidents")), *Category.choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The days in their order."""
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and since > until:
            self.add_error("until", _("The last day lies before the first."))
        return data

    def span(self) -> Span:
        """What the form asks for; the last twelve months and illegal movement where it says nothing."""
        data = self.cleaned_data if self.is_valid() else {}
        since, until = scorecards.last_year()
        events = data.get("events", "")
        chosen = {"": scorecards.illegal_movement(), ALL: ()}.get(events, (events,))
        return Span(data.get("since") or since, data.get("until") or until, chosen)


@dataclass(frozen=True)
class Bar:
    """A rate with its interval as drawn: places from 0 to 1000 along a line."""

    at: int
    low: int
    high: int

    @property
    def width(self) -> int:
        """Length of the interval."""
        return max(2, self.high - self.low)


@dataclass(frozen=True)
class Row:
    """A card and how it is drawn."""

    card: Card
    bar: Bar | None


def _bar(rate: Interval | None, most: float) -> Bar | None:
    if rate is None or most <= 0:
        return None
    low, at, high = (round(1000 * value / most) for value in (rate.low, rate.value, rate.high))
    return Bar(at, low, min(high, 1000))


@require_safe
@login_required
def reports(request: SignedIn) -> HttpResponse:
    """What reports there are."""
    return render(request, "reports/list.html")


@require_safe
@login_required
def scorecard_list(request: SignedIn) -> HttpResponse:
    """Cards of the units whose incidents the person sees; those with too few events stand apart, in no order."""
    form = SpanForm(request.GET)
    span = form.span()
    found = scorecards.cards(request.user, span, scorecards.units_with_ground(request.user))
    ranked, unranked = scorecards.in_order(found)
    most = max((card.per_km.high for card in found if card.per_km), default=0.0)
    context = {
        "form": form,
        "span": span,
        "ranked": [Row(card, _bar(card.per_km, most)) for card in ranked],
        "unranked": [Row(card, _bar(card.per_km, most)) for card in unranked],
        "min_shown": scorecards.MIN_SHOWN,
        "min_ranked": scorecards.MIN_RANKED,
        "query": request.GET.urlencode(),
    }
    return render(request, "reports/scorecards.html", context, status=200 if form.is_valid() else 422)


@require_safe
@login_required
def scorecard(request: SignedIn, code: str) -> HttpResponse:
    """One unit's card: every figure with what it is made of and a way to the records."""
    form = SpanForm(request.GET)
    span = form.span()
    unit = get_object_or_404(scorecards.units_with_ground(request.user), code=code)
    card = scorecards.cards(request.user, span, [unit])[0]
    months = scorecards.by_month(request.user, span, unit)
    context = {
        "form": form,
        "span": span,
        "card": card,
        "months": _columns(months),
        "sources": scorecards.by_source(request.user, span, unit),
        "min_shown": scorecards.MIN_SHOWN,
        "min_ranked": scorecards.MIN_RANKED,
    }
    return render(request, "reports/scorecard.html", context, status=200 if form.is_valid() else 422)


@dataclass(frozen=True)
class Column:
    """A month as drawn: its length, of 100."""

    month: date
    count: int
    height: int


def _columns(months: list[tuple[date, int]]) -> list[Column]:
    most = max((count for _month, count in months), default=0) or 1
    return [Column(month, count, round(100 * count / most)) for month, count in months]
