"""Proposals for machines: the same rows as the pages, nothing of a draft to strangers, pages and filters."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from crossings import actions
from crossings.models import Crossing
from crossings.tests.proposing import decision, draft, path, recommended, speak, submitted
from crossings.tests.test_proposals import mend
from units.models import User

pytestmark = pytest.mark.django_db
LIST = "/api/v1/proposals/"


@pytest.fixture
def corridor(province: User) -> Crossing:
    return path(province)


@pytest.fixture
def ask(signed_in: Callable[[Any], Client]) -> Callable[..., Any]:
    def get(user: User, address: str = LIST, status: int = 200, **params: Any) -> Any:
        answer = signed_in(user).get(address, params)
        assert answer.status_code == status, answer.content
        return answer.json()

    return get


def test_a_proposal_with_everything(
    ask: Any, province: User, moi: User, mfaic: User, ssba: User, corridor: Crossing
) -> None:
    proposal = submitted(province, corridor)
    speak(mfaic, proposal, "mfaic", "against")
    actions.return_proposal(actor=moi, proposal=proposal, version=1, reason="Say more")
    mend(province, proposal, category="regional")
    actions.submit_proposal(actor=province, proposal=proposal)
    proposal = recommended(moi, mfaic, ssba, proposal, "A survey\nA post")
    actions.approve_proposal(actor=moi, proposal=proposal, decision=decision())
    found = ask(mfaic, reverse("crossings_api:proposal", args=[proposal.pk]))
    assert (found["ref"], found["url"], found["state"]) == (proposal.ref, proposal.get_absolute_url(), "approved")
    assert (found["category"], found["version"], found["spoken"]) == ("regional", 2, 2)
    assert found["legal_reference"] == "Decision 123 of the Royal Government"
    first, second = found["versions"]
    assert (first["returned_reason"], first["category"]) == ("Say more", "bilateral")
    assert [(one["unit_code"], one["stand"], one["counts"]) for one in first["positions"]] == [
        ("mfaic", "against", True)
    ]
    assert second["positions"][0]["conditions"] == ["A survey", "A post"]
    assert [(one["unit_code"], one["text"], one["state"]) for one in found["conditions"]] == [
        ("mfaic", "A survey", "open"), ("mfaic", "A post", "open"),
    ]  # fmt: skip


def test_a_draft_is_the_provinces_alone_for_machines_too(
    ask: Any, province: User, moi: User, mfaic: User, corridor: Crossing
) -> None:
    proposal = draft(province, corridor)
    address = reverse("crossings_api:proposal", args=[proposal.pk])
    ask(mfaic, address, 404)
    assert ask(mfaic)["results"] == []
    assert [row["ref"] for row in ask(province)["results"]] == [proposal.ref]
    actions.submit_proposal(actor=province, proposal=proposal)
    actions.return_proposal(actor=moi, proposal=proposal, version=1, reason="Say more")
    mend(province, proposal, category="regional", needs="Not for their eyes")
    found = ask(mfaic, address)
    assert (found["category"], found["version"], len(found["versions"])) == ("bilateral", 1, 1)
    assert (ask(province, address)["category"], ask(province)["results"][0]["version"]) == ("regional", 2)
    assert ask(mfaic, category="regional")["results"] == []


def test_pages_and_filters(
    ask: Any, signed_in: Any, province: User, mfaic: User, corridor: Crossing, django_assert_max_num_queries: Any
) -> None:
    refs = [submitted(province, path(province, f"Path {n}", at=(107.40 + n / 100, 13.70))).ref for n in range(5)]
    first = ask(mfaic, limit=3)
    assert [row["ref"] for row in first["results"]] == refs[:1:-1]
    rest = ask(mfaic, first["next"])
    assert [row["ref"] for row in rest["results"]] == refs[1::-1]
    assert rest["next"] is None
    client = signed_in(mfaic)
    with django_assert_max_num_queries(12):
        answer = client.get(LIST, {"waiting": "true", "state": "submitted", "province": "16"})
    assert len(answer.json()["results"]) == 5
    assert ask(province, waiting="true")["results"] == []
    for params in ({"state": "nonsense"}, {"province": "99"}, {"category": "x"}, {"limit": "0"}, {"cursor": "x"}):
        assert ask(mfaic, status=400, **params)["status"] == 400
