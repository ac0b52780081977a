"""The page behind a link in a mail or message: it works without session, cookie and script.

GET and HEAD show and change nothing, so that a mail scanner may open every link as often as it likes; each opening is
written into the link's log of visits, which decides nothing. POST acts.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from borderwatch import clock, links, topics
from borderwatch.models import ActionLink
from borderwatch.views import refused_by_verb
from incidents.actions.answering import answer_by_link, sent_to, standing
from incidents.answering import purposes
from incidents.answering.forms import Signed

# What a page says of a link, and the status it answers with when it is read.
STATUS = {
    "open": 200,
    "used": 200,
    "settled": 200,
    "unknown": 404,
    "expired": 410,
    "revoked": 410,
    "not_receiver": 403,
    "too_often": 429,
}


# No CSRF token, for there is neither session nor cookie to misuse: the secret in the path is what proves the sender,
# and a foreign site that knew it could press the button by itself. SameSite cookies are not sent along and not read.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Who the reader is taken to be, what he is asked, and the four answers; afterwards the receipt."""
    link = links.find(token)
    with translation.override(_language(request, link)):
        if link is None:
            return _page(request, None, "unknown")
        acting = request.method == "POST"
        if links.too_often(link, acting=acting):
            return _page(request, link, "too_often")
        return _act(request, link) if acting else _read(request, link)


def _language(request: HttpRequest, link: ActionLink | None) -> str:
    """The one asked for in the address, else the receiver's; the choice is kept in the address alone."""
    asked = request.GET.get("lang", "")
    if asked in dict(settings.LANGUAGES):
        return asked
    return link.delivery.language if link is not None else get_language() or settings.LANGUAGE_CODE


def _read(request: HttpRequest, link: ActionLink) -> HttpResponse:
    what, found = standing(link, clock.now())
    links.note(link, request, f"read: {what}")
    return _page(request, link, what, target=found)


def _act(request: HttpRequest, link: ActionLink) -> HttpResponse:
    what, found = standing(link, clock.now())
    if what != "open" or found is None:
        links.note(link, request, f"pressed: {what}")
        return _page(request, link, what, target=found, status=409 if what == "settled" else None)
    form = _form(link, found[0], request.POST)
    if not form.is_valid():
        return _refused(request, link, found, form)
    try:
        done = answer_by_link(link=link, given=form.given(), **form.who())
    except ValidationError as error:
        refused_by_verb(form, error)
        return _refused(request, link, found, form)
    except (links.Closed, PermissionDenied):
        # It ended while the press was on its way.
        fresh = links.find(links.token(link)) or link
        what, found = standing(fresh, clock.now())
        return _page(request, fresh, what, target=found)
    if done.before is not None:
        links.note(link, request, "pressed: settled")
        return _page(request, link, "settled", target=found, status=409, settled=done.before, form=form)
    links.note(link, request, "pressed: done" if done.first else "pressed: used")
    # The receipt is a page of its own: loading it anew sends nothing again.
    answer = HttpResponseRedirect(request.get_full_path(), status=303)
    return _hardened(answer)


def _refused(request: HttpRequest, link: ActionLink, found: Any, form: Signed) -> HttpResponse:
    links.note(link, request, "pressed: incomplete")
    return _page(request, link, "open", target=found, status=422, form=form)


def _form(link: ActionLink, purpose: purposes.Purpose, data: Mapping[str, Any] | None = None) -> Signed:
    return purpose.form(data, by_address=link.delivery.user_id is None)


def _page(
    request: HttpRequest,
    link: ActionLink | None,
    what: str,
    *,
    target: Any = None,
    status: int | None = None,
    settled: purposes.Settled | None = None,
    form: Signed | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {"what": what, "link": link, "languages": _languages(request), "sign_in": reverse("home")}
    if link is not None and target is not None:
        context |= _shown(link, what, *target, settled=settled, form=form)
    return _hardened(render(request, "answering/page.html", context, status=status or STATUS[what]))


def _shown(
    link: ActionLink,
    what: str,
    purpose: purposes.Purpose,
    target: Any,
    *,
    settled: purposes.Settled | None,
    form: Signed | None,
) -> dict[str, Any]:
    """What each state of a link lets its reader know: an ended one names nothing."""
    shown: dict[str, Any] = {"purpose": purpose, "sign_in": purpose.page(target), "form": form}
    if what == "open":
        shown |= {
            "subject": topics.render(link.delivery).subject,
            "facts": purpose.facts(link, target),
            "unit": purpose.unit(target),
            "sent_to": sent_to(link),
            "form": form or _form(link, purpose),
        }
    elif what == "used":
        shown |= {"confirmed": purpose.confirmed(link), "sent_to": sent_to(link)}
    elif what == "settled":
        shown |= {"settled": settled or purpose.settled(target), "unit": purpose.unit(target)}
    return shown


def _languages(request: HttpRequest) -> Iterable[tuple[str, str]]:
    return [(code, label) for code, label in settings.LANGUAGES if code != get_language()]


def _hardened(answer: HttpResponse) -> HttpResponse:
    """The address itself is the key: it is kept by no cache, told to no other site, found by no search, and the log of
    refused requests does not name it.
    """
    answer._has_been_logged = True  # type: ignore[attr-defined]
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Content-Language"] = get_language() or ""
    return answer
