"""Forms of the register of crossings. They check shape only; what is true and allowed the verbs say."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib.gis.geos import MultiPolygon
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch.fields import reason_field
from borderwatch.khmer import latin_digits, visible
from crossings import deciders, perimeter
from crossings.choices import (
    BY_ORDER_ALONE,
    UNOFFICIAL,
    Agency,
    CrossingCategory,
    CrossingMode,
    Flow,
    GateSide,
    GateStatus,
    TravelDocument,
    neighbour_categories,
)
from crossings.models import Crossing
from crossings.moments import AtField
from units import policy
from units.choices import INSTITUTIONS, Neighbour, UnitKind
from units.fields_patrols import CountField, PointField, text_input, textarea
from units.forms_register import moment_field
from units.models import BorderMarker, Commune, District, Unit, User

# Metres assumed for a position nobody says the exactness of: a telephone under trees, and some steps beside the path.
USUAL_PRECISION_M = 100
OPENABLE = [choice for choice in GateStatus.choices if choice[0] not in BY_ORDER_ALONE]


def _select(label: Any, choices: Any = (), *, required: bool = True, help_text: Any = "") -> forms.ChoiceField:
    widget = forms.Select(attrs={"class": "form-select"})
    return forms.ChoiceField(label=label, choices=choices, required=required, help_text=help_text, widget=widget)


def _several(label: Any, choices: Any, *, required: bool = False, help_text: Any = "") -> forms.MultipleChoiceField:
    widget = forms.CheckboxSelectMultiple()
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=required, help_text=help_text, widget=widget
    )


def _text(label: Any, length: int = 200, *, help_text: Any = "", **attributes: Any) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=length, help_text=help_text, widget=text_input(**attributes)
    )


class HourField(forms.TimeField):
    """A time of day, 06:00, in figures of either script."""

    widget = forms.TimeInput(
        format="%H:%M", attrs={"class": "form-control", "autocomplete": "off", "placeholder": "06:00", "maxlength": 8}
    )
    default_error_messages = {"invalid": gettext_lazy("Write the time of day as 06:00.")}

    def to_python(self, value: Any) -> time | None:
        """Read the figures of both scripts; a full stop between them is a colon."""
        if isinstance(value, str):
            value = visible(latin_digits(value.strip())).replace(".", ":")
        return super().to_python(value)


class PerimeterField(forms.CharField):
    """An area as people paste it; a MultiPolygon afterwards, None when empty."""

    widget = textarea(
        5, spellcheck="false", placeholder="13.78600, 107.46000\n13.78900, 107.46200\n13.78700, 107.46500"
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "max_length": perimeter.MAX_TEXT, **kwargs})

    def clean(self, value: Any) -> MultiPolygon | None:
        """The area as it was understood."""
        return perimeter.read(super().clean(value) or "")


class DescriptionForm(forms.Form):
    """What is said of a crossing. `content()` gives the verb's words."""

    name_km = _text(gettext_lazy("Khmer name"))
    name_en = _text(gettext_lazy("Latin name"))
    name_neighbour = _text(gettext_lazy("Name on the neighbour's side"))
    district = _select(gettext_lazy("District"))
    commune = _select(gettext_lazy("Commune"), required=False)
    mode = _select(gettext_lazy("How it is crossed"), CrossingMode.choices)
    neighbour_place = _text(gettext_lazy("Place on the neighbour's side"))
    neighbour_admin1 = _text(gettext_lazy("Province on the neighbour's side"), 100)
    point = PointField(label=gettext_lazy("Place"), help_text=gettext_lazy("Latitude, longitude."))
    precision_m = CountField(
        label=gettext_lazy("Exact to how many metres"), min_value=1, max_value=50_000, initial=USUAL_PRECISION_M,
        help_text=gettext_lazy("It is shown with the position everywhere."),
    )  # fmt: skip
    precision_note = _text(gettext_lazy("About the position"), 300)
    perimeter = PerimeterField(
        label=gettext_lazy("Perimeter"),
        help_text=gettext_lazy(
            "The ground that belongs to the gate: its corners in order, one “latitude, longitude” a line, or GeoJSON."
        ),
    )
    perimeter_source = _text(gettext_lazy("Source of the perimeter"), 300)
    responsible_unit = _select(gettext_lazy("Responsible unit"), required=False)
    nearest_marker = _select(gettext_lazy("Nearest marker"), required=False)
    flows = _several(gettext_lazy("What passes here"), Flow.choices, required=True)
    opens_at = HourField(label=gettext_lazy("Opens at"), required=False)
    closes_at = HourField(label=gettext_lazy("Closes at"), required=False)
    documents = _several(gettext_lazy("Documents accepted"), TravelDocument.choices)
    agencies = _several(gettext_lazy("Agencies present"), Agency.choices)
    legal_references = forms.CharField(
        label=gettext_lazy("Legal references"), required=False, max_length=10_000, widget=textarea(3),
        help_text=gettext_lazy("Agreements, sub-decrees, letters; one to a line."),
    )  # fmt: skip
    capacity = _text(gettext_lazy("Capacity"))
    contact = _text(gettext_lazy("Contact"))
    first_seen_on = AtField(label=gettext_lazy("First seen on"))
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=5000, widget=textarea(3))

    # The verb's words for what has another name here.
    FIELD_OF = {"precision_km": "precision_m"}

    def _fill(self, districts: list[District], units: Any, neighbours: list[str], *, given: bool) -> None:
        """The choices that depend on the place; `given` when empty means what it says, not "find it yourself"."""
        self.districts = {row.code: row for row in districts}
        self.units = {unit.code: unit for unit in units}
        rows = Commune.objects.filter(district__in=districts).select_related("district").order_by("code")
        self.communes = {row.code: row for row in rows}
        markers = BorderMarker.objects.filter(
            neighbour__in=neighbours, section__province__in={row.province_id for row in districts}
        )
        self.markers = {row.code: row for row in markers}
        found = ("", _("none") if given else _("by the register: the nearest one"))
        answering = ("", _("none") if given else _("by the register: whose sector holds the place"))
        self._choose("district", [(code, f"{row.name} · {row.province.name}") for code, row in self.districts.items()])
        self._choose("commune", [("", "–"), *((c, f"{r.name} · {r.district.name}") for c, r in self.communes.items())])
        self._choose("responsible_unit", [answering, *((code, unit.name) for code, unit in self.units.items())])
        words = ((code, f"{row.label} · {row.get_neighbour_display()}") for code, row in self.markers.items())
        self._choose("nearest_marker", [found, *words])

    def _choose(self, name: str, choices: Any) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A name in one of the two scripts."""
        data = super().clean() or {}
        if not data.get("name_km") and not data.get("name_en") and not self.errors.keys() & {"name_km", "name_en"}:
            self.add_error("name_km", _("Give the name in Khmer or in Latin letters."))
        return data

    def content(self) -> dict[str, Any]:
        """The verb's words of a valid form."""
        data = dict(self.cleaned_data)
        data["precision_km"] = data.pop("precision_m") / 1000
        data["district"] = self.districts[data["district"]]
        data["commune"] = self.communes.get(data["commune"])
        data["responsible_unit"] = self.units.get(data["responsible_unit"])
        data["nearest_marker"] = self.markers.get(data["nearest_marker"])
        data["legal_references"] = data["legal_references"].splitlines()
        seen: datetime | None = data["first_seen_on"]
        data["first_seen_on"] = timezone.localdate(seen) if seen else None
        return data


class EditForm(DescriptionForm):
    """What is said of a crossing that is there."""

    reason = reason_field(required=False)

    def __init__(self, data: Any = None, *, crossing: Crossing) -> None:
        super().__init__(data, initial=_initial(crossing))
        district = crossing.district
        districts = District.objects.filter(province=district.province_id, is_border=True) | District.objects.filter(
            pk=district.pk
        )
        units = Unit.objects.filter(province=district.province_id).exclude(kind__in=INSTITUTIONS).order_by("code")
        rows = list(districts.select_related("province").order_by("code"))
        self._fill(rows, units, [crossing.neighbour], given=True)

    def changes(self) -> dict[str, Any]:
        """What the form says, for the verb; it finds out itself what differs."""
        content = self.content()
        content.pop("reason")
        # Shown in whole metres: what was not touched stays as exact as it was stored.
        if "precision_m" not in self.changed_data:
            del content["precision_km"]
        # Shown with so many decimals: not touched means not moved.
        for name in ("point", "perimeter"):
            if name not in self.changed_data:
                del content[name]
        return content


def _initial(crossing: Crossing) -> dict[str, Any]:
    plain = ("name_km", "name_en", "name_neighbour", "mode", "neighbour_place", "neighbour_admin1", "precision_note",
             "perimeter_source", "flows", "opens_at", "closes_at", "documents", "agencies", "capacity", "contact",
             "note")  # fmt: skip
    codes = {name: getattr(crossing, name) for name in ("district", "commune", "responsible_unit", "nearest_marker")}
    return {
        **{name: getattr(crossing, name) for name in plain},
        **{name: row.code if row is not None else "" for name, row in codes.items()},
        "point": f"{crossing.point.y:.6f}, {crossing.point.x:.6f}",
        "precision_m": round(crossing.precision_m),
        "perimeter": perimeter.written(crossing.perimeter),
        "legal_references": "\n".join(crossing.legal_references),
        "first_seen_on": f"{crossing.first_seen_on:%d/%m/%Y}" if crossing.first_seen_on else "",
    }


class NewForm(DescriptionForm):
    """A crossing that is not in the register yet."""

    category = _select(gettext_lazy("Category"))
    neighbour = _select(gettext_lazy("Neighbour"))
    status = _select(gettext_lazy("Status"), OPENABLE)
    legal_reference = _text(
        gettext_lazy("Legal reference of the category"), 300,
        help_text=gettext_lazy("An official category needs one; a corridor has none."),
    )  # fmt: skip
    since = moment_field(
        gettext_lazy("Category and status hold since"),
        required=False,
        help_text=gettext_lazy("Empty: since the day it was first seen, else from now on."),
    )
    reason = reason_field(required=False)
    although_near = forms.BooleanField(label=gettext_lazy("This is another crossing"), required=False)

    def __init__(self, data: Any = None, *, user: User, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial={"flows": list(Flow.values), "status": GateStatus.OPEN, **(initial or {})})
        districts = districts_of(user)
        neighbours = sorted({one for row in districts for one in row.neighbours})
        provinces = {row.province_id for row in districts}
        units = Unit.objects.filter(province__in=provinces).exclude(kind__in=INSTITUTIONS).order_by("code")
        self._fill(districts, units, neighbours, given=False)
        official = policy.may(user, "classify_crossing", deciders.national_ids())
        offered = [one for one in CrossingCategory.choices if official or one[0] in UNOFFICIAL]
        self._choose("category", offered)
        self._choose("neighbour", [one for one in Neighbour.choices if one[0] in neighbours])
        self.initial.setdefault("category", CrossingCategory.ILLEGAL_CORRIDOR)

    def content(self) -> dict[str, Any]:
        """Unit and marker that are left open the register finds by the place."""
        data = super().content()
        for name in ("responsible_unit", "nearest_marker"):
            if data[name] is None:
                del data[name]
        return data

    @property
    def asks_about_near(self) -> bool:
        """Whether the verb has found others near by, or the box has been ticked."""
        return "although_near" in self.errors or bool(self["although_near"].value())


def districts_of(user: User) -> list[District]:
    """The border districts in which a person may enter a crossing of some category; none: he may enter nothing."""
    rows = list(District.objects.filter(is_border=True).select_related("province").order_by("code"))
    if policy.may(user, "classify_crossing", deciders.national_ids()):
        return rows
    held = policy.unit_ids(user, policy.VERBS["register_corridor"]) | policy.unit_ids(
        user, policy.VERBS["register_crossing"]
    )
    units = list(Unit.objects.filter(pk__in=held).values_list("kind", "province_id", "district_id")) if held else []
    provinces = {province for kind, province, _district in units if kind == UnitKind.PROVINCE}
    districts = {district for kind, _province, district in units if kind == UnitKind.DISTRICT}
    return [row for row in rows if row.province_id in provinces or row.pk in districts]


class StatusForm(forms.Form):
    """Whether flows pass, on one side, from a moment on."""

    side = forms.ChoiceField(
        label=gettext_lazy("Whose side"), choices=GateSide.choices, initial=GateSide.KH, widget=forms.RadioSelect
    )
    status = _select(gettext_lazy("Status"), OPENABLE)
    flows = _several(
        gettext_lazy("What it is about"), Flow.choices,
        help_text=gettext_lazy("Nothing chosen: everything the crossing accepts."),
    )  # fmt: skip
    since = moment_field(gettext_lazy("From"))
    until = moment_field(
        gettext_lazy("Up to"), required=False,
        help_text=gettext_lazy("Empty: until further notice. Afterwards holds again what was in force before."),
    )  # fmt: skip
    opens_at = HourField(label=gettext_lazy("Opens at"), required=False)
    closes_at = HourField(label=gettext_lazy("Closes at"), required=False)
    legal_reference = _text(gettext_lazy("Order or reference"), 300)
    reason = reason_field(required=False, max_length=500)

    def __init__(self, data: Any = None, *, crossing: Crossing, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["flows"].choices = [one for one in Flow.choices if one[0] in crossing.flows]  # type: ignore[attr-defined]


class CategoryForm(forms.Form):
    """What a crossing is held to be on one side, from a moment on. The side follows from the category."""

    category = _select(gettext_lazy("Category"))
    since = moment_field(gettext_lazy("From"))
    legal_reference = _text(
        gettext_lazy("Legal reference"), 300, help_text=gettext_lazy("An official category needs one.")
    )
    reason = reason_field(required=False, max_length=500)

    FIELD_OF = {"side": "category"}

    def __init__(self, data: Any = None, *, crossing: Crossing, own: list[str], describes: bool, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        groups: list[Any] = []
        if own:
            words = [one for one in CrossingCategory.choices if one[0] in own]
            groups.append((GateSide.KH.label, words))
        if describes:
            groups.append((GateSide.NEIGHBOUR.label, neighbour_categories(crossing.neighbour)))
        self.fields["category"].choices = groups  # type: ignore[attr-defined]

    def content(self) -> dict[str, Any]:
        """The verb's words of a valid form."""
        data = dict(self.cleaned_data)
        own = data["category"] in CrossingCategory.values
        return data | {"side": GateSide.KH if own else GateSide.NEIGHBOUR}


def refuse(form: forms.Form, error: ValidationError) -> None:
    """Show a verb's refusal at the control it is about."""
    for name, errors in getattr(error, "error_dict", {None: error}).items():
        field = getattr(form, "FIELD_OF", {}).get(name, name)
        form.add_error(field if field in form.fields else None, errors)
