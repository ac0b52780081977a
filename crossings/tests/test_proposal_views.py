"""Pages of proposals: what each person finds, what is refused, what is told, how many questions a page asks."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from borderwatch.models import Delivery
from crossings import actions, proposals
from crossings.models import Condition, Crossing, Position, Proposal, ProposalVersion
from crossings.tests import assessing
from crossings.tests.proposing import WHY, decision, draft, fresh, path, recommended, speak, submitted
from crossings.tests.test_proposals import mend
from units.models import User

pytestmark = pytest.mark.django_db
HTML: dict[str, Any] = {"headers": {"accept-language": "en"}}


@pytest.fixture
def come(signed_in: Callable[[Any], Client]) -> Callable[[User], Client]:
    """A client that reads English."""

    def visit(user: User) -> Client:
        User.objects.filter(pk=user.pk).update(language="en")
        user.refresh_from_db()
        client = signed_in(user)
        client.cookies.load({"django_language": "en"})
        return client

    return visit


@pytest.fixture
def corridor(province: User) -> Crossing:
    return path(province)


def body(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, (answer.status_code, answer.content[:600])
    text: str = answer.content.decode()
    return text


# --- writing --------------------------------------------------------------------------------------------------


def test_the_province_writes_a_draft_and_hands_it_in(come: Any, province: User, corridor: Crossing, world: Any) -> None:
    visit = assessing.complete(province, corridor, world["province-16"])
    client = come(province)
    assert corridor.name in body(client.get(reverse("proposals:new")))
    page = client.get(reverse("proposals:new"), {"crossing": corridor.slug})
    assert str(page.context["form"]["client_key"].value()) in body(page)
    # Its own category is not offered, nor is a corridor's.
    assert [value for value, _label in page.context["form"].fields["category"].choices][:3] == [
        "", "international", "bilateral",
    ]  # fmt: skip
    day = proposals.today() + timedelta(days=90)
    sent = {
        "client_key": uuid.uuid4(), "crossing": corridor.slug, "category": "bilateral",
        "wanted_from": f"{day:%d/%m/%Y}".translate(str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")),
        "justification": WHY, "needs": "", "assessments": [visit.pk], "then": "save",
    }  # fmt: skip
    answer = client.post(reverse("proposals:new"), sent)
    proposal = Proposal.objects.get()
    assert answer.status_code == 302
    assert answer.url == proposal.get_absolute_url()
    version = proposals.newest_version(proposal)
    assert (proposal.state, version.wanted_from, version.justification) == ("draft", day, WHY)
    # The same form sent twice makes no second one.
    assert client.post(reverse("proposals:new"), sent).status_code == 302
    assert Proposal.objects.count() == 1
    again = {**sent, "version": "1", "revision": "0", "needs": "ផ្លូវ", "then": "submit"}
    assert client.post(reverse("proposals:edit", args=[proposal.pk]), again).status_code == 302
    assert fresh(proposal).state == "submitted"


def test_what_is_missing_is_said_at_the_form_and_the_draft_is_kept(
    come: Any, province: User, corridor: Crossing
) -> None:
    client = come(province)
    sent = {"client_key": uuid.uuid4(), "crossing": corridor.slug, "category": "bilateral", "justification": WHY}
    page = client.post(reverse("proposals:new"), {**sent, "then": "submit"})
    text = body(page, 422)
    assert "Say from which day the category is wanted." in text
    assert "at least one complete assessment" in text
    assert "The draft is saved" in text
    proposal = Proposal.objects.get()
    assert proposal.state == "draft"
    # The form goes on with the draft, not with another one.
    assert f'action="/crossings/proposals/{proposal.pk}/edit/"' in text
    assert 'name="version" value="1"' in text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"category": ""}, "category"),
        ({"category": "corridor"}, "category"),
        ({"wanted_from": "31/02/2027"}, "wanted_from"),
        ({"wanted_from": "01/01/9999"}, "wanted_from"),
        ({"justification": "x" * 10_001}, "justification"),
        ({"assessments": ["0"]}, "assessments"),
        ({"client_key": "no key"}, "client_key"),
    ],
)
def test_what_cannot_be_read_comes_back_with_everything_typed(
    come: Any, province: User, corridor: Crossing, changes: Any, field: str
) -> None:
    sent = {
        "client_key": uuid.uuid4(), "crossing": corridor.slug, "category": "bilateral", "needs": "Kept as typed",
        **changes,
    }  # fmt: skip
    page = come(province).post(reverse("proposals:new"), sent)
    assert "Kept as typed" in body(page, 422)
    assert field in page.context["form"].errors
    assert not Proposal.objects.exists()


def test_a_crossing_with_an_open_proposal_leads_to_it(come: Any, province: User, corridor: Crossing) -> None:
    proposal = draft(province, corridor, assessed=False)
    client = come(province)
    assert proposal.ref in body(client.get(reverse("proposals:new")))
    answer = client.get(reverse("proposals:new"), {"crossing": corridor.slug})
    assert (answer.status_code, answer.url) == (302, proposal.get_absolute_url())
    sent = {"client_key": uuid.uuid4(), "crossing": corridor.slug, "category": "bilateral"}
    assert proposal.ref in body(client.post(reverse("proposals:new"), sent), 422)


def test_two_writers_notice_each_other_on_the_page(come: Any, province: User, corridor: Crossing) -> None:
    proposal = draft(province, corridor, assessed=False)
    client = come(province)
    sent = {"category": "bilateral", "version": "1", "revision": "0", "justification": WHY, "needs": "Mine"}
    mend(province, proposal, needs="Theirs")
    text = body(client.post(reverse("proposals:edit", args=[proposal.pk]), sent), 422)
    assert "Somebody else has saved" in text
    assert "Mine" in text
    tampered = client.post(reverse("proposals:edit", args=[proposal.pk]), {**sent, "version": "x"})
    assert "Somebody else has saved" in body(tampered, 422)
    assert proposals.newest_version(proposal).needs == "Theirs"


# --- reading --------------------------------------------------------------------------------------------------


def test_the_page_shows_what_changed_and_whose_position_must_be_renewed(
    come: Any, province: User, moi: User, mfaic: User, ssba: User, corridor: Crossing
) -> None:
    proposal = submitted(province, corridor, justification="A road of 3 km is needed.")
    speak(mfaic, proposal, "mfaic", "against")
    actions.return_proposal(actor=moi, proposal=proposal, version=1, reason="Measure the road")
    mend(province, proposal, justification="A road of 5 km is needed.", category="regional")
    # A ministry does not read what is being mended.
    text = body(come(mfaic).get(proposal.get_absolute_url()))
    assert "Measure the road" in text
    assert "5 km" not in text
    actions.submit_proposal(actor=province, proposal=proposal)
    page = come(mfaic).get(proposal.get_absolute_url())
    text = body(page)
    assert "<del>" in text
    assert "<ins>" in text
    changed = {change.field: change for change in page.context["shown"].newest.changes}
    assert set(changed) == {"category", "justification"}
    assert [(piece.kind, piece.text) for piece in changed["justification"].pieces if piece.kind != "same"] == [
        ("del", "3"), ("ins", "5"),
    ]  # fmt: skip
    assert "to be renewed" in text
    seats = {seat.unit.code: seat for seat in page.context["shown"].seats}
    assert seats["mfaic"].position is None
    assert seats["mfaic"].earlier.stand == "against"
    assert [station.stage for station in page.context["chain"]] == ["done", "now", "ahead", "ahead", "ahead"]


def test_a_ministry_takes_its_position_and_a_refused_form_loses_nothing(
    come: Any, province: User, mfaic: User, corridor: Crossing
) -> None:
    proposal = submitted(province, corridor)
    client = come(mfaic)
    address = reverse("proposals:position", args=[proposal.pk])
    page = client.get(proposal.get_absolute_url())
    assert [name for name, _act, _form in page.context["acts"]] == ["position"]
    sent = {"version": "1", "stand": "conditional", "reasons": "Good for the villages", "conditions": ""}
    text = body(client.post(address, sent), 422)
    assert "Name the conditions" in text
    assert "Good for the villages" in text
    assert client.post(address, {**sent, "conditions": "A survey"}).status_code == 302
    assert Position.objects.get().conditions == "A survey"
    assert "A survey" in body(client.get(proposal.get_absolute_url()))


def test_the_ministry_decides_on_the_page_with_scan_and_days_for_conditions(
    come: Any, province: User, moi: User, mfaic: User, ssba: User, corridor: Crossing
) -> None:
    proposal = submitted(province, corridor)
    speak(mfaic, proposal, "mfaic", "conditional", "A survey\nA post")
    speak(ssba, proposal, "ssba")
    client = come(moi)
    page = client.get(proposal.get_absolute_url())
    assert [name for name, _act, _form in page.context["acts"]] == ["position", "recommend", "return", "refuse"]
    step = lambda name, **sent: client.post(reverse(f"proposals:{name}", args=[proposal.pk]), sent)  # noqa: E731
    assert step("recommend", version="1", text="Good").status_code == 302
    page = client.get(proposal.get_absolute_url())
    assert [name for name, _act, _form in page.context["acts"]] == ["approve", "take_back", "refuse"]
    day = proposals.today() + timedelta(days=20)
    sent: dict[str, Any] = {
        "number": "12", "decided_on": f"{proposals.today():%d/%m/%Y}", "effective_from": f"{day:%d/%m/%Y}",
        "legal_reference": "Sub-decree 12", "reason": "", "due_0": f"{day:%d/%m/%Y}", "due_0_of": "mfaic:A survey",
        "due_1": "", "due_1_of": "mfaic:A post",
    }  # fmt: skip
    text = body(step("approve", **{**sent, "legal_reference": ""}), 422)
    assert "A survey" in text
    scan = SimpleUploadedFile("decision.pdf", b"%PDF-1.4 paper")
    assert step("approve", **sent, scan=scan).status_code == 302
    assert list(Condition.objects.order_by("id").values_list("text", "due_on")) == [("A survey", day), ("A post", None)]
    page = client.get(proposal.get_absolute_url())
    assert [station.stage for station in page.context["chain"]] == ["done", "done", "done", "done", "ahead"]
    file = come(mfaic).get(reverse("proposals:scan", args=[proposal.pk]))
    assert b"".join(file.streaming_content) == b"%PDF-1.4 paper"
    assert file["Content-Disposition"].startswith("attachment")
    assert file["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_condition_is_followed_up_on_the_page(
    come: Any, province: User, moi: User, mfaic: User, ssba: User, corridor: Crossing
) -> None:
    proposal = recommended(moi, mfaic, ssba, submitted(province, corridor), "A survey")
    actions.approve_proposal(actor=moi, proposal=proposal, decision=decision())
    condition = Condition.objects.get()
    where = lambda name: reverse(f"proposals:condition_{name}", args=[proposal.pk, condition.pk])  # noqa: E731
    client = come(province)
    text = body(client.post(where("report"), {"report": " "}), 422)
    assert f'id="report-{condition.pk}" open' in text
    assert client.post(where("report"), {"report": "Surveyed"}).status_code == 302
    assert client.post(where("confirm"), {}).status_code == 403
    assert come(mfaic).post(where("deny"), {"reason": "Half of it"}).status_code == 302
    assert "Half of it" in body(client.get(proposal.get_absolute_url()))
    elsewhere = reverse("proposals:condition_report", args=[proposal.pk, condition.pk + 1])
    assert client.post(elsewhere, {"report": "x"}).status_code == 404


def test_a_draft_is_404_for_those_it_is_not_for(
    come: Any, province: User, district: User, mfaic: User, province2: User, outsider: User, corridor: Crossing
) -> None:
    proposal = draft(province, corridor)
    for user in (district, mfaic, province2, outsider):
        client = come(user)
        assert client.get(proposal.get_absolute_url()).status_code == 404
        assert client.get(reverse("proposals:edit", args=[proposal.pk])).status_code == 404
        assert client.post(reverse("proposals:submit", args=[proposal.pk])).status_code == 404
        assert proposal.ref not in body(client.get(reverse("proposals:list")))
    assert proposal.ref in body(come(province).get(reverse("proposals:list")))


def test_the_list_shows_first_what_waits_and_its_filters_narrow_it(
    come: Any, province: User, mfaic: User, corridor: Crossing
) -> None:
    proposal = submitted(province, corridor)
    gate = Crossing.objects.get(slug="vn-o-yadav")
    done = draft(province, gate, assessed=False)
    actions.withdraw_proposal(actor=province, proposal=done, reason="x")
    client = come(mfaic)
    page = client.get(reverse("proposals:list"))
    assert [one.pk for one, _owed in page.context["waiting"]] == [proposal.pk]

    def found(**asked: str) -> list[int]:
        answer = come(province).get(reverse("proposals:list"), asked)
        return [one.pk for one in answer.context["page"]]

    assert found() == [done.pk, proposal.pk]
    assert found(state="withdrawn") == [done.pk]
    assert found(province="16", state="submitted") == [proposal.pk]
    assert found(province="01") == []
    assert found(crossing=corridor.slug) == [proposal.pk]
    assert found(category="bilateral", waiting="false") == [done.pk, proposal.pk]
    assert found(waiting="true") == []
    assert "could not be read" in body(client.get(reverse("proposals:list"), {"state": "nonsense"}))


def test_the_crossings_page_has_the_open_proposal_and_the_way_to_a_new_one(
    come: Any, province: User, mfaic: User, corridor: Crossing
) -> None:
    client = come(province)
    address = corridor.get_absolute_url()
    new = f"{reverse('proposals:new')}?crossing={corridor.slug}"
    assert new in body(client.get(address))
    proposal = draft(province, corridor)
    text = body(client.get(address))
    assert proposal.ref in text
    assert new not in text
    assert proposal.ref not in body(come(mfaic).get(address))


def test_notices_read_in_both_languages_and_lead_to_the_page(
    come: Any, province: User, moi: User, mfaic: User, ssba: User, corridor: Crossing
) -> None:
    from django.utils import translation

    from borderwatch import topics

    proposal = recommended(moi, mfaic, ssba, submitted(province, corridor), "A survey")
    actions.approve_proposal(
        actor=moi, proposal=proposal,
        decision=decision(due={"mfaic:A survey": proposals.today() + timedelta(days=1)}),
    )  # fmt: skip
    actions.report_condition_met(actor=province, condition=Condition.objects.get(), report="Done")
    for delivery in Delivery.objects.filter(kind="proposal"):
        for language in ("km", "en"):
            with translation.override(language):
                text = topics.render(delivery)
            assert proposal.ref in text.subject
            assert proposal.get_absolute_url() in text.body
            assert "{{" not in text.body
    notice = Delivery.objects.filter(kind="proposal", user=mfaic).first()
    assert notice is not None
    answer = come(mfaic).post(reverse("notice", args=[notice.pk]))
    assert answer.url == proposal.get_absolute_url()


# --- how many questions ---------------------------------------------------------------------------------------


def test_the_page_asks_few_questions_however_long_the_story_is(
    come: Any, province: User, moi: User, mfaic: User, ssba: User, corridor: Crossing,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    proposal = submitted(province, corridor)
    for number in range(1, 4):
        for user, code in ((mfaic, "mfaic"), (ssba, "ssba"), (moi, "moi")):
            speak(user, proposal, code)
            speak(user, proposal, code, "conditional", f"One {number}\nTwo")
        actions.return_proposal(actor=moi, proposal=proposal, version=number, reason="Again")
        mend(province, proposal, needs=f"Other {number}")
        actions.submit_proposal(actor=province, proposal=proposal)
    proposal = recommended(moi, mfaic, ssba, proposal, "\n".join(f"Condition {n}" for n in range(8)))
    actions.approve_proposal(actor=moi, proposal=proposal, decision=decision())
    assert ProposalVersion.objects.count() == 4
    for user in (province, mfaic, moi):
        client = come(user)
        with django_assert_max_num_queries(45):
            body(client.get(proposal.get_absolute_url()))


def test_the_list_asks_few_questions_however_many_there_are(
    come: Any, province: User, moi: User, django_assert_max_num_queries: Any
) -> None:
    for n in range(8):
        crossing = path(province, f"Path {n}", at=(107.40 + n / 100, 13.70))
        submitted(province, crossing)
    for user in (province, moi):
        client = come(user)
        with django_assert_max_num_queries(32):
            body(client.get(reverse("proposals:list")))
