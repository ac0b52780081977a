"""Administration of the register: territory is reference data; units, heads and people are written by verbs."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from borderwatch.admin import ReadOnlyAdmin, ReferenceAdmin
from units import actions
from units.choices import Rank
from units.models import (
    BorderMarker,
    BorderSection,
    CommandTenure,
    Commune,
    District,
    Endpoint,
    Posting,
    Province,
    Unit,
    User,
)


@admin.register(Province, District, Commune)
class AdministrativeUnitAdmin(ReferenceAdmin):
    """Names, codes and validity of provinces, districts and communes."""

    list_display = ("code", "name_en", "name_km", "valid_from", "valid_to")
    search_fields = ("code", "name_en", "name_km")
    raw_id_fields = ("predecessor",)


@admin.register(BorderSection)
class BorderSectionAdmin(ReferenceAdmin):
    """Sections of the border and how far they are demarcated. Their lines come with the reference files only."""

    exclude = ("line",)
    list_display = ("code", "neighbour", "demarcation_state")


@admin.register(BorderMarker)
class BorderMarkerAdmin(ReferenceAdmin):
    """State of the markers. Positions come with the reference files only."""

    list_display = ("label", "neighbour", "series", "status")
    list_filter = ("neighbour", "status")
    exclude = ("point",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not here: a marker without a position is none."""
        return False


@admin.register(Unit)
class UnitAdmin(ReadOnlyAdmin):
    """The tree of units."""

    list_display = ("code", "name_en", "kind", "parent")
    list_filter = ("kind",)
    list_select_related = ("parent",)
    search_fields = ("code", "name_en", "name_km")


@admin.register(CommandTenure)
class CommandTenureAdmin(ReadOnlyAdmin):
    """Who headed what, and when."""

    list_display = ("unit", "head_name_en", "rank", "acting", "period")
    list_select_related = ("unit",)
    search_fields = ("unit__code", "head_name_en", "head_name_km")


@admin.register(Posting)
class PostingAdmin(ReadOnlyAdmin):
    """Who holds which role where, and when."""

    list_display = ("user", "unit_role", "period", "reason")
    list_select_related = ("user", "unit_role__unit")
    search_fields = ("user__username", "unit_role__unit__code")


class EndpointForm(forms.ModelForm[Endpoint]):
    """A new address of a unit."""

    reason = forms.CharField(label=_("Reason"), max_length=300)

    class Meta:
        model = Endpoint
        fields = ("unit", "channel", "level", "address", "secret", "language")


class RetireEndpointForm(forms.ModelForm[Endpoint]):
    """An address that is there can only be taken out of use; a changed one is a new one."""

    reason = forms.CharField(label=_("Reason for taking it out of use"), max_length=300)

    class Meta:
        model = Endpoint
        fields: ClassVar[tuple[str, ...]] = ()


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin):
    """Addresses at which units are told, set by the verbs; the secret is never shown again."""

    list_display = ("unit", "channel", "level", "address", "active")
    list_select_related = ("unit",)
    list_filter = ("active", "channel")
    raw_id_fields = ("unit",)
    shown = ("unit", "channel", "level", "address", "language", "active")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Administrators set addresses."""
        return bool(request.user.is_active and request.user.is_staff)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An address in use can be taken out of use."""
        return self.has_add_permission(request) and (obj is None or obj.active)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nothing of an address is changed in place."""
        return self.shown if obj is not None else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The form of a new address; of one that is there what it is, and why to end it."""
        if obj is None:
            return (*EndpointForm.Meta.fields, "reason")
        return (*self.shown, "reason") if obj.active else self.shown

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Add, or end."""
        kwargs["form"] = EndpointForm if obj is None else RetireEndpointForm
        return super().get_form(request, obj, change=change, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Do it by the verb, which records it."""
        said = dict(form.cleaned_data)
        if change:
            actions.retire_endpoint(actor=request.user, endpoint=obj, reason=said["reason"])  # type: ignore[arg-type]
        else:
            obj.pk = actions.add_endpoint(actor=request.user, **said).pk  # type: ignore[arg-type]


class NewUserForm(forms.ModelForm[User]):
    """An account without any posting; a register keeper posts it afterwards."""

    password = forms.CharField(label=_("First password"), widget=forms.PasswordInput, min_length=12)
    reason = forms.CharField(label=_("Reason"), max_length=300)

    class Meta:
        model = User
        fields = ("username", "name_km", "name_en", "email", "rank", "language", "is_staff")


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """Accounts: made here by the verb, otherwise only read."""

    form = NewUserForm
    list_display = ("username", "name_en", "rank", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("username", "name_en", "name_km")
    shown: ClassVar[tuple[str, ...]] = (
        "username", "name_km", "name_en", "email", "rank", "phone", "language", "is_active", "is_staff",
        "is_superuser", "last_login", "date_joined",
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Technical staff makes accounts."""
        return bool(request.user.is_active and request.user.is_staff)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The form of a new account; of an old one all but its secrets."""
        return (*NewUserForm.Meta.fields, "password", "reason") if obj is None else self.shown

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """An account that is only looked at needs no form of ours."""
        if obj is not None:
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change=change, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Make the account by the verb, which records it."""
        said = form.cleaned_data
        made = actions.create_user(
            actor=request.user,  # type: ignore[arg-type]
            username=said["username"],
            password=said["password"],
            name_en=said["name_en"],
            name_km=said["name_km"],
            email=said["email"],
            rank=said["rank"] or Rank.CIVILIAN,
            language=said["language"],
            is_staff=said["is_staff"],
            reason=said["reason"],
        )
        obj.pk = made.pk
