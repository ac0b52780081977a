"""For machines: answer by the token of a link, and what proves the notices of a duty."""

from typing import Any

from django.http import Http404
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from borderwatch import api, links, problems
from borderwatch.models import ActionLink, Delivery
from borderwatch.proof import proof
from borderwatch.views.machines import PAGING, problem_answers
from incidents.actions.answering import ByLink, answer_by_link
from incidents.answering.serializers import LinkAnswerInput, NoticeProofPage, Receipt
from incidents.models import Duty

_COLUMNS = (
    "id",
    "topic",
    "recipient_name",
    "channel",
    "state",
    "payload",
    "planned_at",
    "due_at",
    "done_at",
    "received_at",
    "opened_at",
    "acknowledged_at",
    "attempts",
)


class AnswerByToken(APIView):
    """The answer of whoever holds a link's token."""

    # The token is the proof; a session or an API token along with it counts for nothing.
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="answer_by_token",
        tags=["duties"],
        summary="Answer by the token of a link",
        description=(
            "The token is the last part of the address in a mail or message. Answers 201 the first time; the same "
            "token again gets 200 and the same receipt, whatever is sent along. 409: somebody else had answered; "
            "410: the link has run out or was closed."
        ),
        request=LinkAnswerInput,
        auth=[],
        examples=[
            OpenApiExample(
                "Acting",
                value={"token": "xuvYDqx0TXmIl9p1rVZzWg-Q2m1cG9zc2libGUh", "answer": "accept"},
                request_only=True,
            )
        ],
        responses={201: Receipt, 200: Receipt, **problem_answers(400, 403, 404, 409, 410, 415, 429)},
    )
    def post(self, request: Request) -> Response:
        """404 for a token that is not known."""
        given = LinkAnswerInput(data=request.data)
        given.is_valid(raise_exception=True)
        sent = dict(given.validated_data)
        link = links.find(sent.pop("token"))
        if link is None:
            raise Http404
        if links.too_often(link, acting=True):
            return _problem(429, _("The link was opened very often within a minute. Wait a minute and open it again."))
        who = {name: sent.pop(name) for name in ("name", "office")}
        try:
            done = answer_by_link(link=link, given=sent, **who)
        except links.Closed as closed:
            links.note(link, request._request, f"pressed: {closed.state}")
            return _problem(410, _("This link has run out or was closed."))
        return _answered(request, done)


def _answered(request: Request, done: ByLink) -> Response:
    outcome = "settled" if done.before else "done" if done.first else "used"
    links.note(done.link, request._request, f"pressed: {outcome}")
    if done.before is not None:
        return _problem(409, _("This has been answered already."), answered_at=done.before.at)
    return Response(_receipt(done.link), status=201 if done.first else 200)


def _receipt(link: ActionLink) -> dict[str, Any]:
    return {
        "receipt": link.receipt,
        "purpose": link.purpose,
        "kind": link.kind,
        "key": link.key,
        "confirmed_at": link.used_at,
        "by_name": link.confirmed.get("by_name", ""),
        "confirmed": link.confirmed,
    }


def _problem(status: int, detail: str, **more: Any) -> Response:
    return Response(problems.body(status, detail, **more), status=status, content_type=problems.MEDIA_TYPE)


class DutyNotices(APIView):
    """Who was told of a duty, and what proves it."""

    @extend_schema(
        operation_id="duty_notices",
        tags=["duties"],
        summary="The notices of a duty with their four stages of proof",
        description="A missing receipt is `unknown`. Planned notices are listed with the time they are planned for.",
        parameters=PAGING,
        responses={200: NoticeProofPage, **problem_answers(400, 404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        """404 for a duty the caller cannot see."""
        duty = Duty.objects.visible_to(request.user).select_related("escalation__incident").filter(pk=pk).first()
        if duty is None:
            raise Http404
        rows = Delivery.objects.about("incident", duty.escalation.incident.ref).filter(bundle=duty.bundle)
        columns = rows.with_fetches().values(*_COLUMNS, "fetches", "fetched_at")
        return Response(api.page(request, columns, moment="planned_at", show=_notice))


def _notice(row: dict[str, Any]) -> dict[str, Any]:
    fetches, fetched_at = row.pop("fetches"), row.pop("fetched_at")
    notice = Delivery(**row)
    notice.fetches, notice.fetched_at = fetches, fetched_at  # type: ignore[attr-defined]
    return {
        "id": notice.id,
        "topic": notice.topic,
        "recipient": notice.recipient_name,
        "channel": notice.channel,
        "planned_at": notice.planned_at,
        "link_fetches": fetches,
        "stages": [
            {"stage": one.stage.value, "known": one.known.value, "at": one.at, "evidence": one.evidence.value}
            for one in proof(notice)
        ],
    }


app_name = "answering_api"
urlpatterns = [
    path("answer/", AnswerByToken.as_view(), name="answer"),
    path("duties/<int:pk>/notices/", DutyNotices.as_view(), name="notices"),
]
