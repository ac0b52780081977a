"""Conflicts of interest are refused by rule: own unit, own person, own level."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone, translation

from incidents import actions, cases, conflicts
from incidents.choices import CaseState, CloseReason, Outcome
from incidents.models import AccountabilityCase, Incident
from incidents.tests.accountability import bring, notified
from units.actions import end_posting, post_person
from units.choices import Role
from units.models import User


@pytest.fixture(autouse=True)
def _english():
    """Refusals are compared by their English words."""
    with translation.override("en"):
        yield


def post(user, unit, role):
    return post_person(
        actor=None, user=user, unit=unit, role=role, since=timezone.now() - timedelta(days=1), reason="test"
    )


@pytest.fixture
def deputy(world):
    return User.objects.get(username="moi-deputy")


@pytest.fixture
def own(file, world, moi):
    """An incident for which the provincial administration itself answers."""
    incident = file()
    actions.reattribute(actor=moi, incident=incident, unit=world["province-16"], reason="The order was theirs.")
    incident.refresh_from_db()
    return incident


def test_a_province_reviews_what_stands_under_it_but_not_itself(province, moi, head, province2, world):
    assert conflicts.refusal(province, world["post-1607-1"]) == ""
    assert conflicts.refusal(province, world["command-16"]) == ""
    assert "own unit" in conflicts.refusal(province, world["province-16"])
    assert conflicts.refusal(moi, world["province-16"]) == ""
    assert "posted above" in conflicts.refusal(province2, world["post-1607-1"])
    assert "own unit" in conflicts.refusal(head, world["post-1607-1"])
    assert "own unit" in conflicts.refusal(moi, world["moi"])


def test_every_unit_of_the_matter_counts(province, world):
    assert conflicts.refusal(province, world["post-1607-1"], world["post-1607-2"]) == ""
    assert conflicts.refusal(province, world["post-1607-1"], world["post-0107-1"])


def test_a_reviewer_who_also_serves_at_the_unit_keeps_out(province, world):
    posting = post(province, world["post-1607-1"], Role.FILER)
    assert "own unit" in conflicts.refusal(province, world["post-1607-1"])
    end_posting(actor=None, posting=posting, at=timezone.now(), reason="over")
    assert conflicts.refusal(province, world["post-1607-1"]) == ""


def test_who_was_head_then_or_is_head_now_decides_nothing_about_himself(head, world):
    end_posting(actor=None, posting=head.postings.get(), at=timezone.now(), reason="promoted")
    post(head, world["province-16"], Role.PROVINCE_OFFICER)
    assert "head" in conflicts.refusal(head, world["post-1607-2"], head_person=head)
    # He still is its head on record, though posted elsewhere.
    assert "own unit" in conflicts.refusal(head, world["post-1607-1"])
    assert conflicts.refusal(head, world["post-1607-2"]) == ""


def test_the_disabled_and_the_unposted_review_nothing(disabled, outsider, admin, world):
    for user in (disabled, outsider, admin):
        assert conflicts.refusal(user, world["post-1607-1"])


# --- a member of the unit closes and re-attributes nothing ---------------------------------------------------------


def test_the_province_neither_closes_nor_moves_what_it_answers_for_itself(own, province, moi, world, untouched):
    for verb in (
        lambda: actions.close_incident(actor=province, incident=own, close_reason=CloseReason.OVER, reason="over"),
        lambda: actions.reattribute(actor=province, incident=own, unit=world["post-1607-1"], reason="theirs"),
        lambda: actions.open_case(actor=province, incident=own, reason="x"),
    ):
        with untouched(), pytest.raises(PermissionDenied, match="own unit"):
            verb()
    assert "own unit" in cases.closing_refusal(province, own)
    assert cases.closing_refusal(moi, own) == ""
    actions.close_incident(actor=moi, incident=own, close_reason=CloseReason.OVER, reason="over")
    assert Incident.objects.get(pk=own.pk).close_reason == CloseReason.OVER


def test_the_pages_can_ask_beforehand_who_may_rule_anew(own, file, province, moi, head):
    assert "own unit" in cases.reattribution_refusal(province, own)
    assert cases.reattribution_refusal(moi, own) == ""
    incident = file()
    assert cases.reattribution_refusal(province, incident) == ""
    assert cases.reattribution_refusal(head, incident)
    actions.contest_attribution(actor=head, incident=incident, reason="x")
    assert "Rule on the contest" in cases.reattribution_refusal(province, incident)


def test_the_province_does_not_charge_itself_either(file, province, world, untouched):
    incident = file()
    with untouched(), pytest.raises(PermissionDenied, match="own unit"):
        actions.reattribute(actor=province, incident=incident, unit=world["province-16"], reason="ours")


def test_who_was_head_then_does_not_close_though_he_decides_for_the_province_now(file, head, world, untouched):
    incident = file()
    end_posting(actor=None, posting=head.postings.get(), at=timezone.now(), reason="promoted")
    post(head, world["province-16"], Role.PROVINCE_OFFICER)
    with untouched(), pytest.raises(PermissionDenied, match="himself"):
        actions.close_incident(actor=head, incident=incident, close_reason=CloseReason.OVER, reason="over")
    with untouched(), pytest.raises(PermissionDenied):
        actions.reattribute(actor=head, incident=incident, unit=world["post-1607-2"], reason="x")


def test_a_case_on_the_province_is_the_ministrys(own, province, moi, auditor, untouched):
    case = actions.open_case(actor=moi, incident=own, reason="The order was theirs.")
    # Not notified yet: the province reads nothing of it, though it reviews everything under itself.
    if case.notified_at is None:
        assert not AccountabilityCase.objects.visible_to(province).exists()
        actions.notify_head(actor=moi, case=case)
    assert AccountabilityCase.objects.visible_to(province).get() == case
    assert cases.verbs_open_to(province, case) == frozenset()
    for verb in (
        lambda: actions.take_to_review(actor=province, case=case),
        lambda: actions.withdraw_case(actor=province, case=case, reason="x"),
        lambda: actions.rule_case(actor=province, case=case, outcome=Outcome.NOT_ACCOUNTABLE, text="x"),
        lambda: actions.close_case(actor=province, case=case),
    ):
        with untouched(), pytest.raises(PermissionDenied):
            verb()


def test_a_contest_is_not_ruled_by_the_unit_or_by_who_was_its_head(file, head, province, world, untouched):
    contest = actions.contest_attribution(actor=head, incident=file(), reason="x")
    post(head, world["province-16"], Role.PROVINCE_OFFICER)
    with untouched(), pytest.raises(PermissionDenied):
        actions.rule_contest(actor=head, contest=contest, outcome="upheld", reason="x")
    assert not cases.contests_waiting_for(head).filter(pk=contest.pk).exists()


# --- appeals ------------------------------------------------------------------------------------------------------


def test_an_appeal_goes_one_level_up_and_never_to_the_ruler(file, head, province, moi, moi2, world, untouched):
    colleague = post(User.objects.get(username="outsider"), world["province-16"], Role.PROVINCE_OFFICER).user
    case = bring(notified(file, province), CaseState.APPEALED, reviewer=province, head=head, above=moi)
    for who in (province, colleague, head):
        with untouched(), pytest.raises(PermissionDenied):
            actions.decide_appeal(actor=who, case=case, outcome=Outcome.ACCOUNTABLE, text="x")
    assert "one level above" in cases.appeal_refusal(colleague, case)
    assert case not in cases.cases_waiting_for(colleague)
    actions.decide_appeal(actor=moi2, case=case, outcome=Outcome.NOT_ACCOUNTABLE, text="The order was wrong.")
    case.refresh_from_db()
    assert (case.state, case.outcome) == (CaseState.CLOSED, Outcome.NOT_ACCOUNTABLE)


def test_the_ruler_does_not_decide_the_appeal_from_a_higher_post_he_got_since(
    file, head, province, moi, world, untouched
):
    case = bring(notified(file, province), CaseState.APPEALED, reviewer=province, head=head, above=moi)
    post(province, world["moi"], Role.OFFICIAL)
    with untouched(), pytest.raises(PermissionDenied, match="another person"):
        actions.decide_appeal(actor=province, case=case, outcome=Outcome.ACCOUNTABLE, text="x")


def test_where_nothing_stands_above_the_ministry_a_higher_step_of_it_decides(
    file, head, moi, moi2, deputy, province, untouched
):
    case = bring(notified(file, province), CaseState.APPEALED, reviewer=moi, head=head, above=deputy)
    with untouched(), pytest.raises(PermissionDenied, match="one level above"):
        actions.decide_appeal(actor=moi2, case=case, outcome=Outcome.ACCOUNTABLE, text="x")
    assert case in cases.cases_waiting_for(deputy)
    actions.decide_appeal(actor=deputy, case=case, outcome=Outcome.ACCOUNTABLE, text="It stands.")


def test_above_the_head_of_the_ministry_just_another_person_decides(file, head, moi, deputy, province, untouched):
    principal = User.objects.get(username="moi-principal")
    case = bring(notified(file, province), CaseState.APPEALED, reviewer=principal, head=head, above=deputy)
    with untouched(), pytest.raises(PermissionDenied):
        actions.decide_appeal(actor=principal, case=case, outcome=Outcome.ACCOUNTABLE, text="x")
    actions.decide_appeal(actor=deputy, case=case, outcome=Outcome.ACCOUNTABLE, text="It stands.")
