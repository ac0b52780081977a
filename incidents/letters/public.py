"""Verifying a printed letter: public, without a session, and it says as little as possible.

A letter with this code exists; of which office, under which number and date, in which state; and the beginning of the
SHA-256 of its PDF, to compare a file with. Nothing of what it says or whom it is to. An unknown code gets the same
answer in the same way whatever is wrong with it.
"""

from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from incidents.choices_answers import LetterState
from incidents.letters import check_codes
from incidents.models import Letter

# So many codes may be asked for from one address in so many seconds; printed letters are checked one at a time.
ASKED_MOST = 30
WINDOW_S = 60
SHOWN_OF_HASH = 16
# Of an unsigned letter nothing is confirmed: it has not left the house.
CONFIRMED = (LetterState.SIGNED, LetterState.SENT, LetterState.VOID)


@require_safe
@cache_control(private=True, no_store=True)
def ask(request: HttpRequest) -> HttpResponse:
    """The form for the code; a code in the address leads to its page."""
    typed = check_codes.typed(request.GET.get("code", ""))[:40]
    if typed:
        return redirect("verify:code", code=typed)
    return _page(request, {"typed": ""})


@require_safe
@cache_control(private=True, no_store=True)
def code(request: HttpRequest, code: str) -> HttpResponse:
    """What is known of the letter with this code."""
    if _too_many(request):
        return _page(request, {"typed": code[:40], "too_many": True}, status=429)
    asked = check_codes.typed(code)[:40]
    # Asked for also when it cannot be a code, so that the answer takes the same time.
    found = Letter.objects.filter(check_code=asked, state__in=CONFIRMED).select_related("office").first()
    letter = found if found is not None and check_codes.is_code(asked) else None
    context = {
        "typed": check_codes.grouped(asked),
        "asked": True,
        "letter": letter,
        "begins": " ".join(_fours(letter.pdf_sha256[:SHOWN_OF_HASH])) if letter else "",
    }
    return _page(request, context, status=200 if letter else 404)


def _fours(text: str) -> list[str]:
    return [text[start : start + 4] for start in range(0, len(text), 4)]


def _too_many(request: HttpRequest) -> bool:
    """Whether this address has asked for more codes in this minute than a person would."""
    address = request.META.get("REMOTE_ADDR", "")
    key = f"verify:{address}"
    cache.add(key, 0, WINDOW_S)
    try:
        return cache.incr(key) > ASKED_MOST
    except ValueError:
        # It ran out between the two questions.
        return False


def _page(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    response = render(request, "letters/verify.html", context, status=status)
    response["X-Robots-Tag"] = "noindex"
    return response
