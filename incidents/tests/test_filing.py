"""Filing: one report makes one incident, whatever the network does, and everybody concerned is told."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.gis.geos import Point
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.utils import timezone

from borderwatch.models import AuditEntry, Delivery
from incidents.actions import file_incident, forget_staged, settle_conflicting_copy
from incidents.choices import DutyState, Rule, Status
from incidents.models import (
    Attribution,
    ConflictingCopy,
    Duty,
    Escalation,
    EscalationPolicy,
    Evidence,
    Incident,
    StagedPhoto,
)
from incidents.photos import Photo
from units.choices import DefectKind
from units.models import District, Province, RegisterDefect

THREE = {"moi", "mfaic", "ssba"}
# Nobody's sector (the planned gap in Stung Treng) and the planned overlap in Banteay Meanchey.
GAP = (106.15, 14.38)
OVERLAP = (102.911, 14.022)
FAR_FROM_UNRESOLVED = (107.25, 14.35)


@pytest.fixture
def filing(world, district, report):
    """File and get the whole outcome back."""

    def make(*, key=None, actor=district, unit="district-1607", photos=(), **changes):
        return file_incident(
            actor=actor,
            unit=world[unit],
            client_key=key or uuid.uuid4(),
            report=report(**changes),
            photos=photos,
        )

    return make


def test_filing_writes_the_incident_its_attribution_the_audit_and_the_notices(filing, district, audited, told, world):
    filed = filing()
    incident = Incident.objects.get(pk=filed.incident.pk)
    assert filed.outcome == "new"
    assert incident.status == Status.SUBMITTED
    assert (incident.filed_by, incident.filed_for.code) == (district, "district-1607")
    assert (incident.province.code, incident.district.code) == ("16", "1607")
    assert incident.responsible_unit.code == "post-1607-1"
    row = Attribution.objects.get(incident=incident)
    assert (row.rule, row.unit, row.current) == (Rule.SECTOR, incident.responsible_unit, True)
    assert row.head_name_en == incident.head_name
    assert set(incident.audience) == {world["district-1607"].pk, world["post-1607-1"].pk}
    entry = audited("file_incident", incident.ref)
    assert entry.actor == district
    assert entry.after["unit"] == "post-1607-1"
    assert entry.after["fingerprint"] == incident.fingerprint
    assert told("unit_answers") == {"head"}
    assert told("incident_filed") == {"province", "province-16/email"}
    assert not Escalation.objects.exists()


@pytest.mark.parametrize("who", ["moi", "mfaic", "auditor", "admin", "keeper", "province2", "disabled", "outsider"])
def test_only_those_posted_to_file_may_file(who, filing, request, untouched):
    with untouched(), pytest.raises(PermissionDenied):
        filing(actor=request.getfixturevalue(who))
    assert not Incident.objects.exists()


def test_the_head_files_for_his_own_post_and_not_for_the_district(filing, head, untouched):
    assert filing(actor=head, unit="post-1607-1").outcome == "new"
    with untouched(), pytest.raises(PermissionDenied):
        filing(actor=head)


# --- one report, one incident ---------------------------------------------------------------------------------


def test_the_same_report_again_gives_the_same_incident_back(filing, untouched):
    key, when = uuid.uuid4(), timezone.now() - timedelta(hours=1)
    first = filing(key=key, occurred_at=when)
    with untouched():
        again = filing(key=key, occurred_at=when)
    assert (again.outcome, again.incident.pk) == ("same", first.incident.pk)
    assert Incident.objects.count() == 1


def test_the_devices_own_clock_does_not_make_another_report(filing):
    key, when = uuid.uuid4(), timezone.now() - timedelta(hours=1)
    filing(key=key, occurred_at=when, filed_at=when)
    assert filing(key=key, occurred_at=when, filed_at=when + timedelta(minutes=5)).outcome == "same"


def test_a_known_key_with_other_content_is_kept_as_a_conflicting_copy(filing, audited, told):
    key, when = uuid.uuid4(), timezone.now() - timedelta(hours=1)
    first = filing(key=key, occurred_at=when)
    other = filing(key=key, occurred_at=when, text="Another text")
    assert (other.outcome, other.incident.pk) == ("conflict", first.incident.pk)
    copy = ConflictingCopy.objects.get()
    assert copy == other.copy
    assert copy.content["text"] == "Another text"
    assert Incident.objects.get().text != "Another text"
    entry = audited("keep_conflicting_copy", first.incident.ref)
    assert entry.after == {"fingerprint": copy.fingerprint, "differs_from": first.incident.fingerprint}
    assert told("conflicting_copy") == {"province", "province-16/email"}


def test_the_same_conflicting_copy_is_kept_once(filing, untouched):
    key = uuid.uuid4()
    when = timezone.now() - timedelta(hours=1)
    filing(key=key, occurred_at=when)
    first = filing(key=key, occurred_at=when, text="Another text")
    with untouched():
        again = filing(key=key, occurred_at=when, text="Another text")
    assert again.copy == first.copy
    assert ConflictingCopy.objects.count() == 1


def test_another_persons_use_of_a_key_is_a_conflicting_copy_even_with_the_same_content(filing, head, district):
    key, when = uuid.uuid4(), timezone.now() - timedelta(hours=1)
    filing(key=key, occurred_at=when)
    other = filing(key=key, occurred_at=when, actor=head, unit="post-1607-1")
    assert other.outcome == "conflict"
    assert ConflictingCopy.objects.get().filed_by == head
    assert Incident.objects.get().filed_by == district


def test_photos_belong_to_the_report_and_are_kept_once(filing):
    photo = Photo(sha256="a" * 64, name="ponds.jpg", content_type="image/jpeg", size=10, width=4, height=3)
    key, when = uuid.uuid4(), timezone.now() - timedelta(hours=1)
    incident = filing(key=key, occurred_at=when, photos=[photo, photo]).incident
    row = Evidence.objects.get()
    assert (row.incident, row.sha256, row.original_name) == (incident, "a" * 64, "ponds.jpg")
    assert filing(key=key, occurred_at=when, photos=[photo]).outcome == "same"
    assert filing(key=key, occurred_at=when, photos=[replace(photo, sha256="b" * 64)]).outcome == "conflict"


@pytest.mark.django_db(transaction=True)
def test_the_same_post_twenty_times_in_parallel_makes_one_incident(world, district, report):
    key, one = uuid.uuid4(), report()
    start = threading.Barrier(20)

    def post(_number):
        try:
            start.wait()
            return file_incident(actor=district, unit=world["district-1607"], client_key=key, report=one)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(post, range(20)))
    assert sorted(filed.outcome for filed in outcomes) == ["new"] + ["same"] * 19
    incident = Incident.objects.get()
    assert {filed.incident.ref for filed in outcomes} == {incident.ref}
    assert incident.ref.endswith("-000001")
    assert AuditEntry.objects.filter(verb="file_incident").count() == 1
    assert ConflictingCopy.objects.count() == 0
    assert Delivery.objects.filter(topic="unit_answers").count() == 1


@pytest.mark.django_db(transaction=True)
def test_twelve_reports_in_parallel_get_twelve_numbers_without_a_gap(world, district, report):
    start = threading.Barrier(12)

    def post(number):
        try:
            start.wait()
            content = report(text=f"Group {number}")
            unit = world["district-1607"]
            return file_incident(actor=district, unit=unit, client_key=uuid.uuid4(), report=content).incident.ref
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        refs = sorted(pool.map(post, range(12)))
    assert [int(ref.rsplit("-", 1)[1]) for ref in refs] == list(range(1, 13))


# --- reference numbers ----------------------------------------------------------------------------------------


def test_reference_numbers_leave_no_gap_when_a_filing_fails_in_between(filing):
    first = filing().incident

    @transaction.atomic
    def file_and_break():
        filing()
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        file_and_break()
    with pytest.raises(ValidationError):
        filing(text="")
    second = filing().incident
    year = timezone.localtime().year
    assert [first.ref, second.ref] == [f"RTK-{year}-000001", f"RTK-{year}-000002"]


def test_each_province_counts_for_itself(filing, province2):
    ours = filing().incident
    theirs = filing(actor=province2, unit="province-01", at=(102.56, 13.66)).incident
    assert ours.ref[:3] == "RTK"
    assert theirs.ref[:3] == Province.objects.get(code="01").letters
    assert ours.ref[-6:] == theirs.ref[-6:] == "000001"


# --- never silence --------------------------------------------------------------------------------------------


def test_in_a_gap_the_provinces_command_answers_and_a_defect_is_raised(filing, province, audited, world, settings):
    incident = filing(actor=province, unit="province-16", at=GAP).incident
    row = Attribution.objects.get(incident=incident)
    assert row.rule in {Rule.GAP, Rule.GAP_NEAR_EDGE}
    assert incident.responsible_unit.code == "command-19"
    assert incident.province.code == "19"
    defect = RegisterDefect.objects.get()
    assert (defect.kind, defect.found_by, defect.province.code) == (DefectKind.GAP, incident.ref, "19")
    assert list(defect.units.all()) == [world["command-19"]]
    assert audited("raise_register_defect").after["units"] == ["command-19"]


def test_where_two_sectors_overlap_both_see_it_and_a_defect_is_raised(filing, province2, world):
    incident = filing(actor=province2, unit="province-01", at=OVERLAP).incident
    assert incident.contested
    parties = {world["post-0107-1"].pk, world["post-0107-2"].pk}
    assert parties <= set(incident.audience)
    assert RegisterDefect.objects.get().kind == DefectKind.OVERLAP


def test_a_unit_without_a_head_is_a_defect_and_the_unit_answers_all_the_same(filing, world):
    world["post-1607-1"].tenures.all().delete()
    incident = filing().incident
    assert incident.responsible_unit.code == "post-1607-1"
    assert incident.head_name == ""
    assert RegisterDefect.objects.get().kind == DefectKind.NO_HEAD


def test_a_report_without_a_position_goes_to_the_command_of_the_district(filing, world):
    incident = filing(at=None, accuracy_m=None, coordinate_source="description", place_name="Behind the hill").incident
    assert incident.attributions.get().rule == Rule.NO_PLACE
    assert incident.responsible_unit.code == "command-16"
    assert incident.district.code == "1607"
    assert not RegisterDefect.objects.exists()


def test_a_province_without_any_command_on_record_is_named_and_nothing_is_lost_in_silence(filing, province, untouched):
    """Kampong Cham has no command in this register: the person learns it at the field, not by a broken page."""
    inland = District.objects.filter(province__units=None).first()
    with untouched(), pytest.raises(ValidationError) as refused:
        filing(actor=province, unit="province-16", at=None, accuracy_m=None, place_name="x", district=inland)
    assert "district" in refused.value.message_dict


# --- what is not accepted -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"type": "drugs"}, "type"),
        ({"category": "nonsense"}, "type"),
        ({"impact": "huge"}, "impact"),
        ({"text": "   "}, "text"),
        ({"text": "x" * 10_001}, "text"),
        ({"time_precision": "second"}, "time_precision"),
        ({"side": "theirs"}, "side"),
        ({"coordinate_source": "guess"}, "coordinate_source"),
        ({"at": None}, "place"),
        ({"at": (-72.6, -13.8)}, "place"),
        ({"at": (13.786, 107.42)}, "place"),
        ({"at": (105.85, 21.03)}, "place"),
        ({"accuracy_m": 0}, "accuracy_m"),
        ({"accuracy_m": 60_000}, "accuracy_m"),
    ],
)
def test_a_report_that_cannot_be_true_is_refused_at_its_field(changes, field, filing, untouched):
    with untouched(), pytest.raises(ValidationError) as refused:
        filing(**changes)
    assert set(refused.value.message_dict) == {field}
    assert not Incident.objects.exists()


def test_a_time_in_the_future_is_refused_but_a_clock_ten_minutes_fast_is_not(filing):
    assert filing(occurred_at=timezone.now() + timedelta(minutes=9)).outcome == "new"
    with pytest.raises(ValidationError) as refused:
        filing(occurred_at=timezone.now() + timedelta(minutes=11))
    assert "occurred_at" in refused.value.message_dict


# --- what escalates by itself ---------------------------------------------------------------------------------


def test_unilateral_activity_near_an_unresolved_area_goes_to_three_institutions_by_itself(ponds, audited, told):
    escalation = Escalation.objects.get()
    assert (escalation.automatic, escalation.policy.slug) == (True, "unilateral-in-unresolved-area")
    duties = Duty.objects.filter(escalation=escalation)
    assert {duty.unit.code for duty in duties} == THREE
    assert {duty.state for duty in duties} == {DutyState.WAITING}
    assert {duty.due_at - duty.started_at for duty in duties} == {timedelta(hours=2)}
    assert Incident.objects.get().status == Status.DISPATCHED
    entry = audited("escalate", ponds.ref)
    assert (entry.actor, entry.actor_name) == (None, "BorderWatch")
    assert set(entry.after["institutions"]) == THREE
    assert told("duty_opened") == {"moi", "moi2", "mfaic", "ssba"}
    steps = Delivery.objects.filter(topic="duty_reminder", bundle__in=[duty.bundle for duty in duties])
    assert {row.state for row in steps} == {Delivery.State.PENDING}
    assert {row.planned_at - escalation.started_at for row in steps} == {
        timedelta(minutes=60),
        timedelta(minutes=120),
        timedelta(minutes=240),
    }


def test_the_same_activity_far_from_any_unresolved_area_waits_for_the_province(filing):
    incident = filing(category="neighbour_unilateral_activity", type="pond_or_canal", at=FAR_FROM_UNRESOLVED).incident
    assert incident.status == Status.SUBMITTED
    assert not Escalation.objects.exists()


@pytest.mark.parametrize(("metres", "escalates"), [(1900, True), (2300, False)])
def test_near_means_two_kilometres_and_the_accuracy(metres, escalates, filing):
    """North of the area by so many metres, known to 20 m."""
    from units.models import UnresolvedArea

    area = UnresolvedArea.objects.get(code="pak-nhai-white-zone").area
    top = max(area[0][0], key=lambda corner: corner[1])
    at = (top[0], top[1] + metres / 110_650)
    filing(category="neighbour_unilateral_activity", type="flag", at=at, accuracy_m=20)
    assert Escalation.objects.exists() is escalates


def test_without_a_position_the_district_counts(filing):
    filing(category="neighbour_unilateral_activity", type="flag", at=None, accuracy_m=None, place_name="Pak Nhai")
    assert Escalation.objects.get().automatic


@pytest.mark.parametrize(
    ("category", "kind"), [("armed_incident", "shooting"), ("cross_border_crime_other", "terrorism_suspicion")]
)
def test_arms_and_terrorism_go_to_the_ministry_of_interior_at_once(category, kind, filing):
    filing(category=category, type=kind, at=FAR_FROM_UNRESOLVED)
    assert [duty.unit.code for duty in Duty.objects.all()] == ["moi"]
    assert Duty.objects.get().due_at - Duty.objects.get().started_at == timedelta(hours=1)


def test_a_policy_out_of_use_starts_nothing(filing):
    EscalationPolicy.objects.filter(slug="armed-incident").update(active=False)
    filing(category="armed_incident", type="shooting", at=FAR_FROM_UNRESOLVED)
    assert not Escalation.objects.exists()


def test_a_later_edit_of_the_policy_changes_no_running_escalation(ponds, filing):
    before = Escalation.objects.get().frozen_policy
    planned = list(Delivery.objects.filter(key=ponds.ref).order_by("pk").values_list("pk", "planned_at"))
    policy = EscalationPolicy.objects.get(slug="unilateral-in-unresolved-area")
    policy.duties.exclude(unit__code="moi").delete()
    policy.duties.update(answer_within_min=5)
    policy.steps.all().delete()
    policy.name_en = "Renamed"
    policy.save()
    escalation = Escalation.objects.get()
    assert escalation.frozen_policy == before
    assert before["name_en"] != "Renamed"
    assert escalation.duties.count() == 3
    assert {duty.due_at - duty.started_at for duty in escalation.duties.all()} == {timedelta(hours=2)}
    assert list(Delivery.objects.filter(key=ponds.ref).order_by("pk").values_list("pk", "planned_at")) == planned


# --- conflicting copies and staged photos ---------------------------------------------------------------------


@pytest.fixture
def copy(filing):
    key = uuid.uuid4()
    when = timezone.now() - timedelta(hours=1)
    filing(key=key, occurred_at=when)
    return filing(key=key, occurred_at=when, text="Another text").copy


def test_the_province_settles_a_conflicting_copy(copy, province, audited):
    settle_conflicting_copy(actor=province, copy=copy, decision="noted", reason="Two groups, counted together.")
    row = ConflictingCopy.objects.get()
    assert (row.decision, row.decided_by, row.reason) == ("noted", province, "Two groups, counted together.")
    assert row.decided_at is not None
    entry = audited("settle_conflicting_copy", copy.incident.ref)
    assert entry.after == {"fingerprint": copy.fingerprint, "decision": "noted"}
    with pytest.raises(ValidationError):
        settle_conflicting_copy(actor=province, copy=copy, decision="same", reason="again")


@pytest.mark.parametrize("who", ["district", "head", "province2", "moi", "auditor", "admin", "outsider"])
def test_nobody_else_settles_it(who, copy, request, untouched):
    with untouched(), pytest.raises(PermissionDenied):
        settle_conflicting_copy(actor=request.getfixturevalue(who), copy=copy, decision="same", reason="the same")
    assert ConflictingCopy.objects.get().decision == ""


@pytest.mark.parametrize(("decision", "reason", "field"), [("maybe", "x", "decision"), ("same", " ", "reason")])
def test_settling_needs_a_decision_and_a_reason(decision, reason, field, copy, province, untouched):
    with untouched(), pytest.raises(ValidationError) as refused:
        settle_conflicting_copy(actor=province, copy=copy, decision=decision, reason=reason)
    assert field in refused.value.message_dict


def test_staged_photos_are_forgotten_after_a_day_and_not_before(district):
    now = timezone.now()
    kept, old = "c" * 64, "d" * 64
    for sha256, age in ((kept, 23), (old, 25)):
        StagedPhoto.objects.create(
            client_key=uuid.uuid4(),
            user=district,
            sha256=sha256,
            original_name="x.jpg",
            content_type="image/jpeg",
            size=1,
            width=1,
            height=1,
            staged_at=now - timedelta(hours=age),
        )
    assert forget_staged() == 1
    assert list(StagedPhoto.objects.values_list("sha256", flat=True)) == [kept]


def test_a_point_is_kept_as_given(filing):
    incident = filing(at=(107.4201234, 13.7864321)).incident
    assert Incident.objects.get(pk=incident.pk).point.equals_exact(Point(107.4201234, 13.7864321, srid=4326), 1e-9)
