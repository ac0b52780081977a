"""Forms of the register: units, heads, leave, postings. They check shape only; what is allowed the verbs say."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch.fields import TypedTimeField, reason_field
from borderwatch.khmer import latin_digits, search_key, visible
from units import policy
from units.choices import Rank, Role, UnitKind
from units.models import CommandTenure, District, Province, Unit, User
from units.status import rights_of

# Suggestions for a person's name; more are no help.
SUGGESTED = 10
# What stands between code and name in a suggestion.
DOT = " · "


def accounts(text: str) -> QuerySet[User]:
    """Active accounts whose user name or name holds the text."""
    key = visible(latin_digits(text.strip()))
    named = Q(username__icontains=key) | Q(name_en__icontains=key) | Q(name_km__icontains=key)
    return User.objects.filter(named, is_active=True).order_by("username")


class PersonField(forms.CharField):
    """An account, typed as its user name or a part of the name; accounts are too many to list."""

    def __init__(self, **kwargs: Any) -> None:
        suggesting = {
            "list": "people", "autocomplete": "off", "hx-get": reverse_lazy("units:people"),
            "hx-trigger": "input changed delay:300ms", "hx-target": "#people",
        }  # fmt: skip
        widget = forms.TextInput(attrs={"class": "form-control", **suggesting})
        super().__init__(max_length=250, widget=widget, **kwargs)

    def clean(self, value: Any) -> User | None:
        """The one account that is meant; raises ValidationError naming those that fit when it is not plain."""
        text = str(super().clean(value)).partition(DOT)[0].strip()
        if not text:
            return None
        found = list(accounts(text)[: SUGGESTED + 1])
        exact = [user for user in found if user.username.casefold() == text.casefold()]
        exact = exact or list(User.objects.filter(username__iexact=text, is_active=True))
        if exact or len(found) == 1:
            return (exact or found)[0]
        if not found:
            raise ValidationError(_("No account has this name. Technical staff makes accounts."))
        names = "; ".join(f"{user.username}{DOT}{user.get_full_name()}" for user in found[:SUGGESTED])
        raise ValidationError(_("Several accounts fit. Type the user name: %(names)s") % {"names": names})


def moment_field(label: Any, *, required: bool = True, help_text: Any = "") -> TypedTimeField:
    """A moment of the register: a day and a time, or a day alone (its first moment)."""
    return TypedTimeField(
        label=label,
        required=required,
        day_alone=True,
        help_text=help_text or gettext_lazy("Such as 25/12/2026 14:00. A day alone means its first moment."),
        error_messages={"invalid": gettext_lazy("Write the time as 25/12/2026 14:00, or the day as 25/12/2026.")},
        widget=forms.DateTimeInput(format="%d/%m/%Y %H:%M", attrs={"class": "form-control", "autocomplete": "off"}),
    )


def _text(label: Any, *, required: bool = True, max_length: int = 200, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=max_length,
        help_text=help_text,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )


def _choice(label: Any, choices: Any, *, required: bool = True) -> forms.ChoiceField:
    widget = forms.Select(attrs={"class": "form-select"})
    return forms.ChoiceField(label=label, choices=choices, required=required, widget=widget)


def _why() -> forms.CharField:
    field = reason_field(max_length=300)
    field.label = gettext_lazy("Order or reason")
    return field


class MomentForm(forms.Form):
    """For which moment the register is asked; empty for now."""

    at = moment_field(gettext_lazy("As the register stands on"), required=False)


class ReasonForm(forms.Form):
    """Why; nothing else is to be said."""

    reason = _why()


class NamesForm(forms.Form):
    """The names of a unit."""

    name_km = _text(gettext_lazy("Khmer name"), required=False)
    name_en = _text(gettext_lazy("Latin name"))
    short_name = _text(gettext_lazy("Short name"), required=False, max_length=20)
    reason = _why()


class NewUnitForm(NamesForm):
    """A unit under another one, in the same province."""

    code = forms.SlugField(
        label=gettext_lazy("Code"),
        max_length=60,
        help_text=gettext_lazy("Latin letters, figures and hyphens, such as post-1607-3. It stays for ever."),
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    kind = _choice(gettext_lazy("Kind"), UnitKind.choices)
    province = _choice(gettext_lazy("Province"), (), required=False)
    district = _choice(gettext_lazy("District"), (), required=False)
    field_order = ("code", "kind", "name_km", "name_en", "short_name", "province", "district", "reason")

    def __init__(self, *args: Any, parent: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parent = parent
        # Most units have brothers and sisters of their own kind.
        last = Unit.objects.filter(parent=parent).order_by("-pk").first()
        self.fields["kind"].initial = last.kind if last else UnitKind.POST
        none = ("", _("none"))
        if parent.province is not None:
            del self.fields["province"]
            districts = District.objects.filter(province=parent.province, valid_to=None).order_by("code")
            self.fields["district"].choices = [none, *((one.code, one.name) for one in districts)]  # type: ignore[attr-defined]
        else:
            del self.fields["district"]
            provinces = Province.objects.filter(valid_to=None).order_by("code")
            self.fields["province"].choices = [none, *((one.code, one.name) for one in provinces)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The province is the parent's where it has one; codes become rows."""
        data = super().clean() or {}
        province, district = str(data.get("province") or ""), str(data.get("district") or "")
        data["province"] = self.parent.province or Province.objects.filter(code=province).first()
        data["district"] = District.objects.filter(code=district).first() if district else None
        return data


class MoveForm(forms.Form):
    """Another unit to stand under."""

    parent = forms.CharField(
        label=gettext_lazy("New unit above it, by code or name"),
        max_length=250,
        widget=forms.TextInput(attrs={"class": "form-control", "list": "units", "autocomplete": "off"}),
    )
    reason = _why()

    def __init__(self, *args: Any, units: Iterable[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = list(units)

    def clean_parent(self) -> Unit:
        """The single unit that fits, out of those the person keeps."""
        key = search_key(self.cleaned_data["parent"].partition(DOT)[0])
        names = {unit: [search_key(name) for name in (unit.code, unit.name_en, unit.name_km)] for unit in self.units}
        exact = [unit for unit in self.units if key in names[unit]]
        part = [unit for unit in self.units if any(key in name for name in names[unit])]
        found = exact or part
        if len(found) != 1:
            raise ValidationError(_("No single unit has this code or name."))
        return found[0]


class AppointForm(forms.Form):
    """A new head; with an account his names may stay empty."""

    person = PersonField(
        label=gettext_lazy("Account, by user name or name"),
        required=False,
        help_text=gettext_lazy("May stay empty. With an account, the names below may stay empty too."),
    )
    name_km = _text(gettext_lazy("Name in Khmer"), required=False)
    name_en = _text(gettext_lazy("Name in Latin letters"), required=False)
    rank = _choice(gettext_lazy("Rank"), Rank.choices)
    acting = forms.BooleanField(label=gettext_lazy("Acting head"), required=False)
    since = moment_field(gettext_lazy("From"))
    until = moment_field(
        gettext_lazy("Until (not included)"), required=False, help_text=gettext_lazy("Empty until further notice.")
    )
    reason = _why()

    def clean(self) -> dict[str, Any]:
        """A name is needed: typed, or the account's."""
        data = super().clean() or {}
        if "person" not in self.errors:
            named_after(data, "person", "name_en", "name_km")
        return data


def named_after(data: dict[str, Any], person: str, name_en: str, name_km: str) -> None:
    """Take the names of an account where none were typed; raises ValidationError when there is neither."""
    account = data.get(person)
    if account is not None and not data.get(name_en):
        data[name_en] = account.name_en or account.username
        data[name_km] = data.get(name_km) or account.name_km
    if not data.get(name_en):
        raise ValidationError({name_en: _("Write the name in Latin letters.")})


class EndForm(forms.Form):
    """From when on something holds no longer."""

    at = moment_field(gettext_lazy("Ends at (not included)"))
    reason = _why()


class EndTenureForm(EndForm):
    """From when on a head answers no longer, and whether his rights at the unit end with it."""

    with_posting = forms.BooleanField(
        label=gettext_lazy("His posting as head of this unit ends too"), required=False, initial=True
    )
    field_order = ("at", "with_posting", "reason")


class DatesForm(forms.Form):
    """The right dates of a tenure."""

    since = moment_field(gettext_lazy("From"))
    until = moment_field(
        gettext_lazy("Until (not included)"), required=False, help_text=gettext_lazy("Empty until further notice.")
    )
    reason = _why()

    def __init__(self, *args: Any, tenure: CommandTenure, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenure = tenure
        self.initial = {**self.initial, "since": tenure.since, "until": tenure.until}

    def clean(self) -> dict[str, Any]:
        """A date left as it was shown is the very moment on record; the page shows no seconds."""
        data = super().clean() or {}
        for name, kept in (("since", self.tenure.since), ("until", self.tenure.until)):
            if kept is not None and data.get(name) == kept.replace(second=0, microsecond=0):
                data[name] = kept
        return data


class LeaveForm(forms.Form):
    """The head is away, and who acts for him."""

    since = moment_field(gettext_lazy("The leave begins"))
    until = moment_field(gettext_lazy("The head is back"))
    acting_person = PersonField(
        label=gettext_lazy("Acting head's account, by user name or name"),
        required=False,
        help_text=gettext_lazy("With an account he can answer here for that time; his names below may stay empty."),
    )
    acting_name_km = _text(gettext_lazy("Acting head's name in Khmer"), required=False)
    acting_name_en = _text(gettext_lazy("Acting head's name in Latin letters"), required=False)
    acting_rank = _choice(gettext_lazy("Acting head's rank"), Rank.choices)
    reason = _why()

    def clean(self) -> dict[str, Any]:
        """A name is needed: typed, or the account's."""
        data = super().clean() or {}
        if "acting_person" not in self.errors:
            named_after(data, "acting_person", "acting_name_en", "acting_name_km")
        return data


class PostForm(forms.Form):
    """A person gets a role at a unit."""

    person = PersonField(label=gettext_lazy("Person, by user name or name"))
    role = forms.ChoiceField(
        label=gettext_lazy("Role"), choices=(), widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the role.")},
    )  # fmt: skip
    since = moment_field(gettext_lazy("From"))
    until = moment_field(
        gettext_lazy("Until (not included)"), required=False, help_text=gettext_lazy("Empty until further notice.")
    )
    reason = _why()

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [(role.value, role.label) for role in Role if policy.role_fits(role, unit.kind)]
        self.fields["role"].choices = roles  # type: ignore[attr-defined]
        self.rights = {role: rights_of(role) for role, _label in roles}

    def clean(self) -> dict[str, Any]:
        """The verb calls the person `user`."""
        data = super().clean() or {}
        data["user"] = data.pop("person", None)
        return data


def this_minute() -> datetime:
    """What a form proposes as the moment: now, without seconds."""
    return timezone.now().replace(second=0, microsecond=0)
