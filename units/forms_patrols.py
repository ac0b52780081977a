"""Forms of patrols. They check shape only; what is true and allowed the verbs say."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.gis.db.models.functions import Centroid, Distance
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch import clock, photos
from borderwatch.khmer import visible
from borderwatch.photos import Photo
from units import policy
from units.choices import INSTITUTIONS, Joint, MarkerFinding
from units.fields_patrols import CountField, MomentField, PathField, PointField, text_input, textarea
from units.models import BorderMarker, Patrol, Sector, Unit, UnresolvedArea, User

MAX_NOTE = 5000
# Metres assumed for a position whose accuracy nobody states: a telephone under trees.
USUAL_ACCURACY_M = 30
# A photo that came with a form to be mended is kept so long for the next try.
PHOTO_KEPT = timedelta(hours=12)


def patrolling_units(user: User) -> list[Unit]:
    """The units whose patrols a person may plan and record today, those he is posted at first."""
    ids = policy.unit_ids(user, policy.PATROLS)
    if not ids:
        return []
    own = {unit.pk for role, unit in policy.roles_of(user) if policy.PATROLS in policy.ROLES[role]}
    units = Unit.objects.filter(pk__in=ids).exclude(kind__in=INSTITUTIONS).select_related("province").order_by("code")
    return sorted(units, key=lambda unit: unit.pk not in own)


class PatrolForm(forms.Form):
    """What a plan and a record have in common: who goes, where, with whom. `content()` gives the verb's words."""

    client_key = forms.UUIDField(widget=forms.HiddenInput)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), widget=forms.Select(attrs={"class": "form-select"}))
    ground = forms.ChoiceField(
        label=gettext_lazy("Sector or unresolved area"),
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    route = PathField(
        label=gettext_lazy("Route"),
        required=False,
        help_text=gettext_lazy("One position to a line, latitude first. Needed only where no sector or area is named."),
    )
    leader_name = forms.CharField(label=gettext_lazy("Leader"), max_length=200, widget=text_input())
    leader = forms.CharField(
        label=gettext_lazy("Leader's account"), required=False, max_length=300, widget=text_input(list="leaders")
    )
    strength = CountField(label=gettext_lazy("Number of persons, leader included"), min_value=1, max_value=2000)
    joint = forms.ChoiceField(
        label=gettext_lazy("With whom"), choices=Joint.choices, initial=Joint.ALONE, widget=forms.RadioSelect
    )
    joint_with = forms.CharField(
        label=gettext_lazy("Forces that come along"), required=False, max_length=200, widget=text_input()
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=MAX_NOTE, widget=textarea(3))

    # The verb's words for what has another name here.
    FIELD_OF = {"sector_code": "ground", "area_code": "ground"}

    def __init__(self, data: Mapping[str, Any] | None = None, *, user: User, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.units = patrolling_units(user)
        people = User.objects.filter(
            is_active=True,
            postings__period__contains=clock.sql_now(),
            postings__unit_role__unit__in=[unit.pk for unit in self.units],
        )
        self.people = {person.username: person for person in people.distinct().order_by("username")[:200]}
        self.initial.setdefault("client_key", uuid.uuid4())
        grounds, own = _grounds(user, self.units)
        self.fields["unit"].choices = [(unit.code, unit.name) for unit in self.units]  # type: ignore[attr-defined]
        self.fields["ground"].choices = grounds  # type: ignore[attr-defined]
        if len(self.units) == 1 and user.username in self.people:
            # Who has one unit probably leads its patrol himself, and in its sector.
            self.initial.setdefault("leader_name", user.get_full_name())
            self.initial.setdefault("leader", user.username)
            self.initial.setdefault("ground", own[0] if len(own) == 1 else "")

    def clean_unit(self) -> Unit:
        """The unit of that code among those the person may plan for."""
        return next(unit for unit in self.units if unit.code == self.cleaned_data["unit"])

    def clean_leader(self) -> User | None:
        """The account, typed or picked as "name · words"."""
        name = visible(self.cleaned_data["leader"]).partition(" · ")[0].strip()
        if name and name not in self.people:
            raise ValidationError(
                _("No person of your units has the account “%(name)s”. Leave it empty when the leader has none.")
                % {"name": name}
            )
        return self.people.get(name)

    def clean(self) -> dict[str, Any]:
        """A joint patrol says with whom."""
        data = super().clean() or {}
        if data.get("joint") not in (None, Joint.ALONE) and not data.get("joint_with"):
            self.add_error("joint_with", _("Say which forces come along."))
        return data

    def content(self) -> dict[str, Any]:
        """The verb's words of a valid form."""
        data = dict(self.cleaned_data)
        kind, _colon, code = data.pop("ground").partition(":")
        return data | {"sector_code": code if kind == "s" else "", "area_code": code if kind == "a" else ""}


class PlanForm(PatrolForm):
    """A patrol to come."""

    planned_from = MomentField(label=gettext_lazy("Sets out"))
    planned_to = MomentField(label=gettext_lazy("Is back by"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        morning = timezone.localtime().replace(hour=6, minute=0, second=0, microsecond=0) + timedelta(days=1)
        self.initial.setdefault("planned_from", morning)
        self.initial.setdefault("planned_to", morning + timedelta(hours=6))

    def clean(self) -> dict[str, Any]:
        """It ends after it starts, and says where it goes."""
        data = super().clean()
        if not data.get("ground") and data.get("route") is None and not self.errors.keys() & {"ground", "route"}:
            self.add_error("ground", _("Choose the sector or area, or give the route."))
        _in_order(self, "planned_from", "planned_to")
        return data


class RecordForm(PatrolForm):
    """A patrol that has been, without a plan."""

    started_at = MomentField(label=gettext_lazy("Set out"))
    finished_at = MomentField(label=gettext_lazy("Came back"))

    def clean(self) -> dict[str, Any]:
        """It came back after it set out."""
        data = super().clean()
        _in_order(self, "started_at", "finished_at")
        return data


class StartForm(forms.Form):
    """The patrol sets out: now, when nothing is said."""

    at = MomentField(label=gettext_lazy("Set out (empty: now)"), required=False)


class FinishForm(forms.Form):
    """The patrol is back: now, when nothing is said."""

    at = MomentField(label=gettext_lazy("Came back (empty: now)"), required=False)
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=MAX_NOTE, widget=textarea(3))


class CallOffForm(forms.Form):
    """The patrol does not take place."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=2000, widget=textarea(2))


class UploadForm(forms.Form):
    """The track as a device has written it."""

    # The verb's word for it.
    FIELD_OF = {"file": "upload"}

    client_key = forms.UUIDField(widget=forms.HiddenInput)
    upload = forms.FileField(
        label=gettext_lazy("Track file"),
        allow_empty_file=True,  # The verb says so, naming the file.
        error_messages={"required": gettext_lazy("Choose a file, or draw the path on the map.")},
        help_text=gettext_lazy("GPX, GeoJSON or a table (CSV) with latitude, longitude and time."),
        widget=forms.FileInput(
            attrs={"class": "form-control", "accept": ".gpx,.geojson,.json,.csv,.txt,application/gpx+xml,text/csv"}
        ),
    )


class DrawForm(forms.Form):
    """The way taken, drawn by hand."""

    client_key = forms.UUIDField(widget=forms.HiddenInput)
    drawn = PathField(
        label=gettext_lazy("The way taken"),
        help_text=gettext_lazy("One position to a line, latitude first, in the order they were passed."),
    )


class ObservationForm(forms.Form):
    """Something seen, or a border marker looked at."""

    client_key = forms.UUIDField(widget=forms.HiddenInput)
    at = MomentField(label=gettext_lazy("Seen at"))
    marker = forms.ChoiceField(
        label=gettext_lazy("Border marker"), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )
    finding = forms.ChoiceField(
        label=gettext_lazy("State of the marker"),
        required=False,
        choices=[("", "–"), *MarkerFinding.choices],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    point = PointField(
        label=gettext_lazy("Place"),
        required=False,
        help_text=gettext_lazy(
            "Latitude, longitude. At a marker it may stay empty; then the marker's own place counts."
        ),
    )
    accuracy_m = CountField(
        label=gettext_lazy("Accuracy in metres"), required=False, min_value=1, max_value=50_000,
        initial=USUAL_ACCURACY_M,
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("What was seen"),
        required=False,
        max_length=MAX_NOTE,
        help_text=gettext_lazy("At a marker it may stay empty."),
        widget=textarea(3),
    )
    photo = forms.FileField(
        label=gettext_lazy("Photo"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"class": "form-control", "accept": "image/jpeg,image/png,image/webp"}),
    )
    # What an earlier try of the same form brought, and whether it is to be left out now.
    photo_kept = forms.CharField(required=False, widget=forms.HiddenInput)
    drop_photo = forms.BooleanField(label=gettext_lazy("take off"), required=False)

    kept: Photo | None = None

    def __init__(self, *args: Any, patrol: Patrol, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = BorderMarker.objects.select_related("section")
        if patrol.unit.province_id:
            found = found.filter(section__province_id=patrol.unit.province_id)
        here = Sector.objects.filter(code=patrol.sector_code, period__contains=clock.sql_now()).order_by()
        if middle := here.values_list(Centroid("area"), flat=True).first():
            # The nearest first: those of its own sector are what a patrol usually comes by.
            found = found.annotate(away=Distance("point", middle)).order_by("away", "code")
        self.markers = {marker.code: marker for marker in found}
        self.fields["marker"].choices = [  # type: ignore[attr-defined]
            ("", _("none")),
            *((code, f"{marker.label} · {marker.get_neighbour_display()}") for code, marker in self.markers.items()),
        ]

    def clean_marker(self) -> BorderMarker | None:
        """The marker of that code."""
        return self.markers.get(self.cleaned_data["marker"])

    def clean_photo(self) -> Photo | None:
        """The photo, checked and stored sealed, so that it need not be sent again when something else is mended."""
        upload = self.cleaned_data["photo"]
        return photos.read(upload) if upload is not None else None

    def clean_photo_kept(self) -> Photo | None:
        """The photo of an earlier try of this very form; a mark that is forged or too old is as none."""
        try:
            return Photo(**signing.loads(self.cleaned_data["photo_kept"], salt="observation", max_age=PHOTO_KEPT))
        except (signing.BadSignature, TypeError):
            return None

    def clean(self) -> dict[str, Any]:
        """A place or a marker; words or a marker; a marker with its state."""
        data = super().clean() or {}
        marker: BorderMarker | None = data.get("marker")
        if marker is not None and not data.get("finding"):
            self.add_error("finding", _("Say in which state the marker stands."))
        if marker is None and data.get("finding"):
            self.add_error("marker", _("Say which marker it is."))
        if marker is None and not data.get("text") and "text" not in self.errors:
            self.add_error("text", _("Say in a few words what was seen."))
        if data.get("point") is None and "point" not in self.errors:
            if marker is None:
                self.add_error("point", _("Give the place, or choose a marker."))
            else:
                data["point"], data["accuracy_m"] = marker.point, marker.accuracy_m
        data["accuracy_m"] = data.get("accuracy_m") or USUAL_ACCURACY_M
        earlier, dropped = data.pop("photo_kept", None), data.pop("drop_photo", False)
        data["photo"] = self.kept = data.get("photo") or (None if dropped else earlier)
        return data

    @property
    def mark(self) -> str:
        """What the form carries of a photo that is stored already; "" when there is none."""
        return signing.dumps(asdict(self.kept), salt="observation") if self.kept else ""


def fresh() -> dict[str, uuid.UUID]:
    """The key of a new form: sent twice it stays one thing."""
    return {"client_key": uuid.uuid4()}


def refuse(form: forms.Form, error: ValidationError) -> None:
    """Show a verb's refusal at the control it is about."""
    for name, errors in getattr(error, "error_dict", {None: error}).items():
        field = getattr(form, "FIELD_OF", {}).get(name, name)
        form.add_error(field if field in form.fields else None, errors)


def _in_order(form: forms.Form, first: str, last: str) -> None:
    begin, end = form.cleaned_data.get(first), form.cleaned_data.get(last)
    if begin is not None and end is not None and end <= begin:
        form.add_error(last, _("This must be later than when it sets out."))


def _grounds(user: User, units: list[Unit]) -> tuple[list[Any], list[str]]:
    """Sectors in force and unresolved areas the person may know of, as "s:code" and "a:code"; and which are his own."""
    now, ids = clock.now(), {unit.pk for unit in units}
    sectors = Sector.objects.visible_to(user).at(now).select_related("unit").defer("area", "border").order_by("code")
    own: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    for sector in sectors:
        (own if sector.unit_id in ids else others).append((f"s:{sector.code}", f"{sector.code} · {sector.unit.name}"))
    areas = UnresolvedArea.objects.visible_to(user).at(now).defer("area")
    groups = (
        (_("Sectors of your units"), own),
        (_("Sectors of other units"), others),
        (_("Unresolved areas"), [(f"a:{area.code}", area.name) for area in areas]),
    )
    choices = [("", _("none: a route")), *((label, rows) for label, rows in groups if rows)]
    return choices, [code for code, _words in own]
