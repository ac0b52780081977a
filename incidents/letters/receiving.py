"""Entering letters that have arrived: on paper, or through this system."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from borderwatch.views import SignedIn, refused_by_verb
from incidents import actions
from incidents.letters import deciders, forms
from incidents.letters.pages import entering_offices, visible
from units import policy


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def receive(request: SignedIn) -> HttpResponse:
    """The form of a letter that has arrived."""
    if not deciders.offices(request.user).exists():
        raise PermissionDenied(_("Your posting does not let you write letters of any office."))
    if request.method != "POST":
        own = deciders.own_office(request.user)
        initial = {"office": own.code if own else "", "incident": request.GET.get("incident", "")}
        return render(request, "letters/receive.html", {"form": forms.ReceiveForm(user=request.user, initial=initial)})
    form = forms.ReceiveForm(request.POST, request.FILES, user=request.user)
    if form.is_valid():
        try:
            letter = actions.receive_letter(actor=request.user, **form.cleaned_data)
        except ValidationError as error:
            refused_by_verb(form, error)
        else:
            messages.success(request, _("Entered as number %(number)s.") % {"number": letter.number_text})
            return redirect(letter)
    return render(request, "letters/receive.html", {"form": form}, status=422)


@require_POST
@login_required
def enter(request: SignedIn, pk: int) -> HttpResponse:
    """Enter a letter that another office has sent through this system."""
    letter = visible(request, pk)
    offices = entering_offices(request.user, letter)
    form = forms.EnterForm(request.POST, offices=offices)
    if not offices.exists():
        if deciders.offices(request.user).filter(pk__in=letter.to_units.values("pk")).exists():
            messages.warning(request, _("This letter stands in your incoming register already."))
            return redirect(letter)
        raise PermissionDenied(policy.nothing_here())
    if not form.is_valid():
        messages.error(request, _("Choose the register."))
        return redirect(letter)
    try:
        entered = actions.enter_original(actor=request.user, office=form.cleaned_data["office"], original=letter)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
        return redirect(letter)
    messages.success(request, _("Entered as number %(number)s.") % {"number": entered.number_text})
    return redirect(entered)
