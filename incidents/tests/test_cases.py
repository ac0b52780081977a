"""Accountability cases: when they open, what is frozen, who is told, every step's effect and refusals."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from borderwatch import sealed
from borderwatch.models import AuditEntry, Delivery
from incidents import actions, cases, tasks
from incidents.choices import CaseState, Detector, Outcome
from incidents.models import AccountabilityCase, AccountabilityPolicy, Attribution, Incident
from incidents.tests.accountability import after, bring, notified, opened
from units.models import Patrol

PDF = b"%PDF-1.7\n1 0 obj\n"
OTHERS = ("district", "province2", "mfaic", "auditor", "admin", "keeper", "disabled", "outsider")


def document(name="order.pdf", content=PDF):
    return SimpleUploadedFile(name, content, content_type="application/pdf")


@pytest.fixture(autouse=True)
def _english():
    """Refusals are compared by their words."""
    with translation.override("en"):
        yield


@pytest.fixture
def patrol(world, head):
    now = timezone.now()
    return Patrol.objects.create(
        client_key="8c5e0c52-0c5c-4c7e-9f4f-0a1b2c3d4e5f",
        unit=world["post-1607-1"],
        state="finished",
        leader_name="Sgt. Run",
        strength=4,
        started_at=now - timedelta(hours=9),
        finished_at=now - timedelta(hours=3),
        entered_by=head,
        entered_at=now,
    )


# --- opening ------------------------------------------------------------------------------------------------------


def test_a_verified_group_crossing_inside_a_sector_opens_a_case_and_the_head_is_told(
    file, province, head, world, audited, told
):
    case = notified(file, province)
    row = Attribution.objects.get(incident=case.incident, current=True)
    assert case.ref == f"{case.incident.ref}-1"
    assert (case.unit, case.attribution, case.tenure) == (world["post-1607-1"], row, row.tenure)
    assert (case.head_person, case.head_name_en, case.head_rank) == (head, row.head_name_en, row.head_rank)
    assert (case.state, case.opened_by) == (CaseState.NOTIFIED, None)
    assert case.frozen_policy["slug"] == "illegal-crossing"
    assert case.due_at == case.notified_at + timedelta(days=7)
    assert "Group crossing" in case.charge
    assert row.sector_code in case.charge
    assert case.incident.text not in case.charge
    entry = audited("open_case", case.ref)
    assert (entry.actor, entry.after["automatic"], entry.after["unit"]) == (None, True, "post-1607-1")
    assert audited("notify_head", case.ref).actor is None
    assert told("case_opened") == {"province"}
    assert told("case_notified") == {"province", "head"}
    reminders = Delivery.objects.filter(topic="case_reminder", bundle=case.bundle, state=Delivery.State.PENDING)
    assert {row.user for row in reminders} == {head}
    assert sorted(row.planned_at for row in reminders) == [case.due_at - timedelta(days=2), case.due_at]


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "attempted_entry"},  # stopped at the line: the unit did its duty
        {"category": "smuggling", "type": "drugs"},
        {"at": None, "place_name": "somewhere"},  # no sector
        {"accuracy_m": 20_000},  # contested
    ],
    ids=str,
)
def test_where_policy_or_place_does_not_say_so_no_case_opens_by_itself(changes, file, province, world):
    incident = file(
        **({"district": world["district-1607"].district} if changes.get("at", 1) is None else {}), **changes
    )
    actions.verify_incident(actor=province, incident=incident)
    assert not AccountabilityCase.objects.exists()


def test_nothing_opens_before_the_incident_is_verified(file):
    file()
    assert not AccountabilityCase.objects.exists()


def test_where_nobody_of_the_unit_could_be_told_a_reviewer_must_notify(file, province, head):
    from units.actions import end_posting, end_tenure

    for posting in head.postings.all():
        end_posting(actor=None, posting=posting, at=timezone.now(), reason="retired")
    incident = file(occurred_at=timezone.now() - timedelta(hours=2))
    tenure = incident.attributions.get().tenure
    end_tenure(actor=None, tenure=tenure, at=timezone.now(), reason="retired")
    head.is_active = False
    head.save()
    actions.verify_incident(actor=province, incident=incident)
    case = AccountabilityCase.objects.get()
    assert (case.state, case.notified_at) == (CaseState.OPENED, None)


def test_a_reviewer_opens_a_case_with_a_reason(file, province, head, audited, told, world):
    incident = file(category="smuggling", type="drugs")
    case = actions.open_case(actor=province, incident=incident, charge=" Six tonnes passed. ", reason=" Third time. ")
    assert (case.charge, case.reason, case.opened_by) == ("Six tonnes passed.", "Third time.", province)
    assert (case.state, case.policy.slug) == (CaseState.OPENED, "smuggling")
    entry = audited("open_case", case.ref)
    assert (entry.actor, entry.reason) == (province, "Third time.")
    assert told("case_opened") == set()  # the only reviewer opened it himself
    with pytest.raises(ValidationError, match="open on this unit"):
        actions.open_case(actor=province, incident=incident, reason="again")


@pytest.mark.parametrize("who", [*OTHERS, "head"])
def test_nobody_else_opens_a_case(who, file, request, untouched):
    incident = file()
    with untouched(), pytest.raises(PermissionDenied):
        actions.open_case(actor=request.getfixturevalue(who), incident=incident, reason="x")


def test_opening_needs_a_reason_and_a_settled_attribution(file, province, untouched):
    plain, contested = file(), file(accuracy_m=20_000)
    with untouched(), pytest.raises(ValidationError) as refused:
        actions.open_case(actor=province, incident=plain, reason=" ")
    assert "reason" in refused.value.message_dict
    with untouched(), pytest.raises(ValidationError, match="contested"):
        actions.open_case(actor=province, incident=contested, reason="x")


def test_an_exceptional_report_opens_nothing_by_itself_and_its_text_is_no_charge(file, province, moi, untouched):
    incident = file()
    Incident.objects.filter(pk=incident.pk).update(exceptional=True)
    actions.verify_incident(actor=province, incident=incident)
    assert not AccountabilityCase.objects.exists()
    with untouched(), pytest.raises(ValidationError) as refused:
        actions.open_case(actor=moi, incident=incident, reason="x")
    assert "charge" in refused.value.message_dict


def test_what_was_confided_is_not_shown_through_a_case(file, province, moi, head, told):
    incident = file()
    Incident.objects.filter(pk=incident.pk).update(
        exceptional=True, source="own_patrol", audience=[moi.postings.get().unit_role.unit_id]
    )
    with pytest.raises(PermissionDenied):
        actions.open_case(actor=province, incident=incident, charge="x", reason="x")
    case = actions.open_case(actor=moi, incident=incident, charge="The path was left unwatched.", reason="confided")
    assert not AccountabilityCase.objects.visible_to(province).exists()
    assert not AccountabilityCase.objects.visible_to(head).exists()
    assert "province" not in told("case_opened")
    assert (case.detected_by, case.credited, case.reported_after_min) == (Detector.UNKNOWN, False, None)
    assert case in cases.cases_waiting_for(moi)
    with pytest.raises(PermissionDenied):
        actions.notify_head(actor=province, case=case)
    actions.notify_head(actor=moi, case=case)
    assert AccountabilityCase.objects.visible_to(head).get() == case
    assert not Incident.objects.visible_to(head).exists()


# --- who found it -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "unit", "found_by", "credited"),
    [
        ("own_patrol", "post-1607-1", Detector.OWN_UNIT, True),
        ("own_patrol", "district-1607", Detector.OTHER_UNIT, False),
        ("villager", "post-1607-1", Detector.PEOPLE, False),
        ("ministry", "district-1607", Detector.MINISTRY, False),
        ("neighbour_authority", "district-1607", Detector.NEIGHBOUR, False),
        ("media", "district-1607", Detector.MEDIA, False),
        ("", "district-1607", Detector.UNKNOWN, False),
    ],
)
def test_who_found_it_is_frozen_and_the_unit_that_finds_is_credited(
    source, unit, found_by, credited, file, province, head, district, world
):
    actor = head if unit.startswith("post") else district
    case = notified(file, province, source=source, unit=world[unit], actor=actor)
    assert (case.detected_by, case.credited) == (found_by, credited)
    assert 59 <= case.reported_after_min <= 61


def test_late_is_not_early_and_a_rough_time_is_no_time(file, province, head, world):
    late = {"unit": world["post-1607-1"], "actor": head, "source": "own_patrol"}
    case = notified(file, province, occurred_at=timezone.now() - timedelta(days=3), **late)
    assert (case.credited, case.detected_by) == (False, Detector.OWN_UNIT)
    incident = file(occurred_at=timezone.now() - timedelta(days=3), time_precision="day", **late)
    actions.verify_incident(actor=province, incident=incident)
    assert AccountabilityCase.objects.get(incident=incident).reported_after_min is None


# --- steps --------------------------------------------------------------------------------------------------------


def test_the_head_explains_with_a_file_and_a_patrol(file, province, head, patrol, audited, told):
    case = notified(file, province)
    actions.explain(
        actor=head,
        case=case,
        text=" We were on the ridge. ",
        files=[document(), document("same.pdf")],
        patrols=[patrol],
    )
    case.refresh_from_db()
    step = case.steps.last()
    assert (step.text, step.by, step.by_name) == ("We were on the ridge.", head, head.record_name)
    one, two = step.attachments.all()
    assert (one.content_type, one.size, one.added_by) == ("application/pdf", len(PDF), head)
    assert sealed.path_of(one.sha256).read_bytes() == PDF
    assert two.patrol == patrol
    entry = audited("explain", case.ref)
    assert entry.after["attachments"] == [{"sha256": one.sha256, "name": "same.pdf"}, {"patrol": patrol.ref}]
    assert "province" in told("case_step")
    # The reminder of the explanation is not needed any more.
    assert not Delivery.objects.filter(topic="case_reminder", user=head, state=Delivery.State.PENDING).exists()


def test_an_explanation_needs_words_true_files_and_own_patrols(file, province, head, patrol, world, untouched):
    case = notified(file, province)
    elsewhere = Patrol.objects.get(pk=patrol.pk)
    Patrol.objects.filter(pk=patrol.pk).update(unit=world["post-1607-2"])
    for given, field in (
        ({"text": " "}, "text"),
        ({"text": "x", "files": [document(content=b"MZ not a document")]}, "files"),
        ({"text": "x", "files": [document()] * 9}, "files"),
        ({"text": "x", "patrols": [elsewhere]}, "patrols"),
    ):
        with untouched(), pytest.raises(ValidationError) as refused:
            actions.explain(actor=head, case=case, **given)
        assert field in refused.value.message_dict


def test_the_head_of_that_time_answers_wherever_he_serves_now(file, province, head, world):
    from units.actions import end_posting

    case = notified(file, province)
    for posting in head.postings.all():
        end_posting(actor=None, posting=posting, at=timezone.now(), reason="moved")
    assert AccountabilityCase.objects.visible_to(head).get() == case
    assert list(cases.cases_waiting_for(head)) == [case]
    actions.explain(actor=head, case=case, text="I was there.")
    assert case.steps.last().by == head


def test_a_review_without_explanation_begins_only_after_the_deadline(file, province, untouched):
    case = notified(file, province)
    with untouched(), pytest.raises(ValidationError, match="still has time"):
        actions.take_to_review(actor=province, case=case)
    with after(case):
        actions.take_to_review(actor=province, case=case)
    case.refresh_from_db()
    assert case.state == CaseState.REVIEW


def test_a_ruling_is_told_to_the_head_and_can_be_appealed_in_time(file, province, head, moi, audited, untouched):
    case = bring(notified(file, province), CaseState.REVIEW, reviewer=province, head=head, above=moi)
    for bad, field in (
        ({"outcome": "withdrawn", "text": "x"}, "outcome"),
        ({"outcome": "accountable", "text": ""}, "text"),
    ):
        with untouched(), pytest.raises(ValidationError) as refused:
            actions.rule_case(actor=province, case=case, **bad)
        assert field in refused.value.message_dict
    actions.rule_case(actor=province, case=case, outcome="accountable", measures="Reprimand", text="Nine days.")
    case.refresh_from_db()
    assert (case.outcome, case.measures) == (Outcome.ACCOUNTABLE, "Reprimand")
    entry = audited("rule_case", case.ref)
    assert (entry.actor, entry.after["outcome"], entry.reason) == (province, "accountable", "Nine days.")
    assert Delivery.objects.filter(topic="case_step", user=head, event__endswith=f":{case.steps.count()}").exists()
    with after(case), untouched(), pytest.raises(ValidationError, match="run out"):
        actions.appeal(actor=head, case=case, text="Unjust")
    with untouched(), pytest.raises(ValidationError, match="not run out"):
        actions.close_case(actor=province, case=case)
    actions.appeal(actor=head, case=case, text="Unjust", files=[document()])
    assert Delivery.objects.filter(topic="case_step", user=moi, key=case.ref).exists()
    assert case in cases.cases_waiting_for(moi)
    assert case not in cases.cases_waiting_for(province)


def test_who_is_cleared_has_nothing_to_appeal_and_waits_for_nothing(file, province, head, moi, untouched):
    case = bring(notified(file, province), CaseState.REVIEW, reviewer=province, head=head, above=moi)
    actions.rule_case(actor=province, case=case, outcome=Outcome.NOT_ACCOUNTABLE, text="The post did its part.")
    case.refresh_from_db()
    assert case.due_at is None
    with untouched(), pytest.raises(ValidationError, match="nothing to appeal"):
        actions.appeal(actor=head, case=case, text="x")
    actions.close_case(actor=province, case=case)
    case.refresh_from_db()
    assert (case.state, case.outcome) == (CaseState.CLOSED, Outcome.NOT_ACCOUNTABLE)


def test_while_it_is_contested_who_answers_no_case_is_ruled_but_its_clock_goes_on(file, province, head, moi, untouched):
    case = bring(notified(file, province), CaseState.REVIEW, reviewer=province, head=head, above=moi)
    due = case.due_at
    actions.contest_attribution(actor=head, incident=case.incident, reason="Beyond the stream.")
    case.refresh_from_db()
    assert (case.state, case.due_at) == (CaseState.REVIEW, due)
    with untouched(), pytest.raises(ValidationError, match="Rule on the contest"):
        actions.rule_case(actor=province, case=case, outcome=Outcome.ACCOUNTABLE, text="x")
    assert "rule_case" not in cases.verbs_open_to(province, AccountabilityCase.objects.get(pk=case.pk))


def test_a_withdrawn_case_says_why(file, province, audited, untouched):
    case = notified(file, province)
    with untouched(), pytest.raises(ValidationError) as refused:
        actions.withdraw_case(actor=province, case=case, reason="")
    assert "reason" in refused.value.message_dict
    actions.withdraw_case(actor=province, case=case, reason="It did not happen.")
    case.refresh_from_db()
    assert (case.state, case.outcome, case.due_at) == (CaseState.CLOSED, Outcome.WITHDRAWN, None)
    assert audited("withdraw_case", case.ref).reason == "It did not happen."
    assert not Delivery.objects.filter(bundle=case.bundle, state=Delivery.State.PENDING).exists()


@pytest.mark.parametrize("who", OTHERS)
def test_nobody_else_does_any_step(who, file, province, head, moi, request, untouched):
    person = request.getfixturevalue(who)
    case = notified(file, province)
    steps = (
        (CaseState.NOTIFIED, lambda: actions.explain(actor=person, case=case, text="x")),
        (CaseState.EXPLAINED, lambda: actions.take_to_review(actor=person, case=case)),
        (CaseState.REVIEW, lambda: actions.rule_case(actor=person, case=case, outcome="accountable", text="x")),
        (CaseState.RULED, lambda: actions.appeal(actor=person, case=case, text="x")),
        (CaseState.RULED, lambda: actions.close_case(actor=person, case=case)),
        (CaseState.APPEALED, lambda: actions.decide_appeal(actor=person, case=case, outcome="accountable", text="x")),
    )
    for state, verb in steps:
        bring(case, state, reviewer=province, head=head, above=moi)
        with untouched(), pytest.raises(PermissionDenied):
            verb()
        assert not cases.verbs_open_to(person, case)


# --- who sees, and what waits -------------------------------------------------------------------------------------


def test_who_sees_a_case_before_and_after_the_head_is_notified(file, province, head, request):
    case = opened(file, province)

    def seers():
        names = (
            "district",
            "province",
            "province2",
            "head",
            "former_head",
            "moi",
            "mfaic",
            "auditor",
            "keeper",
            "disabled",
        )
        people = {name: request.getfixturevalue(name) for name in names}
        return {name for name, user in people.items() if AccountabilityCase.objects.visible_to(user).exists()}

    assert seers() == {"province", "moi", "auditor"}
    actions.notify_head(actor=province, case=case)
    assert seers() == {"province", "moi", "auditor", "head"}


def test_what_waits_for_whom(file, province, head, moi, auditor, django_assert_max_num_queries):
    case = opened(file, province)

    def waiting():
        return {user.username for user in (province, head, moi, auditor) if cases.cases_waiting_for(user).exists()}

    assert waiting() == {"province"}
    actions.notify_head(actor=province, case=case)
    assert waiting() == {"head"}
    with after(case):
        assert waiting() == {"head", "province"}
    actions.explain(actor=head, case=case, text="x")
    assert waiting() == {"province"}
    with django_assert_max_num_queries(14):
        assert list(cases.cases_waiting_for(province))


def test_the_buttons_follow_state_person_and_time(file, province, head, moi):
    case = opened(file, province)
    assert cases.verbs_open_to(province, case) == {"notify_head", "withdraw_case"}
    assert cases.verbs_open_to(head, case) == frozenset()
    case = bring(case, CaseState.NOTIFIED, reviewer=province, head=head, above=moi)
    assert cases.verbs_open_to(province, case) == {"withdraw_case"}
    assert cases.verbs_open_to(head, case) == {"explain"}
    with after(case):
        assert cases.verbs_open_to(province, case) == {"withdraw_case", "take_to_review"}
    case = bring(case, CaseState.RULED, reviewer=province, head=head, above=moi)
    assert (cases.verbs_open_to(head, case), cases.verbs_open_to(province, case)) == ({"appeal"}, frozenset())
    with after(case):
        assert (cases.verbs_open_to(head, case), cases.verbs_open_to(province, case)) == (frozenset(), {"close_case"})
    case = bring(case, CaseState.APPEALED, reviewer=province, head=head, above=moi)
    assert cases.verbs_open_to(province, case) == frozenset()
    assert cases.verbs_open_to(moi, case) == {"decide_appeal"}
    assert not cases.may_open(province, case.incident)


# --- the watch ----------------------------------------------------------------------------------------------------


def test_an_overdue_step_is_told_once_to_the_reviewers_and_the_level_above(file, province, told):
    case = opened(file, province)
    assert tasks.watch_cases() == {"closed": 0, "overdue_cases": 0, "overdue_contests": 0}
    with after(case):
        assert tasks.watch_cases()["overdue_cases"] == 1
        assert tasks.watch_cases()["overdue_cases"] == 0
    assert told("case_overdue") == {"province", "moi", "moi2", "moi-deputy", "moi-principal"}


def test_a_ruling_nobody_appealed_closes_by_itself(file, province, head, moi, audited):
    case = bring(notified(file, province), CaseState.RULED, reviewer=province, head=head, above=moi)
    assert tasks.watch_cases()["closed"] == 0
    with after(case):
        assert tasks.watch_cases()["closed"] == 1
        assert tasks.watch_cases()["closed"] == 0
    case.refresh_from_db()
    assert (case.state, case.outcome) == (CaseState.CLOSED, Outcome.ACCOUNTABLE)
    entry = audited("close_case", case.ref)
    assert (entry.actor, entry.actor_name) == (None, "BorderWatch")


# --- the tables ---------------------------------------------------------------------------------------------------


def test_a_reload_never_overwrites_a_policy_in_use(db):
    from incidents import reference

    AccountabilityPolicy.objects.filter(slug="illegal-crossing").update(explain_within_days=21)
    assert reference.load()["accountability_policies"] == 4
    assert AccountabilityPolicy.objects.get(slug="illegal-crossing").explain_within_days == 21


def test_every_policy_names_known_categories_and_types(db):
    from incidents.choices import TYPES

    for policy in AccountabilityPolicy.objects.all():
        assert set(policy.categories) <= set(TYPES)
        known = set().union(*(TYPES[category] for category in policy.categories)) if policy.categories else set()
        assert set(policy.types) <= known
        assert policy.name_km
        assert policy.legal_basis_km


def test_the_database_refuses_a_second_open_case_and_a_case_without_charge(file, province):
    case = notified(file, province)
    case.pk, case.number, case.ref = None, 2, f"{case.ref}x"
    with pytest.raises(IntegrityError, match="one_open_case"), transaction.atomic():
        case.save(force_insert=True)
    with pytest.raises(IntegrityError, match="says_what_is_held"), transaction.atomic():
        AccountabilityCase.objects.update(charge="")
    assert AuditEntry.objects.filter(kind="accountabilitycase").count() == 2
