"""The record of everything done, for auditors."""

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from borderwatch import pages
from borderwatch.models import AuditEntry
from borderwatch.views import SignedIn


class AuditFilter(forms.Form):
    """The questions an auditor asks: which object, which verb, which person."""

    object = forms.CharField(label=gettext_lazy("Object (reference or code)"), required=False, max_length=80)
    verb = forms.CharField(label=gettext_lazy("Verb"), required=False, max_length=60)
    person = forms.CharField(label=gettext_lazy("Person (account)"), required=False, max_length=150)


@require_safe
@login_required
def audit(request: SignedIn) -> HttpResponse:
    """Every verb, newest first: who, what, on which object, before, after, why."""
    if not import_string(settings.AUDIT_READER)(request.user):
        raise PermissionDenied(_("The record is open to auditors. Your ministry can post you as one."))
    asked = AuditFilter(request.GET)
    data = asked.cleaned_data if asked.is_valid() else {}
    columns = {"key__iexact": "object", "verb": "verb", "actor__username": "person"}
    wanted = {column: data[name].strip() for column, name in columns.items() if data.get(name)}
    entries = AuditEntry.objects.filter(**wanted).select_related("actor")
    page = pages.keyset(entries, asked=request.GET)
    return render(request, "audit.html", {"page": page, "filter": asked})
