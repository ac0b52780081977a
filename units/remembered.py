"""What a reading request has asked of the register already: asked once, and the same for the rest of that request.

One page asks many times which units a person holds a grant on. Requests that write remember nothing: a verb asks anew
under its lock, so that a posting that ended a moment ago gives nothing.
"""

from collections.abc import Callable, Hashable
from contextvars import ContextVar
from typing import TypeVar

from django.http import HttpRequest, HttpResponse

T = TypeVar("T")

_answers: ContextVar[dict[Hashable, object] | None] = ContextVar("remembered", default=None)


def once(question: Hashable, ask: Callable[[], T]) -> T:
    """The answer to a question, asked of the database once in a reading request and every time elsewhere."""
    answers = _answers.get()
    if answers is None:
        return ask()
    if question not in answers:
        answers[question] = ask()
    return answers[question]  # type: ignore[return-value]


def while_reading(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: remember answers for the length of a request that only reads."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return get_response(request)
        token = _answers.set({})
        try:
            return get_response(request)
        finally:
            _answers.reset(token)

    return middleware
