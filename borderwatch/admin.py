"""What the administration pages of all apps share: reference data is edited on record, everything else only read.

Incidents, answers, notices and the audit are not here at all: who sees them is a matter of postings, and an
administrator has none. Failed notices have their own page.
"""

from importlib import import_module
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest
from knox.models import AuthToken

from borderwatch import audit

# Groups and tokens open doors, authenticators hold secrets: only verbs and their own pages touch them.
for app in ("django.contrib.auth", "allauth.account", "allauth.mfa", "knox"):
    import_module(f"{app}.admin")
admin.site.unregister([Group, AuthToken, EmailAddress, Authenticator])
admin.site.site_header = admin.site.site_title = "BorderWatch"


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """Look, never touch: these rows are written by verbs."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


class ReferenceAdmin(admin.ModelAdmin[Any]):
    """Reference data: changed by administrators, each change on record, nothing ever deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: old incidents point at old rows."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save and record what changed, in the one transaction the administration opens for a change."""
        names = form.changed_data
        before = {name: _plain(form.initial.get(name)) for name in names} if change else {}
        super().save_model(request, obj, form, change)
        audit.record(
            actor=request.user,  # type: ignore[arg-type]
            verb="edit_reference" if change else "add_reference",
            target=obj,
            before=before,
            after={name: _plain(form.cleaned_data.get(name)) for name in names},
        )


def _plain(value: Any) -> Any:
    """A value as JSON."""
    if isinstance(value, models.Model):
        return str(value.pk)
    if isinstance(value, (list, tuple, models.QuerySet)):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)
