"""Proposals by their verbs: the whole life, who may, what is refused, what stays on record, who is told."""

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone, translation

from borderwatch import clock
from borderwatch.models import Delivery
from crossings import actions, differences, proposal_workflow, proposals
from crossings.models import Classification, Condition, Crossing, Position, Proposal, ProposalVersion
from crossings.tests import assessing
from crossings.tests.proposing import (
    WHY,
    content,
    decision,
    draft,
    fresh,
    path,
    recommended,
    speak,
    submitted,
)
from units.choices import Role
from units.models import User

pytestmark = pytest.mark.django_db
# Who is told: the province's officers and its address; the desks of the ministries, colleagues of the actor too.
PROVINCE = {"province", "province-16/email"}
MOI = {"moi", "moi2"}
MINISTRIES = {*MOI, "mfaic", "ssba"}


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Refusals are compared by their English words."""
    with translation.override("en"):
        yield


@pytest.fixture
def corridor(province: User) -> Crossing:
    return path(province)


def errors(call: Callable[[], Any]) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        call()
    if hasattr(caught.value, "error_dict"):
        found: dict[str, list[str]] = caught.value.message_dict
        return found
    return {"__all__": caught.value.messages}


def category_on(crossing: Crossing, day: Any) -> str | None:
    rows = Crossing.objects.filter(pk=crossing.pk).with_state(differences.start_of(day))
    found: str | None = rows.get().category
    return found


# --- the whole life -------------------------------------------------------------------------------------------


def test_a_corridor_becomes_a_bilateral_gate_from_the_day_of_effect_and_not_before(
    province: User, moi: User, mfaic: User, ssba: User, world: Any, corridor: Crossing, audited: Any, told: Any
) -> None:
    visits = [assessing.complete(province, corridor, world["province-16"]) for _n in range(2)]
    proposal = draft(province, corridor, visits)
    actions.submit_proposal(actor=province, proposal=proposal)
    assert told("proposal_submitted") == MINISTRIES
    speak(mfaic, proposal, "mfaic", "conditional", "A joint survey of the line\n\n A post of customs ")
    speak(ssba, proposal, "ssba")
    actions.recommend_proposal(actor=moi, proposal=proposal, version=1, text="Two ministries agree")
    effect = proposals.today() + timedelta(days=30)
    due = {"mfaic:A joint survey of the line": effect}
    actions.approve_proposal(actor=moi, proposal=proposal, decision=decision(effective_from=effect, due=due))

    proposal = fresh(proposal)
    assert (proposal.state, proposal.decision_number) == ("approved", "១២៣ សជណ")
    assert category_on(corridor, effect - timedelta(days=1)) == "corridor"
    assert category_on(corridor, effect) == "bilateral"
    last = differences.start_of(effect) - timedelta(seconds=1)
    assert Crossing.objects.with_state(last).get(pk=corridor.pk).category == "corridor"
    row = Classification.objects.get(proposal=proposal)
    assert row.legal_reference == "Decision 123 of the Royal Government"
    assert proposal.ref in row.reason
    asked = list(Condition.objects.filter(proposal=proposal).values_list("unit__code", "text", "due_on", "state"))
    assert asked == [
        ("mfaic", "A joint survey of the line", effect, "open"),
        ("mfaic", "A post of customs", None, "open"),
    ]
    assert told("proposal_decided") == PROVINCE | MINISTRIES - {"moi"}
    entry = audited("approve_proposal", str(proposal.pk))
    assert entry.before == {"state": "recommended"}
    assert (entry.after["category"], entry.after["effective_from"]) == ("bilateral", effect.isoformat())
    assert audited("classify_crossing", corridor.slug).after["proposal"] == proposal.pk


def test_the_crossing_keeps_its_category_when_the_government_refuses_and_the_reasons_stay(
    province: User, moi: User, mfaic: User, ssba: User, corridor: Crossing, told: Any
) -> None:
    proposal = recommended(moi, mfaic, ssba, submitted(province, corridor))
    refuse = lambda **more: actions.refuse_proposal(actor=moi, proposal=proposal, reason=" Too near ", **more)  # noqa: E731
    assert set(errors(refuse)) == {"number", "decided_on"}
    tomorrow = proposals.today() + timedelta(days=1)
    assert set(errors(lambda: refuse(number="7", decided_on=tomorrow))) == {"decided_on"}
    refuse(number="7", decided_on=proposals.today())
    proposal = fresh(proposal)
    assert (proposal.state, proposal.decision_reason, proposal.effective_from) == ("refused", "Too near", None)
    assert category_on(corridor, proposals.today() + timedelta(days=400)) == "corridor"
    assert told("proposal_decided") == PROVINCE | MINISTRIES - {"moi"}
    # The way is free for another one.
    draft(province, corridor)


def test_the_ministry_refuses_what_it_will_not_recommend_with_reasons(
    province: User, moi: User, corridor: Crossing
) -> None:
    proposal = submitted(province, corridor)
    assert "reason" in errors(lambda: actions.refuse_proposal(actor=moi, proposal=proposal, reason=" "))
    actions.refuse_proposal(actor=moi, proposal=proposal, reason="The line is not settled here")
    proposal = fresh(proposal)
    assert (proposal.state, proposal.decision_reason, proposal.decision_number) == (
        "refused", "The line is not settled here", "",
    )  # fmt: skip


# --- the draft ------------------------------------------------------------------------------------------------


def test_a_draft_is_the_provinces_and_its_superiors_alone(
    province: User, province2: User, district: User, head: User, moi: User, mfaic: User, ssba: User, auditor: User,
    keeper: User, outsider: User, corridor: Crossing,
) -> None:  # fmt: skip
    proposal = draft(province, corridor)

    def sees(user: User) -> bool:
        return Proposal.objects.visible_to(user).filter(pk=proposal.pk).exists()

    assert all(sees(user) for user in (province, moi, auditor, keeper))
    assert not any(sees(user) for user in (district, head, mfaic, ssba, province2, outsider))
    actions.submit_proposal(actor=province, proposal=proposal)
    assert all(sees(user) for user in (province, district, head, moi, mfaic, ssba, auditor, keeper))
    assert not any(sees(user) for user in (province2, outsider))


def test_a_text_that_is_being_mended_stays_with_the_province(
    province: User, moi: User, mfaic: User, corridor: Crossing
) -> None:
    proposal = submitted(province, corridor)
    actions.return_proposal(actor=moi, proposal=proposal, version=1, reason="Say more")
    mend(province, proposal, justification="More of it")

    def numbers(user: User) -> list[int]:
        rows = ProposalVersion.objects.visible_to(user).filter(proposal=proposal)
        return list(rows.order_by("number").values_list("number", flat=True))

    assert numbers(mfaic) == [1]
    assert numbers(province) == [1, 2]
    assert numbers(moi) == [1, 2]


def test_a_proposal_withdrawn_as_a_draft_was_never_anybody_elses(
    province: User, mfaic: User, corridor: Crossing, audited: Any
) -> None:
    proposal = draft(province, corridor)
    assert "reason" in errors(lambda: actions.withdraw_proposal(actor=province, proposal=proposal, reason=""))
    actions.withdraw_proposal(actor=province, proposal=proposal, reason="Found to be premature")
    assert not Proposal.objects.visible_to(mfaic).exists()
    assert not Delivery.objects.filter(kind="proposal").exists()
    assert audited("withdraw_proposal", str(proposal.pk)).reason == "Found to be premature"


def test_a_withdrawal_after_handing_in_is_told_to_the_ministries(province: User, corridor: Crossing, told: Any) -> None:
    proposal = submitted(province, corridor)
    actions.withdraw_proposal(actor=province, proposal=proposal, reason="The other side will not build the road")
    assert told("proposal_step") == MINISTRIES
    proposal = fresh(proposal)
    assert (proposal.state, proposal.reason) == ("withdrawn", "The other side will not build the road")
    draft(province, corridor)


def test_who_may_propose(
    province2: User,
    district: User,
    head: User,
    moi: User,
    keeper: User,
    mfaic: User,
    corridor: Crossing,
    untouched: Any,
) -> None:
    with untouched():
        for user in (province2, district, head, moi, keeper, mfaic):
            with pytest.raises(PermissionDenied):
                actions.start_proposal(
                    actor=user, client_key=uuid.uuid4(), crossing=corridor, content=content(assessments=())
                )


def test_one_key_makes_one_proposal_and_a_crossing_has_one_open(
    province: User, corridor: Crossing, untouched: Any
) -> None:
    key, wanted = uuid.uuid4(), content()
    first = actions.start_proposal(actor=province, client_key=key, crossing=corridor, content=wanted)
    with untouched():
        again = actions.start_proposal(actor=province, client_key=key, crossing=corridor, content=wanted)
        assert (first.outcome, again.outcome, again.proposal.pk) == ("new", "same", first.proposal.pk)
        other = Crossing.objects.get(slug="vn-o-yadav")
        with pytest.raises(ValidationError) as clash:
            actions.start_proposal(actor=province, client_key=key, crossing=other, content=wanted)
        assert clash.value.code == "clash"
        found = errors(
            lambda: actions.start_proposal(actor=province, client_key=uuid.uuid4(), crossing=corridor, content=wanted)
        )
        assert first.proposal.ref in found["crossing"][0]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"category": "corridor"}, "category"),
        ({"category": ""}, "category"),
        ({"category": "nonsense"}, "category"),
        ({"wanted_from": timezone.localdate() + timedelta(days=4 * 366)}, "wanted_from"),
        ({"justification": "x" * 10_001}, "justification"),
        ({"needs": "x" * 10_001}, "needs"),
    ],
)
def test_what_no_draft_may_hold(province: User, corridor: Crossing, changes: Any, field: str, untouched: Any) -> None:
    with untouched():
        start = lambda: draft(province, corridor, assessed=False, **changes)  # noqa: E731
        assert set(errors(start)) == {field}


def test_only_complete_assessments_of_this_crossing_count(province: User, corridor: Crossing, world: Any) -> None:
    unit = world["province-16"]
    half = assessing.draft(province, corridor, unit, "visit")
    elsewhere = assessing.complete(province, Crossing.objects.get(slug="vn-o-yadav"), unit)
    for wrong in (half, elsewhere):
        assert set(errors(lambda wrong=wrong: draft(province, corridor, [wrong]))) == {"assessments"}


def test_a_draft_that_lacks_something_is_kept_and_not_taken(province: User, corridor: Crossing, untouched: Any) -> None:
    proposal = draft(province, corridor, assessed=False, wanted_from=None, justification=" ")
    with untouched():
        found = errors(lambda: actions.submit_proposal(actor=province, proposal=proposal))
        assert set(found) == {"wanted_from", "justification", "assessments"}
    assert fresh(proposal).state == "draft"


def test_a_day_that_has_passed_and_a_category_that_is_there_are_refused(province: User, world: Any) -> None:
    gate = Crossing.objects.get(slug="vn-o-yadav")
    proposal = draft(province, gate, category="international", wanted_from=proposals.today() - timedelta(days=1))
    found = errors(lambda: actions.submit_proposal(actor=province, proposal=proposal))
    assert set(found) == {"wanted_from", "category"}


def test_saving_what_is_there_changes_nothing_and_two_writers_notice_each_other(
    province: User, corridor: Crossing, untouched: Any
) -> None:
    proposal = draft(province, corridor, assessed=False)
    first = content(needs="One")
    saved = actions.save_draft(actor=province, proposal=proposal, version=1, revision=0, content=first)
    assert (saved.number, saved.revision, saved.needs) == (1, 1, "One")
    with untouched():
        again = actions.save_draft(actor=province, proposal=proposal, version=1, revision=0, content=first)
        assert again.revision == 1
        with pytest.raises(actions.Stale):
            actions.save_draft(actor=province, proposal=proposal, version=1, revision=0, content=content(needs="Two"))
    assert proposals.newest_version(proposal).needs == "One"


# --- return and resubmit --------------------------------------------------------------------------------------


def mend(province: User, proposal: Proposal, **changes: Any) -> ProposalVersion:
    """The province writes on from what lies there."""
    newest = proposals.newest_version(proposal)
    kept = {name: getattr(newest, name) for name in ("category", "wanted_from", "justification", "needs")}
    chosen = changes.pop("assessments", tuple(newest.assessments.all()))
    return actions.save_draft(
        actor=province, proposal=proposal, version=newest.number, revision=newest.revision,
        content=content(*chosen, **{**kept, **changes}),
    )  # fmt: skip


def test_what_was_handed_in_stays_and_the_correction_is_a_new_version(
    province: User, moi: User, mfaic: User, corridor: Crossing, world: Any, told: Any
) -> None:
    proposal = submitted(province, corridor)
    speak(mfaic, proposal, "mfaic")
    actions.return_proposal(actor=moi, proposal=proposal, version=1, reason="Assess it again after the rains")
    assert told("proposal_step", event__contains="return_proposal") == PROVINCE
    more = assessing.complete(province, corridor, world["province-16"])
    first = proposals.newest_version(proposal)
    saved = mend(
        province, proposal, justification=f"{WHY} ផ្លូវល្អ។", assessments=(*first.assessments.all(), more),
        category="regional",
    )  # fmt: skip
    assert (saved.number, saved.submitted_at) == (2, None)
    first.refresh_from_db()
    assert (first.justification, first.category, first.returned_by) == (WHY, "bilateral", moi)
    assert first.returned_reason == "Assess it again after the rains"
    assert mend(province, proposal, needs="ផ្លូវ").number == 2

    actions.submit_proposal(actor=province, proposal=proposal)
    proposal = fresh(proposal)
    current = proposals.current_version(proposal)
    assert current is not None
    assert (proposal.state, current.number) == ("submitted", 2)
    # Nobody's position is carried over.
    assert proposals.positions_on(current) == []
    assert told("proposal_submitted", event__endswith=":2") == MINISTRIES
    fields = {change.field: change for change in differences.between(first, current)}
    assert set(fields) == {"category", "justification", "needs", "assessments"}
    assert fields["assessments"].come == (more,)
    assert (fields["category"].old, fields["category"].new) == ("bilateral gate", "regional gate")


def test_nothing_is_handed_in_again_unchanged(province: User, moi: User, corridor: Crossing, untouched: Any) -> None:
    proposal = submitted(province, corridor)
    actions.return_proposal(actor=moi, proposal=proposal, version=1, reason="Say more")
    with untouched():
        assert mend(province, proposal).number == 1
        assert "changed" in errors(lambda: actions.submit_proposal(actor=province, proposal=proposal))["__all__"][0]
    mend(province, proposal, needs="Other")
    back = proposals.current_version(proposal)
    assert back is not None
    mend(province, proposal, needs=back.needs)
    assert "changed" in errors(lambda: actions.submit_proposal(actor=province, proposal=proposal))["__all__"][0]


def test_a_reader_of_the_older_version_is_told_so(
    province: User, moi: User, mfaic: User, corridor: Crossing, untouched: Any
) -> None:
    proposal = submitted(province, corridor)
    actions.return_proposal(actor=moi, proposal=proposal, version=1, reason="Say more")
    mend(province, proposal, needs="Other")
    actions.submit_proposal(actor=province, proposal=proposal)
    with untouched():
        assert "Version 2" in errors(lambda: speak(mfaic, proposal, "mfaic", version=1))["__all__"][0]
        stale = lambda: actions.return_proposal(actor=moi, proposal=proposal, version=1, reason="x")  # noqa: E731
        assert "Version 2" in errors(stale)["__all__"][0]


# --- positions ------------------------------------------------------------------------------------------------


def test_each_ministry_speaks_for_itself_alone(
    province: User, mfaic: User, moi: User, auditor: User, head: User, corridor: Crossing, untouched: Any
) -> None:
    proposal = submitted(province, corridor)
    with untouched():
        for user, code in (
            (mfaic, "ssba"), (mfaic, "moi"), (moi, "mfaic"), (auditor, "moi"), (head, "moi"), (province, "moi"),
            (province, "province-16"),
        ):  # fmt: skip
            with pytest.raises(PermissionDenied):
                speak(user, proposal, code)


def test_a_changed_mind_is_a_new_row_and_the_last_one_counts(
    province: User, mfaic: User, ssba: User, corridor: Crossing, told: Any, untouched: Any
) -> None:
    proposal = submitted(province, corridor)
    speak(mfaic, proposal, "mfaic", "against")
    assert told("proposal_step") == PROVINCE | MOI
    speak(ssba, proposal, "ssba", "no_objection")
    speak(mfaic, proposal, "mfaic", "conditional", "One\nTwo")
    with untouched():
        speak(mfaic, proposal, "mfaic", "conditional", "One \n\n Two")
    assert Position.objects.filter(unit__code="mfaic").count() == 2
    current = proposals.current_version(proposal)
    assert current is not None
    counted = {one.unit.code: one.stand for one in proposals.positions_on(current)}
    assert counted == {"mfaic": "conditional", "ssba": "no_objection"}
    assert [text for _unit, text in proposals.conditions_asked(current)] == ["One", "Two"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reasons": "  "}, "reasons"),
        ({"reasons": "x" * 10_001}, "reasons"),
        ({"stand": "perhaps"}, "stand"),
        ({"stand": "conditional", "conditions": " \n "}, "conditions"),
        ({"stand": "for", "conditions": "Something"}, "conditions"),
        ({"stand": "conditional", "conditions": "\n".join(str(n) for n in range(21))}, "conditions"),
        ({"stand": "conditional", "conditions": "x" * 501}, "conditions"),
        ({"stand": "conditional", "conditions": "Same\nSame"}, "conditions"),
    ],
)
def test_positions_that_cannot_be(
    province: User, mfaic: User, corridor: Crossing, changes: Any, field: str, untouched: Any
) -> None:
    proposal = submitted(province, corridor)
    with untouched():
        assert set(errors(lambda: speak(mfaic, proposal, "mfaic", **changes))) == {field}


def test_who_wrote_it_never_judges_it_wherever_he_is_posted(
    province: User, moi: User, mfaic: User, ssba: User, world: Any, corridor: Crossing, untouched: Any
) -> None:
    from units.actions import post_person

    proposal = submitted(province, corridor)
    post_person(actor=None, user=province, unit=world["moi"], role=Role.OFFICIAL, since=clock.now(), reason="Moved up")
    assert proposals.ministries_of(province) == [world["moi"]]
    with untouched():
        with pytest.raises(PermissionDenied, match="yourself"):
            speak(province, proposal, "moi")
        for call in (
            lambda: actions.return_proposal(actor=province, proposal=proposal, version=1, reason="x"),
            lambda: actions.recommend_proposal(actor=province, proposal=proposal, version=1, text="x", fewer="x"),
            lambda: actions.refuse_proposal(actor=province, proposal=proposal, reason="x"),
        ):
            with pytest.raises(PermissionDenied, match="yourself"):
                call()
    proposal = recommended(moi, mfaic, ssba, proposal)
    with untouched():
        for call in (
            lambda: actions.approve_proposal(actor=province, proposal=proposal, decision=decision()),
            lambda: actions.take_back_recommendation(actor=province, proposal=proposal, reason="x"),
        ):
            with pytest.raises(PermissionDenied, match="yourself"):
                call()


# --- recommending ---------------------------------------------------------------------------------------------


def test_several_ministries_have_spoken_or_it_is_said_why_not(
    province: User, moi: User, mfaic: User, corridor: Crossing, told: Any, audited: Any
) -> None:
    proposal = submitted(province, corridor)
    speak(mfaic, proposal, "mfaic")
    recommend = lambda **more: actions.recommend_proposal(  # noqa: E731
        actor=moi, proposal=proposal, version=1, text="It serves 2,400 people", **more
    )
    assert set(errors(recommend)) == {"fewer"}
    recommend(fewer="The secretariat has no objection by telephone")
    proposal = fresh(proposal)
    assert proposal.state == "recommended"
    assert proposal.fewer_reason == "The secretariat has no objection by telephone"
    assert told("proposal_step", event__contains="recommend_proposal") == PROVINCE | MINISTRIES - {"moi"}
    assert audited("recommend_proposal").after["positions"] == {"mfaic": "for"}
    # The positions stand now; nobody changes his mind behind the recommendation.
    with pytest.raises(proposal_workflow.Refused):
        speak(mfaic, proposal, "mfaic", "against")


def test_a_recommendation_can_be_taken_back(
    province: User, moi: User, mfaic: User, ssba: User, corridor: Crossing, audited: Any
) -> None:
    proposal = recommended(moi, mfaic, ssba, submitted(province, corridor))
    actions.take_back_recommendation(actor=moi, proposal=proposal, reason="New incidents")
    proposal = fresh(proposal)
    assert (proposal.state, proposal.recommendation, proposal.recommended_at) == ("submitted", "", None)
    assert audited("take_back_recommendation").reason == "New incidents"
    actions.recommend_proposal(actor=moi, proposal=proposal, version=1, text="Again")


def test_only_the_ministry_above_the_provinces_returns_recommends_and_decides(
    province: User, mfaic: User, ssba: User, moi: User, auditor: User, keeper: User, corridor: Crossing, untouched: Any
) -> None:
    proposal = submitted(province, corridor)
    with untouched():
        for user in (mfaic, ssba, auditor, keeper):
            for call in (
                lambda user=user: actions.return_proposal(actor=user, proposal=proposal, version=1, reason="x"),
                lambda user=user: actions.recommend_proposal(
                    actor=user, proposal=proposal, version=1, text="x", fewer="x"
                ),
                lambda user=user: actions.refuse_proposal(actor=user, proposal=proposal, reason="x"),
            ):
                with pytest.raises(PermissionDenied):
                    call()
        with pytest.raises(PermissionDenied):
            actions.withdraw_proposal(actor=moi, proposal=proposal, reason="x")


# --- deciding -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": " "}, "number"),
        ({"number": "x" * 121}, "number"),
        ({"decided_on": timezone.localdate() + timedelta(days=1)}, "decided_on"),
        ({"decided_on": timezone.localdate() - timedelta(days=800)}, "decided_on"),
        ({"effective_from": None}, "effective_from"),
        ({"effective_from": timezone.localdate() - timedelta(days=400)}, "effective_from"),
        ({"effective_from": timezone.localdate() + timedelta(days=900)}, "effective_from"),
        ({"legal_reference": ""}, "legal_reference"),
        ({"legal_reference": "x" * 301}, "legal_reference"),
        ({"due": {"mfaic:Never asked for": timezone.localdate()}}, "due"),
        ({"due": {"mfaic:A survey": timezone.localdate() - timedelta(days=30)}}, "due"),
    ],
)
def test_decisions_that_cannot_be(
    province: User, moi: User, mfaic: User, ssba: User, corridor: Crossing, changes: Any, field: str, untouched: Any
) -> None:
    proposal = recommended(moi, mfaic, ssba, submitted(province, corridor), "A survey")
    with untouched():
        approve = lambda: actions.approve_proposal(  # noqa: E731
            actor=moi, proposal=proposal, decision=decision(**changes)
        )
        assert set(errors(approve)) == {field}
    assert fresh(proposal).state == "recommended"
    assert not Condition.objects.exists()


def test_a_decision_may_reach_back_and_brings_its_scan(
    province: User, moi: User, mfaic: User, ssba: User, corridor: Crossing, untouched: Any
) -> None:
    proposal = recommended(moi, mfaic, ssba, submitted(province, corridor))
    effect = proposals.today() - timedelta(days=10)
    paper = decision(effective_from=effect, decided_on=proposals.today() - timedelta(days=20))
    wrong = SimpleUploadedFile("d.exe", b"MZ nothing to see")
    with untouched():
        call = lambda: actions.approve_proposal(actor=moi, proposal=proposal, decision=paper, scan=wrong)  # noqa: E731
        assert set(errors(call)) == {"scan"}
    actions.approve_proposal(
        actor=moi, proposal=proposal, decision=paper, scan=SimpleUploadedFile("d.pdf", b"%PDF-1.4 paper")
    )
    proposal = fresh(proposal)
    assert (proposal.scan_name, proposal.scan_type) == ("d.pdf", "application/pdf")
    assert category_on(corridor, proposals.today()) == "bilateral"
    assert category_on(corridor, effect - timedelta(days=1)) != "bilateral"


def closed_by_order(province: User, corridor: Crossing) -> Any:
    from crossings.models import ClosureOrder
    from units.models import Unit

    unit = Unit.objects.get(code="province-16")
    return ClosureOrder.objects.create(
        crossing=corridor, number="៤៥", issuer=unit, scope=["people"], measures=["barrier"], responsible_unit=unit,
        due_on=proposals.today(), state="verified", drafted_at=clock.now() - timedelta(days=1), issued_at=clock.now(),
    )  # fmt: skip


def test_a_gate_that_is_closed_by_order_is_not_made_official_at_once(
    province: User, moi: User, mfaic: User, ssba: User, corridor: Crossing, untouched: Any, told: Any
) -> None:
    proposal = recommended(moi, mfaic, ssba, submitted(province, corridor))
    closed_by_order(province, corridor)
    with untouched():
        at_once = decision(effective_from=proposals.today())
        found = errors(lambda: actions.approve_proposal(actor=moi, proposal=proposal, decision=at_once))
        assert "៤៥" in found["effective_from"][0]
    effect = proposals.today() + timedelta(days=5)
    actions.approve_proposal(actor=moi, proposal=proposal, decision=decision(effective_from=effect))
    notice = Delivery.objects.filter(topic="proposal_decided").first()
    assert notice is not None
    assert "៤៥" in notice.payload
    # When the day has come and the order stands, both are told, once.
    assert actions.watch_proposals()["orders_standing"] == 0
    with clock.replaying(clock.now() + timedelta(days=6)):
        assert actions.watch_proposals()["orders_standing"] == 1
        assert actions.watch_proposals()["orders_standing"] == 0
    assert told("proposal_order_stands") == PROVINCE | MOI


# --- conditions -----------------------------------------------------------------------------------------------


@pytest.fixture
def condition(province: User, moi: User, mfaic: User, ssba: User, corridor: Crossing) -> Condition:
    """Asked for by MFAIC, due in ten days."""
    proposal = recommended(moi, mfaic, ssba, submitted(province, corridor), "A survey")
    due = {"mfaic:A survey": proposals.today() + timedelta(days=10)}
    actions.approve_proposal(actor=moi, proposal=proposal, decision=decision(due=due))
    return Condition.objects.get(proposal=proposal)


def test_a_condition_is_followed_up_until_who_asked_for_it_is_content(
    condition: Condition, province: User, mfaic: User, told: Any, audited: Any
) -> None:
    report = lambda text: actions.report_condition_met(actor=province, condition=condition, report=text)  # noqa: E731
    assert "report" in errors(lambda: report(" "))
    report("Surveyed on the 3rd")
    assert told("proposal_condition", event__contains="report") == {"mfaic"}
    assert "reason" in errors(lambda: actions.deny_condition(actor=mfaic, condition=condition, reason=""))
    actions.deny_condition(actor=mfaic, condition=condition, reason="Only half of the line")
    assert told("proposal_condition", event__contains="deny") == PROVINCE
    condition.refresh_from_db()
    assert (condition.state, condition.reason) == ("open", "Only half of the line")
    report("Now all of it")
    actions.confirm_condition(actor=mfaic, condition=condition)
    condition.refresh_from_db()
    assert (condition.state, condition.report, condition.decided_by) == ("confirmed", "Now all of it", mfaic)
    assert audited("confirm_condition").after == {"state": "confirmed", "ministry": "mfaic"}
    with pytest.raises(proposal_workflow.Refused):
        actions.waive_condition(actor=mfaic, condition=condition, reason="x")


def test_a_condition_may_be_waived_by_who_asked_for_it(condition: Condition, mfaic: User) -> None:
    assert "reason" in errors(lambda: actions.waive_condition(actor=mfaic, condition=condition, reason=" "))
    actions.waive_condition(actor=mfaic, condition=condition, reason="The survey came with the joint commission")
    condition.refresh_from_db()
    assert condition.state == "waived"


def test_nobody_else_judges_a_condition(
    condition: Condition, province: User, district: User, moi: User, ssba: User, auditor: User, mfaic: User,
    world: Any, untouched: Any,
) -> None:  # fmt: skip
    from units.actions import post_person

    with untouched():
        for user in (district, moi, ssba, auditor, mfaic):
            with pytest.raises(PermissionDenied):
                actions.report_condition_met(actor=user, condition=condition, report="x")
    actions.report_condition_met(actor=province, condition=condition, report="Done")
    post_person(actor=None, user=province, unit=world["mfaic"], role=Role.OFFICIAL, since=clock.now(), reason="Moved")
    with untouched():
        for user in (province, district, moi, ssba, auditor):
            for verb in (actions.confirm_condition, actions.deny_condition, actions.waive_condition):
                with pytest.raises(PermissionDenied):
                    verb(actor=user, condition=condition, reason="x")


def test_an_overdue_condition_is_told_once_to_both_sides(condition: Condition, told: Any, province: User) -> None:
    assert actions.watch_proposals()["overdue_conditions"] == 0
    with clock.replaying(clock.now() + timedelta(days=11)):
        assert actions.watch_proposals()["overdue_conditions"] == 1
        assert actions.watch_proposals()["overdue_conditions"] == 0
        assert Proposal.objects.visible_to(province).waiting_for(province).count() == 1
    assert told("proposal_condition_overdue") == {*PROVINCE, "mfaic"}
    actions.report_condition_met(actor=province, condition=condition, report="Done")
    with clock.replaying(clock.now() + timedelta(days=12)):
        assert actions.watch_proposals()["overdue_conditions"] == 0


# --- what waits for whom --------------------------------------------------------------------------------------


def test_what_waits_for_whom(
    province: User, moi: User, mfaic: User, ssba: User, auditor: User, corridor: Crossing
) -> None:
    proposal = draft(province, corridor)
    people = {"province": province, "moi": moi, "mfaic": mfaic, "ssba": ssba, "auditor": auditor}

    def waits() -> set[str]:
        visible = Proposal.objects.visible_to
        return {name for name, user in people.items() if visible(user).waiting_for(user).exists()}

    assert waits() == {"province"}
    actions.submit_proposal(actor=province, proposal=proposal)
    assert waits() == {"moi", "mfaic", "ssba"}
    speak(mfaic, proposal, "mfaic", "conditional", "A survey")
    speak(moi, proposal, "moi")
    # Two have spoken: MoI may recommend.
    assert waits() == {"moi", "ssba"}
    actions.return_proposal(actor=moi, proposal=proposal, version=1, reason="x")
    assert waits() == {"province"}
    mend(province, proposal, needs="Other")
    actions.submit_proposal(actor=province, proposal=proposal)
    assert waits() == {"moi", "mfaic", "ssba"}
    proposal = recommended(moi, mfaic, ssba, proposal, "A survey")
    assert waits() == {"moi"}
    actions.approve_proposal(actor=moi, proposal=proposal, decision=decision())
    assert waits() == set()
    actions.report_condition_met(actor=province, condition=Condition.objects.get(), report="Done")
    assert waits() == {"mfaic"}


# --- at the same time -----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_ministries_speak_at_the_same_time_and_one_twice(province: User, mfaic: User, ssba: User) -> None:
    proposal = submitted(province, Crossing.objects.get(slug="vn-o-yadav"))
    start = threading.Barrier(3)

    def say(who: tuple[User, str]) -> int:
        try:
            start.wait()
            found: int = speak(who[0], proposal, who[1]).pk
            return found
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(say, [(mfaic, "mfaic"), (ssba, "ssba"), (ssba, "ssba")]))
    assert len(set(made)) == 2
    assert Position.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_begin_for_one_crossing_at_the_same_time(province: User) -> None:
    gate, start = Crossing.objects.get(slug="vn-o-yadav"), threading.Barrier(2)

    def begin(_n: int) -> str:
        try:
            start.wait()
            return draft(province, gate, assessed=False).state
        except ValidationError as error:
            return str(next(iter(error.message_dict)))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(begin, range(2))) == ["crossing", "draft"]
    assert Proposal.objects.count() == 1
