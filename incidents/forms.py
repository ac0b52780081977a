"""The filing form: the shape of a report as a person gives it. What is true and allowed the verb says."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.gis.geos import Point
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch.khmer import latin_digits
from crossings.models import Crossing
from incidents import coordinates, exceptional, when
from incidents.choices import TYPES, CoordinateSource, Impact, Side, Source, TimePrecision
from incidents.drills import roll
from incidents.models import Drill
from incidents.reports import MAX_ACCURACY_M, MAX_TEXT, Report
from units import policy
from units.models import BorderMarker, District, Province, Unit, User


@dataclass(frozen=True)
class Place:
    """What the form says about the place; point None when it is not known yet."""

    point: Point | None = None
    accuracy_m: int | None = None
    source: str = CoordinateSource.DESCRIPTION
    text: str = ""
    marker: BorderMarker | None = None
    crossing: Crossing | None = None
    hint: str = ""

    @property
    def echo(self) -> str:
        """The position as it was understood."""
        return coordinates.in_words(self.point) if self.point is not None else ""


class KhmerNumberField(forms.FloatField):
    """A number in Latin or Khmer digits; hidden fields of the page carry plain JavaScript numbers."""

    def to_python(self, value: Any) -> Any:
        """Read both scripts; a decimal comma is a point."""
        return super().to_python(latin_digits(value).replace(",", ".") if isinstance(value, str) else value)


def units_of(user: User) -> list[Unit]:
    """The units a person may file for: where he is posted today with the right to file."""
    found = [unit for role, unit in policy.roles_of(user) if policy.FILE in policy.ROLES[role]]
    return list({unit.pk: unit for unit in found}.values())


class FilingForm(forms.Form):
    """Five things: what, where, when, how serious, a short text. `report()` gives the verb's Report."""

    client_key = forms.UUIDField(widget=forms.HiddenInput)
    unit = forms.ChoiceField(label=gettext_lazy("You file for"), required=False)
    # "category:type"; one control for both levels, so that it works without script.
    what = forms.CharField(
        label=gettext_lazy("What happened"),
        error_messages={"required": gettext_lazy("Choose what happened from the list.")},
    )
    source = forms.ChoiceField(label=gettext_lazy("Where"), choices=(), required=False)
    lat = KhmerNumberField(required=False)
    lon = KhmerNumberField(required=False)
    accuracy_m = KhmerNumberField(required=False, label=gettext_lazy("Accuracy in metres"))
    position = forms.CharField(label=gettext_lazy("Coordinates"), required=False, max_length=120)
    near = forms.ChoiceField(label=gettext_lazy("Marker or crossing"), required=False)
    place_name = forms.CharField(label=gettext_lazy("Name of the place"), required=False, max_length=200)
    district = forms.ChoiceField(label=gettext_lazy("District"), required=False)
    side = forms.ChoiceField(
        label=gettext_lazy("Side of the line"), choices=Side.choices, required=False, initial=Side.UNDETERMINED
    )
    moment = forms.ChoiceField(
        label=gettext_lazy("When"),
        choices=(("now", gettext_lazy("Now")), ("earlier", gettext_lazy("Earlier"))),
        required=False,
        initial="now",
    )
    now_at = forms.CharField(required=False, widget=forms.HiddenInput, max_length=40)
    date = forms.CharField(label=gettext_lazy("Date"), required=False, max_length=40)
    time = forms.CharField(label=gettext_lazy("Time of day"), required=False, max_length=20)
    time_precision = forms.ChoiceField(
        label=gettext_lazy("How exactly it is known"),
        choices=TimePrecision.choices,
        required=False,
        initial=TimePrecision.MINUTE,
    )
    impact = forms.ChoiceField(
        label=gettext_lazy("How serious"),
        choices=Impact.choices,
        error_messages={"required": gettext_lazy("Say how serious it is.")},
    )
    text = forms.CharField(
        label=gettext_lazy("In a few words"),
        max_length=MAX_TEXT,
        widget=forms.Textarea,
        error_messages={"required": gettext_lazy("Write in a few words what happened.")},
    )
    known_by = forms.ChoiceField(label=gettext_lazy("How it became known"), required=False)
    about = forms.ChoiceField(label=gettext_lazy("The report is about"), required=False)
    # Read and checked one by one in the view (`photos.take`); here so that errors have their place.
    photos = forms.CharField(label=gettext_lazy("Photos"), required=False)
    # Asked only while a drill runs in which one of the person's units takes part. No answer is given beforehand: what
    # really happens during a drill must not pass for play, nor play for real.
    exercise = forms.ChoiceField(
        label=gettext_lazy("Did this really happen?"),
        required=False,
        error_messages={
            "required": gettext_lazy("Say whether it really happened or is part of the exercise."),
            "invalid_choice": gettext_lazy("This exercise is not running. If it really happened, say so."),
        },
    )
    filed_at = forms.CharField(required=False, widget=forms.HiddenInput, max_length=40)

    # The verb's words for fields that have another name or several controls here.
    FIELD_OF = {
        "type": "what", "category": "what", "place": "source", "coordinate_source": "source", "occurred_at": "date",
        "source": "known_by", "drill": "exercise",
    }  # fmt: skip

    def __init__(self, data: Mapping[str, Any] | None = None, *, user: User, **kwargs: Any) -> None:
        self.user = user
        self.units = units_of(user)
        self.drills = roll.open_to(self.units)
        own = next((unit.district for unit in self.units if unit.district is not None), None)
        super().__init__(data, **kwargs)
        self.initial.setdefault("client_key", uuid.uuid4())
        self.initial.setdefault("unit", self.units[0].code if self.units else "")
        self.initial.setdefault("district", own.code if own else "")
        now = timezone.localtime()
        self.initial.setdefault("now_at", now.isoformat(timespec="seconds"))
        self.initial.setdefault("date", now.strftime("%d/%m/%Y"))
        self.initial.setdefault("time", now.strftime("%H:%M"))
        self._choices()

    def _choices(self) -> None:
        provinces = {unit.province_id for unit in self.units}
        self.fields["unit"].choices = [(unit.code, unit.name) for unit in self.units]  # type: ignore[attr-defined]
        self.fields["source"].choices = [(s, s) for s in ("gps", "map", "typed", "near", "description")]  # type: ignore[attr-defined]
        self.fields["district"].choices = [("", _("not known")), *_districts(provinces)]  # type: ignore[attr-defined]
        self.fields["known_by"].choices = [("", _("not said")), *Source.choices]  # type: ignore[attr-defined]
        self.fields["about"].choices = [("", _("nobody of them: an ordinary report")), *self._superiors()]  # type: ignore[attr-defined]
        self.fields["near"].choices = [("", "–"), *_landmarks(provinces, self.user)]  # type: ignore[attr-defined]
        self.fields["exercise"].choices = [("real", _("Yes, it really happened")), *self._played()]  # type: ignore[attr-defined]
        self.fields["exercise"].required = bool(self.drills)

    def _played(self) -> list[tuple[str, str]]:
        words = _("No, it is played in the exercise “%(name)s”")
        return [(str(drill.pk), words % {"name": drill.name}) for drill in self.drills]

    def _superiors(self) -> list[tuple[str, str]]:
        """The units of the person's own chain he may report on in confidence."""
        above = {unit.code: unit.name for own in self.units for unit in exceptional.may_be_about(own)}
        return list(above.items())

    def clean_about(self) -> Unit | None:
        """The unit of that code."""
        code = self.cleaned_data["about"]
        return Unit.objects.get(code=code) if code else None

    @property
    def drill(self) -> Drill | None:
        """The drill a valid form says the report is played in; None for what really happened."""
        chosen = self.cleaned_data["exercise"]
        return next((drill for drill in self.drills if str(drill.pk) == chosen), None)

    @property
    def needs_district(self) -> bool:
        """Whether no unit of the person's says the province by itself."""
        return not any(unit.province_id for unit in self.units)

    def clean_unit(self) -> Unit | None:
        """The unit of that code among the person's own; his only or first one when nothing was chosen."""
        code = self.cleaned_data["unit"]
        return next((unit for unit in self.units if unit.code == code), self.units[0] if self.units else None)

    def clean_what(self) -> tuple[str, str]:
        """Category and type."""
        category, _colon, kind = str(self.cleaned_data["what"]).partition(":")
        if kind not in TYPES.get(category, {}):
            raise ValidationError(_("Choose what happened from the list."))
        return category, kind

    def clean_district(self) -> District | None:
        """The district of that code."""
        code = self.cleaned_data["district"]
        return District.objects.select_related("province").get(code=code) if code else None

    def clean_now_at(self) -> datetime:
        """When the form was sent, by the device's clock; the server's when the device says nothing readable."""
        return when.instant(self.cleaned_data["now_at"]) or timezone.now().replace(microsecond=0)

    def clean_filed_at(self) -> datetime | None:
        """The device's clock at sending, None without script."""
        return when.instant(self.cleaned_data["filed_at"])

    def clean(self) -> dict[str, Any]:
        """Place and time are made of several fields each."""
        data = super().clean() or {}
        data["place"] = self._place(data)
        data["occurred_at"], data["precision"] = self._moment(data)
        return data

    def _moment(self, data: Mapping[str, Any]) -> tuple[datetime | None, str]:
        if data.get("moment") != "earlier":
            return data.get("now_at"), TimePrecision.MINUTE
        precision = data.get("time_precision") or TimePrecision.MINUTE
        try:
            return when.local(data.get("date", ""), data.get("time", ""), precision)
        except when.UnreadableTime as error:
            self.add_error(error.field, error)
            return None, precision

    def _place(self, data: Mapping[str, Any]) -> Place:
        source = data.get("source") or self._implied_source(data)
        try:
            if source in (CoordinateSource.GPS, CoordinateSource.MAP):
                return self._pointed(data, source)
            if source == CoordinateSource.TYPED:
                read = coordinates.parse(data.get("position", ""))
                accuracy = data.get("accuracy_m")
                return Place(read.point, _metres(accuracy) or read.accuracy_m, source, read.text[:120], hint=read.hint)
            if source == "near":
                return _landmark(data.get("near", ""), self.user)
        except ValidationError as error:
            self.add_error({"typed": "position", "near": "near"}.get(source, "source"), error)
            return Place(source=source if source in CoordinateSource.values else CoordinateSource.DESCRIPTION)
        if not str(data.get("place_name", "")).strip():
            words = _("Give the place: position, coordinates, marker, crossing, or at least a name.")
            self.add_error("place_name" if source else "source", words)
        return Place()

    @staticmethod
    def _implied_source(data: Mapping[str, Any]) -> str:
        """Without a choice, what was filled in tells: coordinates before a landmark before a name."""
        if str(data.get("position", "")).strip():
            return "typed"
        if data.get("near"):
            return "near"
        return "description" if str(data.get("place_name", "")).strip() else ""

    @staticmethod
    def _pointed(data: Mapping[str, Any], source: str) -> Place:
        lat, lon = data.get("lat"), data.get("lon")
        if lat is None or lon is None:
            raise ValidationError(
                _("There is no position from your device yet. Wait for it, or give the place in another way.")
                if source == CoordinateSource.GPS
                else _("No place has been set on the map yet. Set it, or give the place in another way.")
            )
        accuracy = _metres(data.get("accuracy_m"))
        return Place(Point(lon, lat, srid=4326), accuracy, source, f"{lat:.6f}, {lon:.6f}")

    def province(self) -> Province | None:
        """The filer's own province: of the stated district, else of his unit; for the preview."""
        district, unit = self.stated_district(), self.cleaned_data.get("unit")
        if district is not None:
            return district.province
        return unit.province if unit is not None else None

    def stated_district(self) -> District | None:
        """The district counts where no position is known; else the position says it."""
        place: Place = self.cleaned_data["place"]
        if place.crossing is not None:
            return place.crossing.district
        if place.point is None or self.needs_district:
            return self.cleaned_data.get("district")
        return None

    def report(self) -> Report:
        """The verb's Report of a valid form."""
        data = self.cleaned_data
        place: Place = data["place"]
        category, kind = data["what"]
        return Report(
            category=category,
            type=kind,
            impact=data["impact"],
            text=data["text"],
            occurred_at=data["occurred_at"],
            time_precision=data["precision"],
            filed_at=data["filed_at"],
            point=place.point,
            accuracy_m=place.accuracy_m,
            coordinate_source=place.source,
            coordinate_text=place.text,
            place_name=data["place_name"],
            side=data["side"] or Side.UNDETERMINED,
            near_marker=place.marker,
            near_crossing=place.crossing,
            district=self.stated_district(),
            source=data["known_by"],
            about=data["about"],
        )

    def refused(self, error: ValidationError) -> None:
        """Show what the verb refused at the control it is about."""
        by_field = getattr(error, "error_dict", {None: error})
        for name, errors in by_field.items():
            field = self.FIELD_OF.get(name, name)
            self.add_error(field if field in self.fields else None, errors)


def uploaded(files: MultiValueDict[str, Any], name: str = "photos") -> list[Any]:
    """The files of one name that hold anything; browsers send an empty one when none was chosen."""
    return [file for file in files.getlist(name) if file.size]


def _metres(value: float | None) -> int | None:
    """Whole metres, at least one; what is beyond the possible is left for the verb to refuse."""
    return None if value is None else max(1, min(round(value), MAX_ACCURACY_M + 1))


def _districts(provinces: Iterable[int | None]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Border districts by province, the person's own provinces first."""
    own = set(provinces)
    groups: dict[Province, list[tuple[str, str]]] = {}
    for district in District.objects.filter(is_border=True).select_related("province").order_by("code"):
        groups.setdefault(district.province, []).append((district.code, district.name))
    ordered = sorted(groups, key=lambda province: (province.pk not in own, province.code))
    return [(province.name, groups[province]) for province in ordered]


def _landmarks(provinces: Iterable[int | None], user: User) -> list[tuple[str, list[tuple[str, str]]]]:
    """Markers and the crossings a person sees as "m:code" and "c:code", those of his own provinces first."""
    own = set(provinces)
    markers = sorted(BorderMarker.objects.select_related("section"), key=lambda m: m.section.province_id not in own)
    seen = Crossing.objects.visible_to(user).select_related("district")
    crossings = sorted(seen, key=lambda c: c.district.province_id not in own)
    marker_words = [(f"m:{m.code}", f"{m.label} · {m.get_neighbour_display()}") for m in markers]
    crossing_words = [(f"c:{c.slug}", f"{c.name} · {c.district.name}") for c in crossings]
    return [(_("Crossings"), crossing_words), (_("Border markers"), marker_words)]


def _landmark(code: str, user: User) -> Place:
    kind, _colon, key = code.partition(":")
    if kind == "m":
        marker = BorderMarker.objects.get(code=key)
        return Place(marker.point, marker.accuracy_m, CoordinateSource.MARKER, marker.label, marker=marker)
    if kind == "c":
        crossing = Crossing.objects.visible_to(user).select_related("district__province").get(slug=key)
        accuracy = max(1, round(crossing.precision_km * 1000))
        return Place(crossing.point, accuracy, CoordinateSource.CROSSING, crossing.name_en[:120], crossing=crossing)
    raise ValidationError(_("Choose the marker or the crossing."))
