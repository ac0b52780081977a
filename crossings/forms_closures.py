"""Forms of closure orders. They check shape only; what is true and allowed the verbs say.

A photo or scan that came with a form to be mended is stored, and the form carries a signed mark of it, so that
nobody has to send it twice.
"""

import uuid
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core import signing
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch import clock, photos, sealed
from borderwatch.fields import DayField, reason_field
from borderwatch.khmer import visible
from borderwatch.photos import Photo
from borderwatch.sealed import SealedFile
from crossings import deciders
from crossings.actions import Seen, Terms
from crossings.actions.closures import AFTER_LIFTING
from crossings.choices import UNOFFICIAL, ClosureMeasure, ClosureState, Flow, GateStatus, VisitFinding
from crossings.models import ClosureOrder, Crossing
from units.choices import INSTITUTIONS
from units.fields_patrols import CountField, MomentField, PointField, text_input, textarea
from units.models import Unit, User

MAX_NOTE = 5000
# Metres assumed for a position whose accuracy nobody states: a telephone under trees.
USUAL_ACCURACY_M = 30
# What came with a form to be mended is kept so long for the next try.
KEPT = timedelta(hours=12)
# A new order is due after this time, unless somebody says otherwise.
USUAL_TIME = timedelta(days=14)


def _several(label: Any, choices: Any, *, required: Any = "", help_text: Any = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=choices,
        required=bool(required),
        help_text=help_text,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": required},
    )


def usual_day() -> date:
    """The due day a form offers."""
    return timezone.localdate(clock.now()) + USUAL_TIME


class TermsForm(forms.Form):
    """What an order says. `terms()` gives it to the verb."""

    crossing = forms.ChoiceField(label=gettext_lazy("Crossing"), widget=forms.Select(attrs={"class": "form-select"}))
    number = forms.CharField(
        label=gettext_lazy("Number of the order"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("As it stands on the letter. A draft may have none yet."),
        widget=text_input(),
    )
    scope = _several(gettext_lazy("What is closed"), Flow.choices, required=gettext_lazy("Say what is closed."))
    measures = _several(
        gettext_lazy("Measures"), ClosureMeasure.choices, required=gettext_lazy("Say by which measures it is closed.")
    )
    responsible_unit = forms.ChoiceField(
        label=gettext_lazy("Responsible unit"), widget=forms.Select(attrs={"class": "form-select"})
    )
    due_on = DayField(label=gettext_lazy("To be carried out by"))
    text = forms.CharField(
        label=gettext_lazy("What is ordered"), required=False, max_length=MAX_NOTE, widget=textarea(4)
    )
    scan = forms.FileField(
        label=gettext_lazy("Scan of the letter"),
        required=False,
        allow_empty_file=True,
        help_text=gettext_lazy("PDF, JPEG or PNG. It is kept as it came."),
        widget=forms.FileInput(attrs={"class": "form-control", "accept": "application/pdf,image/jpeg,image/png"}),
    )
    scan_kept = forms.CharField(required=False, widget=forms.HiddenInput)

    kept: SealedFile | None = None

    def __init__(
        self, *args: Any, user: User, crossing: Crossing | None = None, order: ClosureOrder | None = None, **kwargs: Any
    ) -> None:
        """`crossing` is the one asked for; with `order` the form changes that draft."""
        super().__init__(*args, **kwargs)
        self.order, self.user = order, user
        self.fixed = order.crossing if order else crossing
        self.crossings = {self.fixed.slug: self.fixed} if self.fixed else _to_close(user)
        places = [(slug, f"{one.name} · {one.district.name}") for slug, one in self.crossings.items()]
        self.fields["crossing"].choices = places  # type: ignore[attr-defined]
        self.units = _units([one.district.province_id for one in self.crossings.values()])
        self.fields["responsible_unit"].choices = self._unit_choices()  # type: ignore[attr-defined]
        for name, value in self._start().items():
            self.initial.setdefault(name, value)

    def _unit_choices(self) -> list[tuple[str, str]]:
        named = [] if self.fixed else [("", _("the one the register names"))]
        self.fields["responsible_unit"].required = not named
        return [*named, *((unit.code, unit.name) for unit in self.units.values())]

    def _start(self) -> dict[str, Any]:
        if self.order is not None:
            one = self.order
            return {
                "number": one.number, "scope": one.scope, "measures": one.measures, "due_on": one.due_on,
                "responsible_unit": one.responsible_unit.code, "text": one.text, "crossing": one.crossing.slug,
            }  # fmt: skip
        start: dict[str, Any] = {"due_on": usual_day(), "scope": list(Flow.values)}
        if self.fixed is not None:
            unit = self.fixed.responsible_unit
            start |= {"crossing": self.fixed.slug, "scope": self.fixed.flows}
            start |= {"responsible_unit": unit.code} if unit else {}
        return start

    def clean_crossing(self) -> Crossing:
        """The crossing of that code, among those the person may order closed."""
        return self.crossings[self.cleaned_data["crossing"]]

    def clean_responsible_unit(self) -> Unit | None:
        """The unit of that code; None: the one the register names."""
        return self.units.get(self.cleaned_data["responsible_unit"])

    def clean_number(self) -> str:
        """Without the invisible marks that keyboards add; a number is compared letter by letter."""
        return visible(self.cleaned_data["number"]).strip()

    def clean_scan(self) -> SealedFile | None:
        """The scan, checked and stored."""
        upload = self.cleaned_data["scan"]
        return sealed.keep_document(upload) if upload is not None else None

    def clean_scan_kept(self) -> SealedFile | None:
        """The scan of an earlier try of this form."""
        mark = _unmark(self.cleaned_data["scan_kept"], "closure-scan")
        return SealedFile(**mark) if mark else None

    def clean(self) -> dict[str, Any]:
        """The scan of this try, else of an earlier one."""
        data = super().clean() or {}
        data["scan"] = self.kept = data.get("scan") or data.pop("scan_kept", None)
        return data

    def terms(self) -> Terms:
        """The verb's words of a valid form."""
        names = ("scope", "measures", "due_on", "number", "responsible_unit", "text", "scan")
        return Terms(**{name: self.cleaned_data[name] for name in names})

    @property
    def mark(self) -> str:
        """What the form carries of a scan that is stored already; "" when there is none."""
        return signing.dumps(asdict(self.kept), salt="closure-scan") if self.kept else ""


def _to_close(user: User) -> dict[str, Crossing]:
    """Unofficial crossings without an order in force that the person may order closed, by code."""
    rows: Any = Crossing.objects.visible_to(user).with_state()
    rows = rows.filter(category__in=UNOFFICIAL).exclude(
        closure_orders__state__in=[s for s in ClosureState.values if s not in ("lifted", "withdrawn")]
    )
    found = rows.select_related("district__province", "responsible_unit").order_by("slug")
    may: dict[tuple[int, int | None], bool] = {}
    chosen = {}
    for one in found:
        key = (one.district_id, one.responsible_unit_id)
        if key not in may:
            may[key] = deciders.may(user, "order_closure", one)
        if may[key]:
            chosen[one.slug] = one
    return chosen


def _units(provinces: list[int]) -> dict[str, Unit]:
    rows = Unit.objects.filter(province_id__in=set(provinces)).exclude(kind__in=INSTITUTIONS)
    return {unit.code: unit for unit in rows.order_by("code")}


class VisitForm(forms.Form):
    """Somebody stands at the crossing: when, where, a photo. `seen()` gives it to the verb."""

    client_key = forms.UUIDField(widget=forms.HiddenInput)
    point = PointField(
        label=gettext_lazy("Where you stand"),
        help_text=gettext_lazy("Latitude, longitude. Stand at the crossing and let your device find it."),
        error_messages={"required": gettext_lazy("Give the place: let your device find it, or type it.")},
    )
    accuracy_m = CountField(
        label=gettext_lazy("Accuracy in metres"), required=False, min_value=1, max_value=50_000,
        initial=USUAL_ACCURACY_M,
    )  # fmt: skip
    photo = forms.FileField(
        label=gettext_lazy("Photo"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(
            attrs={
                "class": "form-control", "accept": "image/jpeg,image/png,image/webp", "capture": "environment",
            }
        ),
    )  # fmt: skip
    photo_kept = forms.CharField(required=False, widget=forms.HiddenInput)
    drop_photo = forms.BooleanField(label=gettext_lazy("take off"), required=False)
    measures = _several(gettext_lazy("Measures found in place"), ClosureMeasure.choices)
    text = forms.CharField(
        label=gettext_lazy("What was found"), required=False, max_length=MAX_NOTE, widget=textarea(2)
    )
    at = MomentField(label=gettext_lazy("Visited at"))

    kept: Photo | None = None

    def clean_photo(self) -> Photo | None:
        """The photo, checked and stored sealed."""
        upload = self.cleaned_data["photo"]
        return photos.read(upload) if upload is not None else None

    def clean_photo_kept(self) -> Photo | None:
        """The photo of an earlier try of this form."""
        mark = _unmark(self.cleaned_data["photo_kept"], "closure-photo")
        return Photo(**mark) if mark else None

    def clean(self) -> dict[str, Any]:
        """A visit brings a photo, of this try or of an earlier one."""
        data = super().clean() or {}
        earlier, dropped = data.pop("photo_kept", None), data.pop("drop_photo", False)
        data["photo"] = self.kept = data.get("photo") or (None if dropped else earlier)
        if self.kept is None and "photo" not in self.errors:
            self.add_error("photo", _("A visit brings a photo of the closed place."))
        data["accuracy_m"] = data.get("accuracy_m") or USUAL_ACCURACY_M
        return data

    def seen(self) -> Seen:
        """The verb's words of a valid form."""
        names = ("client_key", "at", "point", "accuracy_m", "photo", "measures", "text")
        return Seen(**{name: self.cleaned_data[name] for name in names})

    @property
    def mark(self) -> str:
        """What the form carries of a photo that is stored already; "" when there is none."""
        return signing.dumps(asdict(self.kept), salt="closure-photo") if self.kept else ""


class ReportForm(VisitForm):
    """The responsible unit reports that it is closed."""

    measures = _several(
        gettext_lazy("By what it is closed now"),
        ClosureMeasure.choices,
        required=gettext_lazy("Say by what it is closed now."),
    )


class VerifyForm(VisitForm):
    """A second person looks: closed, or not; then it goes back with a new due day."""

    finding = forms.ChoiceField(
        label=gettext_lazy("What you found"),
        choices=[(one.value, one.label) for one in (VisitFinding.CLOSED, VisitFinding.PASSABLE)],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say what you found.")},
    )
    due_on = DayField(label=gettext_lazy("To be carried out anew by"), required=False)
    reason = reason_field(required=False)

    @property
    def passable(self) -> bool:
        """Whether the order goes back to the unit."""
        return bool(self.cleaned_data.get("finding") == VisitFinding.PASSABLE)

    def clean(self) -> dict[str, Any]:
        """What goes back needs a day and the reason."""
        data = super().clean()
        if self.passable:
            if not data.get("due_on") and "due_on" not in self.errors:
                self.add_error("due_on", _("Give the unit a new day."))
            if not data.get("reason"):
                self.add_error("reason", _("Say why it goes back to the unit."))
        return data


class FollowUpForm(VisitForm):
    """A later look at a verified closing."""

    finding = forms.ChoiceField(
        label=gettext_lazy("What you found"),
        choices=[(one.value, one.label) for one in (VisitFinding.CLOSED, VisitFinding.REOPENED)],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say what you found.")},
    )


class ReasonForm(forms.Form):
    """A step that needs its reason alone."""

    reason = reason_field()


class ConfirmForm(forms.Form):
    """It was opened again: by when it is to be closed anew."""

    due_on = DayField(label=gettext_lazy("To be closed anew by"))
    reason = reason_field()


class LiftForm(forms.Form):
    """The order holds no longer: what the crossing is from now on."""

    status = forms.ChoiceField(
        label=gettext_lazy("The crossing is from now on"),
        choices=[(one.value, GateStatus(one).label) for one in AFTER_LIFTING],
        widget=forms.RadioSelect,
    )
    legal_reference = forms.CharField(
        label=gettext_lazy("Legal reference"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("The decision that lets people pass again. Needed when it opens, also in part."),
        widget=text_input(),
    )
    reason = reason_field()


class EmptyForm(forms.Form):
    """A step that asks nothing."""


def fresh() -> dict[str, Any]:
    """A new form of a visit: its key, sent twice it stays one thing, and the time."""
    return {"client_key": uuid.uuid4(), "at": clock.now()}


def _unmark(text: str, salt: str) -> dict[str, Any]:
    """What a form carried of an earlier try; a mark that is forged or too old is as none."""
    try:
        found: Mapping[str, Any] = signing.loads(text, salt=salt, max_age=KEPT)
    except (signing.BadSignature, TypeError):
        return {}
    return dict(found)
