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


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin):
    """Addresses at which units are told: only read here. They are asked for, confirmed by another administrator and
    ended on pages of their own (/endpoints/); the secrets are never shown.
    """

    list_display = ("unit", "channel", "level", "address", "active", "asked_by", "confirmed_by")
    list_select_related = ("unit", "asked_by", "confirmed_by")
    list_filter = ("active", "channel")
    exclude = ("secret", "next_secret")


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
