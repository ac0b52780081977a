"""Pages of the kernel and what all pages share: the signed-in request."""

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from units.models import User


class SignedIn(HttpRequest):
    """The request of a view behind `login_required`."""

    user: "User"
    htmx: "HtmxDetails"


def refused_by_verb(form: BaseForm, error: ValidationError) -> None:
    """Show a verb's refusal at the form it came from, at the field when the verb named one the form has."""
    by_field = getattr(error, "error_dict", {})
    for field, errors in by_field.items():
        form.add_error(field if field in form.fields else None, errors)
    if not by_field:
        form.add_error(None, error)
