"""Contest and ruling: who may, within which time, who is heard, and what a ruling changes."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone, translation

from borderwatch import clock
from borderwatch.models import Delivery
from incidents import actions, cases, tasks
from incidents.actions import (
    contest_attribution,
    reattribute,
    rule_contest,
    state_in_contest,
    verify_incident,
    withdraw_contest,
)
from incidents.choices import CaseState, CloseReason, ContestState, Outcome, Rule
from incidents.models import AccountabilityCase, Attribution, Contest, Incident
from incidents.workflow import Refused
from units.actions import post_person
from units.choices import Role


@pytest.fixture(autouse=True)
def _english():
    """Refusals are compared by their English words."""
    with translation.override("en"):
        yield


OTHERS = ("district", "province", "province2", "moi", "mfaic", "auditor", "admin", "keeper", "disabled", "outsider")


@pytest.fixture
def neighbour(world, outsider):
    """Somebody who answers for the post named instead."""
    post_person(
        actor=None,
        user=outsider,
        unit=world["post-1607-2"],
        role=Role.COMMANDER,
        since=timezone.now() - timedelta(days=9),
        reason="test",
    )
    return outsider


@pytest.fixture
def contest(file, head, world, neighbour):
    return contest_attribution(
        actor=head, incident=file(), reason=" Beyond the stream. ", names_unit=world["post-1607-2"]
    )


def test_the_head_contests_and_everybody_concerned_learns_of_it(file, head, world, neighbour, audited, told):
    incident = file()
    before = Attribution.objects.get(incident=incident)
    proof = SimpleUploadedFile("map.pdf", b"%PDF-1.7 map")
    row = contest_attribution(
        actor=head, incident=incident, reason=" Beyond the stream. ", names_unit=world["post-1607-2"], files=[proof]
    )
    assert (row.unit, row.attribution, row.names_unit) == (world["post-1607-1"], before, world["post-1607-2"])
    assert (row.reason, row.by, row.by_name, row.state) == ("Beyond the stream.", head, head.record_name, "open")
    assert (row.hear_by - row.at, row.due_at - row.at) == (timedelta(days=3), timedelta(days=14))
    heard = set(row.heard.all())
    assert world["post-1607-2"] in heard
    assert world["post-1607-1"] not in heard
    assert row.attachments.get().original_name == "map.pdf"
    incident.refresh_from_db()
    assert incident.contested
    assert {unit.pk for unit in heard} <= set(incident.audience)
    # The finding itself is untouched.
    assert Attribution.objects.get(incident=incident).contested is False
    entry = audited("contest_attribution", incident.ref)
    assert (entry.actor, entry.reason, entry.after["names_unit"]) == (head, "Beyond the stream.", "post-1607-2")
    assert told("contest_opened") == {"province"}
    assert "outsider" in told("contest_hearing")
    assert told("contest_reminder") >= {"outsider", "province"}
    assert Incident.objects.visible_to(neighbour).filter(pk=incident.pk).exists()


@pytest.mark.parametrize("who", OTHERS)
def test_nobody_else_contests(who, file, request, untouched):
    incident = file()
    with untouched(), pytest.raises(PermissionDenied):
        contest_attribution(actor=request.getfixturevalue(who), incident=incident, reason="x")


def test_a_former_head_contests_nothing(file, former_head, untouched):
    incident = file()
    with untouched(), pytest.raises(PermissionDenied):
        contest_attribution(actor=former_head, incident=incident, reason="x")


def test_a_report_in_confidence_cannot_be_contested_by_the_unit_it_is_kept_from(file, head, moi, untouched):
    incident = file()
    Incident.objects.filter(pk=incident.pk).update(exceptional=True, audience=[moi.postings.get().unit_role.unit_id])
    with untouched(), pytest.raises(PermissionDenied):
        contest_attribution(actor=head, incident=incident, reason="x")


def test_a_contest_needs_a_reason_and_a_unit_that_can_answer(file, head, world, untouched):
    incident = file()
    for changes, field in (
        ({"reason": "  "}, "reason"),
        ({"reason": "x", "names_unit": world["moi"]}, "names_unit"),
        ({"reason": "x", "names_unit": world["post-1607-1"]}, "names_unit"),
        ({"reason": "x", "files": [SimpleUploadedFile("x.exe", b"MZ")]}, "files"),
    ):
        with untouched(), pytest.raises(ValidationError) as refused:
            contest_attribution(actor=head, incident=incident, **changes)
        assert field in refused.value.message_dict


def test_it_can_be_contested_for_seven_days(file, head, untouched):
    incident = file()
    row = Attribution.objects.get(incident=incident)
    assert cases.contest_open_to(head, incident)
    with clock.replaying(row.decided_at + timedelta(days=7)):
        assert not cases.contest_open_to(head, incident)
        with untouched(), pytest.raises(ValidationError, match="run out"):
            contest_attribution(actor=head, incident=incident, reason="x")
    with clock.replaying(row.decided_at + timedelta(days=7, seconds=-1)):
        assert contest_attribution(actor=head, incident=incident, reason="x").state == ContestState.OPEN


def test_one_contest_at_a_time_and_one_for_a_finding(contest, head, untouched):
    incident = contest.incident
    with untouched(), pytest.raises(ValidationError, match="being heard"):
        contest_attribution(actor=head, incident=incident, reason="again")
    withdraw_contest(actor=head, contest=contest, reason="We looked again.")
    with untouched(), pytest.raises(ValidationError, match="already"):
        contest_attribution(actor=head, incident=incident, reason="again")
    assert not cases.contest_open_to(head, incident)


def test_nothing_elses_clock_stops(file, head, ponds, province):
    due = list(ponds.escalations.values_list("duties__due_at", flat=True))
    contest_attribution(actor=head, incident=ponds, reason="x")
    assert list(ponds.escalations.values_list("duties__due_at", flat=True)) == due
    assert Delivery.objects.filter(bundle__startswith="duty:", state=Delivery.State.PENDING).exists()


def test_a_contested_incident_is_not_closed(contest, province, untouched):
    with untouched(), pytest.raises(ValidationError):
        actions.close_incident(actor=province, incident=contest.incident, close_reason=CloseReason.OVER, reason="over")


# --- statements ---------------------------------------------------------------------------------------------------


def test_a_unit_that_is_heard_says_what_it_knows_once(contest, neighbour, world, audited, told, untouched):
    unit = world["post-1607-2"]
    assert cases.units_to_state(neighbour, contest) == [unit]
    assert list(cases.contests_waiting_for(neighbour)) == [contest]
    row = state_in_contest(actor=neighbour, contest=contest, unit=unit, text=" It is theirs. ")
    assert (row.text, row.by, row.by_name) == ("It is theirs.", neighbour, neighbour.record_name)
    assert audited("state_in_contest", contest.incident.ref).reason == "It is theirs."
    assert told("contest_stated") == {"province", "head"}
    assert not cases.contests_waiting_for(neighbour).exists()
    with untouched(), pytest.raises(ValidationError, match="already"):
        state_in_contest(actor=neighbour, contest=contest, unit=unit, text="More.")


def test_only_for_ones_own_unit_that_is_asked_and_with_words(contest, neighbour, head, world, province, untouched):
    with untouched(), pytest.raises(PermissionDenied):
        state_in_contest(actor=head, contest=contest, unit=world["post-1607-2"], text="x")
    with untouched(), pytest.raises(PermissionDenied):
        state_in_contest(actor=head, contest=contest, unit=world["post-1607-1"], text="x")
    with untouched(), pytest.raises(PermissionDenied):
        state_in_contest(actor=province, contest=contest, unit=world["post-1607-2"], text="x")
    with untouched(), pytest.raises(ValidationError) as refused:
        state_in_contest(actor=neighbour, contest=contest, unit=world["post-1607-2"], text=" ")
    assert "text" in refused.value.message_dict
    rule_contest(actor=province, contest=contest, outcome="upheld", reason="The map is plain.")
    with untouched(), pytest.raises(Refused):
        state_in_contest(actor=neighbour, contest=contest, unit=world["post-1607-2"], text="late")


# --- withdrawing --------------------------------------------------------------------------------------------------


def test_a_withdrawn_contest_leaves_the_finding_as_it_was(contest, head, province, audited, told, untouched):
    with untouched(), pytest.raises(PermissionDenied):
        withdraw_contest(actor=province, contest=contest, reason="x")
    with untouched(), pytest.raises(ValidationError) as refused:
        withdraw_contest(actor=head, contest=contest, reason="")
    assert "reason" in refused.value.message_dict
    withdraw_contest(actor=head, contest=contest, reason="We looked again.")
    row = Contest.objects.get()
    assert (row.state, row.settled_by, row.settled_reason) == (ContestState.WITHDRAWN, head, "We looked again.")
    assert not Incident.objects.get(pk=contest.incident_id).contested
    assert Attribution.objects.count() == 1
    assert audited("withdraw_contest").reason == "We looked again."
    assert told("contest_settled") == {"outsider", "province"}
    assert not Delivery.objects.filter(topic="contest_reminder", state=Delivery.State.PENDING).exists()
    with untouched(), pytest.raises(Refused):
        withdraw_contest(actor=head, contest=contest, reason="again")


def test_what_the_rule_left_contested_stays_so_after_a_withdrawal(file, head):
    incident = file(accuracy_m=20_000)
    contest = contest_attribution(actor=head, incident=incident, reason="x")
    withdraw_contest(actor=head, contest=contest, reason="y")
    assert Incident.objects.get(pk=incident.pk).contested


# --- rulings ------------------------------------------------------------------------------------------------------


def test_upheld_is_a_second_record_too(contest, province, head, world, audited, told):
    first = contest.attribution
    row = rule_contest(actor=province, contest=contest, outcome="upheld", reason=" The map is plain. ")
    assert (row.number, row.rule, row.unit, row.current) == (2, Rule.RULING, world["post-1607-1"], True)
    assert (row.decided_by, row.reason) == (province, "The map is plain.")
    first.refresh_from_db()
    assert (first.current, first.rule) == (False, Rule.SECTOR)
    settled = Contest.objects.get()
    assert (settled.state, settled.outcome, settled.ruling) == ("ruled", "upheld", row)
    assert (settled.settled_by_name, settled.settled_reason) == (province.record_name, "The map is plain.")
    assert not Incident.objects.get(pk=contest.incident_id).contested
    entry = audited("rule_contest", contest.incident.ref)
    assert entry.after["outcome"] == "upheld"
    assert "post-1607-2" in entry.after["unheard"]
    assert told("contest_settled") == {"head", "outsider"}
    # Its own contest is ruled on; the unit does not contest the ruling again.
    assert not cases.contest_open_to(head, Incident.objects.get(pk=contest.incident_id))


def test_moved_means_another_unit_and_its_head_of_that_moment(contest, province, world, neighbour):
    row = rule_contest(
        actor=province, contest=contest, outcome="moved", unit=world["post-1607-2"], reason="The stream is the line."
    )
    incident = Incident.objects.get(pk=contest.incident_id)
    assert (incident.responsible_unit, incident.contested) == (world["post-1607-2"], False)
    assert row.head_name_en == world["post-1607-2"].tenures.at(row.moment).get().head_name_en
    # The unit charged now may contest in its turn.
    assert cases.contest_open_to(neighbour, incident)


@pytest.mark.parametrize("who", ["head", "district", "province2", "mfaic", "auditor", "admin", "keeper", "disabled"])
def test_nobody_else_rules(who, contest, request, untouched):
    person = request.getfixturevalue(who)
    with untouched(), pytest.raises(PermissionDenied):
        rule_contest(actor=person, contest=contest, outcome="upheld", reason="x")
    assert "rule_contest" not in cases.contest_verbs(person, contest)


def test_a_ruling_needs_an_outcome_a_unit_and_a_reason(contest, province, world, untouched):
    for given, field in (
        ({"outcome": "nonsense", "reason": "x"}, "outcome"),
        ({"outcome": "upheld", "reason": ""}, "reason"),
        ({"outcome": "moved", "reason": "x"}, "unit"),
        ({"outcome": "moved", "reason": "x", "unit": world["post-1607-1"]}, "unit"),
        ({"outcome": "moved", "reason": "x", "unit": world["moi"]}, "unit"),
    ):
        with untouched(), pytest.raises(ValidationError) as refused:
            rule_contest(actor=province, contest=contest, **given)
        assert field in refused.value.message_dict
    rule_contest(actor=province, contest=contest, outcome="upheld", reason="x")
    with untouched(), pytest.raises(Refused):
        rule_contest(actor=province, contest=contest, outcome="upheld", reason="twice")


def test_beyond_the_province_the_ministry_rules(contest, province, moi, world, untouched):
    elsewhere = world["post-0107-1"]
    with untouched(), pytest.raises(PermissionDenied):
        rule_contest(actor=province, contest=contest, outcome="moved", unit=elsewhere, reason="Not ours.")
    assert rule_contest(actor=moi, contest=contest, outcome="moved", unit=elsewhere, reason="Theirs.").unit == elsewhere


def test_an_open_contest_is_not_passed_by(contest, province, world, untouched):
    with untouched(), pytest.raises(ValidationError, match="Rule on the contest"):
        reattribute(actor=province, incident=contest.incident, unit=world["post-1607-2"], reason="x")


def test_the_buttons_of_a_contest(contest, head, province, moi, neighbour, auditor):
    assert cases.contest_verbs(head, contest) == {"withdraw_contest"}
    assert cases.contest_verbs(neighbour, contest) == {"state_in_contest"}
    assert cases.contest_verbs(province, contest) == cases.contest_verbs(moi, contest) == {"rule_contest"}
    assert cases.contest_verbs(auditor, contest) == frozenset()
    # The nearest level is asked; the ministry may, but is not asked.
    assert list(cases.contests_waiting_for(province)) == [contest]
    assert not cases.contests_waiting_for(moi).exists()
    withdraw_contest(actor=head, contest=contest, reason="x")
    assert cases.contest_verbs(province, Contest.objects.get()) == frozenset()


def test_an_overdue_ruling_is_told_once(contest, told):
    with clock.replaying(contest.due_at + timedelta(minutes=1)):
        assert tasks.watch_cases()["overdue_contests"] == 1
        assert tasks.watch_cases()["overdue_contests"] == 0
    assert told("contest_overdue") >= {"province", "moi"}


# --- cases and contests -------------------------------------------------------------------------------------------


def test_a_ruling_elsewhere_ends_the_case_and_opens_the_other_units(file, province, head, world):
    incident = file()
    verify_incident(actor=province, incident=incident)
    first = AccountabilityCase.objects.get()
    contest = contest_attribution(actor=head, incident=incident, reason="x", names_unit=world["post-1607-2"])
    rule_contest(actor=province, contest=contest, outcome="moved", unit=world["post-1607-2"], reason="Their stream.")
    first.refresh_from_db()
    assert (first.state, first.outcome) == (CaseState.CLOSED, Outcome.WITHDRAWN)
    assert (first.steps.last().verb, first.steps.last().by) == ("lapse_case", None)
    second = AccountabilityCase.objects.get(unit=world["post-1607-2"])
    assert (second.ref, second.state) == (f"{incident.ref}-2", CaseState.OPENED)
    # And back again: the first unit's case may open anew.
    reattribute(actor=province, incident=incident, unit=world["post-1607-1"], reason="Seen on the spot.")
    second.refresh_from_db()
    assert second.state == CaseState.CLOSED
    third = AccountabilityCase.objects.open().get()
    assert (third.unit, third.number) == (world["post-1607-1"], 3)


def test_a_case_held_back_by_doubt_opens_when_the_doubt_is_ruled_on(file, province, head):
    incident = file(accuracy_m=20_000)
    verify_incident(actor=province, incident=incident)
    assert not AccountabilityCase.objects.exists()
    contest = contest_attribution(actor=head, incident=incident, reason="x")
    rule_contest(actor=province, contest=contest, outcome="upheld", reason="Seen there.")
    assert AccountabilityCase.objects.get().unit_id == contest.unit_id


def test_no_case_opens_by_a_ruling_on_what_was_never_verified(contest, province):
    rule_contest(actor=province, contest=contest, outcome="upheld", reason="x")
    assert not AccountabilityCase.objects.exists()


def test_who_sees_no_incident_sees_no_contest(contest, province2, mfaic, head, moi):
    for user, sees in ((province2, False), (mfaic, False), (head, True), (moi, True)):
        assert Contest.objects.visible_to(user).exists() is sees
