"""Assessing a crossing: who may, step by step, two people at one form, what is found out by the system, the end."""

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone, translation

from borderwatch import clock
from borderwatch.models import AuditEntry
from crossings import actions, security
from crossings import assessment_steps as steps
from crossings import assessment_workflow as workflow
from crossings.actions import Conflict
from crossings.actions.assessments import plain
from crossings.choices import AssessmentState
from crossings.models import Assessment, Crossing
from crossings.tests.assessing import complete, content, draft
from units.actions.patrols import Clash


@pytest.fixture
def gate(world: dict[str, Any]) -> Crossing:
    return Crossing.objects.get(slug="vn-o-yadav")


@pytest.fixture
def unit(world: dict[str, Any]) -> Any:
    return world["district-1607"]


@pytest.fixture
def begun(district: Any, gate: Crossing, unit: Any) -> Assessment:
    return draft(district, gate, unit)


def save(actor: Any, assessment: Assessment, step: str, revision: int | None = None, **fields: Any) -> Any:
    more = {name: fields.pop(name) for name in ("form_key", "auto") if name in fields}
    revision = assessment.revision if revision is None else revision
    return actions.save_step(
        actor=actor, assessment=assessment, step=step, revision=revision, content=fields, **more
    )  # fmt: skip


def entries(assessment: Assessment) -> Any:
    return AuditEntry.objects.filter(kind="assessment", key=str(assessment.pk), verb="save_step").order_by("pk")


# --- beginning ------------------------------------------------------------------------------------------------


def test_the_same_key_begins_one_assessment(district: Any, gate: Crossing, unit: Any, audited: Any) -> None:
    key = uuid.uuid4()
    first = actions.start_assessment(actor=district, client_key=key, crossing=gate, unit=unit)
    again = actions.start_assessment(actor=district, client_key=key, crossing=gate, unit=unit)
    assert (first.outcome, again.outcome) == ("new", "same")
    assert first.assessment == again.assessment
    entry = audited("start_assessment", str(first.assessment.pk))
    assert entry.after == {"crossing": gate.slug, "unit": "district-1607"}


def test_a_key_of_another_assessment_is_refused(
    district: Any, province: Any, gate: Crossing, unit: Any, untouched: Any
) -> None:
    key = uuid.uuid4()
    actions.start_assessment(actor=district, client_key=key, crossing=gate, unit=unit)
    with untouched(), pytest.raises(Clash):
        actions.start_assessment(actor=province, client_key=key, crossing=gate, unit=unit)


@pytest.mark.parametrize("who", ["province2", "moi", "mfaic", "auditor", "keeper", "outsider"])
def test_who_does_not_file_there_assesses_nothing(
    who: str, gate: Crossing, unit: Any, request: Any, untouched: Any, begun: Assessment
) -> None:
    person = request.getfixturevalue(who)
    with untouched():
        with pytest.raises(PermissionDenied):
            actions.start_assessment(actor=person, client_key=uuid.uuid4(), crossing=gate, unit=unit)
        with pytest.raises(PermissionDenied):
            save(person, begun, "people", population=5)
        with pytest.raises(PermissionDenied):
            actions.complete_assessment(actor=person, assessment=begun)
        with pytest.raises(PermissionDenied):
            actions.abandon_assessment(actor=person, assessment=begun, reason="no")


def test_it_is_begun_for_a_unit_of_the_province_and_of_the_person(
    district: Any, gate: Crossing, world: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError) as refused:
        actions.start_assessment(actor=district, client_key=uuid.uuid4(), crossing=gate, unit=world["province-01"])
    assert set(refused.value.error_dict) == {"unit"}
    with pytest.raises(PermissionDenied):
        actions.start_assessment(actor=district, client_key=uuid.uuid4(), crossing=gate, unit=world["province-16"])


def test_those_of_the_province_and_institutions_see_it_and_nobody_else(
    begun: Assessment, province: Any, district: Any, head: Any, moi: Any, mfaic: Any, province2: Any, outsider: Any
) -> None:
    for person in (province, district, head, moi, mfaic):
        assert begun in Assessment.objects.visible_to(person)
    for person in (province2, outsider):
        assert begun not in Assessment.objects.visible_to(person)


# --- step by step ---------------------------------------------------------------------------------------------


def test_a_step_is_done_when_its_fields_are_there_and_undone_when_emptied(district: Any, begun: Assessment) -> None:
    first = save(district, begun, "people", population=300)
    assert (first.done, first.assessment.steps_done) == (False, [])
    second = save(district, first.assessment, "people", village_count=2)
    assert (second.done, second.assessment.steps_done) == (True, ["people"])
    visit = save(district, second.assessment, "visit", **content()["visit"])
    assert visit.assessment.steps_done == ["visit", "people"]
    emptied = save(district, visit.assessment, "people", population=None)
    assert (emptied.done, emptied.assessment.steps_done) == (False, ["visit"])
    assert Assessment.objects.get(pk=begun.pk).village_count == 2


@pytest.mark.parametrize("step", steps.STEPS, ids=lambda step: step.slug)
def test_each_step_of_the_table_needs_what_it_says(district: Any, begun: Assessment, step: steps.Step) -> None:
    full = content()[step.slug]
    assert set(full) <= set(step.fields)
    assert not step.lacks(full)
    for group in step.needs:
        assert step.lacks({name: value for name, value in full.items() if name not in group}) == [group]
    assert save(district, begun, step.slug, **full).assessment.steps_done == [step.slug]


def test_every_fact_of_the_model_is_asked_in_one_step(db: None) -> None:
    own = {
        "id", "crossing", "client_key", "unit", "state", "steps_done", "revision", "saves", "nearest_official",
        "nearest_km", "security", "started_by", "started_at", "saved_at", "completed_by", "completed_at", "reason",
    }  # fmt: skip
    assert len(steps.FIELDS) == len(set(steps.FIELDS))
    assert set(steps.FIELDS) == {field.name for field in Assessment._meta.fields} - own


def test_the_same_again_changes_nothing(district: Any, begun: Assessment) -> None:
    first = save(district, begun, "people", population=300)
    again = save(district, begun, "people", population=300)
    assert (first.outcome, again.outcome) == ("saved", "same")
    assert again.assessment.revision == first.assessment.revision == 1
    assert entries(begun).count() == 1


def test_what_the_step_does_not_ask_is_refused(district: Any, begun: Assessment, untouched: Any) -> None:
    with untouched(), pytest.raises(ValidationError):
        save(district, begun, "people", trade_value=Decimal(5))
    with untouched(), pytest.raises(ValidationError):
        save(district, begun, "people", state="complete")
    with pytest.raises(KeyError):
        save(district, begun, "nonsense")


@pytest.mark.parametrize(
    ("step", "field", "fields"),
    [
        ("visit", "visited_on", {"visited_on": date(2999, 1, 1)}),
        ("visit", "visited_on", {"visited_on": date(1999, 12, 31)}),
        ("people", "population", {"population": -1}),
        ("people", "population", {"population": 2_000_001}),
        ("people", "households_dependent", {"population": 10, "households_dependent": 11}),
        ("people", "village_count", {"village_count": 40_000}),
        ("trade", "trade_tonnes", {"trade_tonnes": Decimal("-0.1")}),
        ("trade", "trade_currency", {"trade_value": Decimal(5)}),
        ("trade", "trade_currency", {"trade_value": Decimal(5), "trade_currency": "EUR"}),
        ("trade", "trade_value", {"trade_value": Decimal(2_000_000_000), "trade_currency": "USD"}),
        ("revenue", "revenue_currency", {"revenue_expected": Decimal(5)}),
        ("way", "road_km", {"road_km": 1001.0}),
        # O Yadav's nearest gate lies far away.
        ("way", "road_km", {"road_km": 2.0}),
        ("way", "road_state", {"road_state": "ice"}),
        ("security", "security_risk", {"security_risk": 5}),
        ("other_side", "attitude", {"attitude": "friendly"}),
        ("effects", "hardship", {"hardship": 9}),
        ("effects", "effects_of_closing", {"effects_of_closing": "ក" * 10_001}),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_at_its_field(
    step: str, field: str, fields: dict[str, Any], district: Any, begun: Assessment, untouched: Any
) -> None:
    with untouched(), pytest.raises(ValidationError) as refused:
        save(district, begun, step, **fields)
    assert set(refused.value.error_dict) == {field}
    (sentence,) = refused.value.message_dict[field]
    assert sentence.endswith((".", "។"))
    assert Assessment.objects.get(pk=begun.pk).revision == 0


def test_a_large_sum_of_riels_is_believed_where_as_many_dollars_are_not(district: Any, begun: Assessment) -> None:
    assert save(district, begun, "trade", trade_value=Decimal(2_000_000_000), trade_currency="KHR").done


def test_zero_is_something_known(district: Any, begun: Assessment) -> None:
    assert save(district, begun, "trade", trade_tonnes=Decimal(0)).done


# --- two people at one form -----------------------------------------------------------------------------------


def test_two_savers_of_one_step_notice_each_other_and_nothing_is_lost(
    district: Any, province: Any, begun: Assessment, untouched: Any
) -> None:
    save(province, begun, "people", population=900, villages="ភូមិ ក")
    with untouched(), translation.override("en"), pytest.raises(Conflict) as refused:
        save(district, begun, "people", revision=0, population=700, village_count=3)
    clash = refused.value
    assert (clash.name, clash.theirs) == (province.record_name, {"population": 900, "village_count": None})
    assert province.record_name in clash.messages[0]
    # Having seen both, he saves again what is right.
    saved = save(district, begun, "people", revision=clash.revision, population=700, village_count=3)
    assert (saved.assessment.population, saved.assessment.villages) == (700, "ភូមិ ក")
    assert [entry.after["population"] for entry in entries(begun)] == [900, 700]


def test_two_people_at_two_steps_are_not_in_each_others_way(district: Any, province: Any, begun: Assessment) -> None:
    save(province, begun, "people", population=900)
    saved = save(district, begun, "trade", revision=0, goods=["cassava"])
    assert (saved.assessment.population, saved.assessment.goods) == (900, ["cassava"])


def test_who_sends_what_is_there_already_is_in_no_conflict(district: Any, province: Any, begun: Assessment) -> None:
    save(province, begun, "people", population=900)
    assert save(district, begun, "people", revision=0, population=900).outcome == "same"


def test_an_answer_lost_on_the_way_is_no_conflict_with_oneself(district: Any, begun: Assessment) -> None:
    save(district, begun, "people", revision=0, population=900, form_key="f1", auto=True)
    # The form never heard of it, and was typed on.
    saved = save(district, begun, "people", revision=0, population=950, form_key="f1", auto=True)
    assert saved.assessment.population == 950
    # Another window of the same person is another form.
    with pytest.raises(Conflict):
        save(district, begun, "people", revision=0, population=1, form_key="f2", auto=True)


# --- what the record keeps ------------------------------------------------------------------------------------


def test_saving_by_itself_is_recorded_once_an_hour_a_step_and_a_person(
    district: Any, province: Any, begun: Assessment
) -> None:
    start = clock.now()
    for minute in range(0, 50, 5):
        with clock.replaying(start + timedelta(minutes=minute)):
            begun = save(district, begun, "people", population=100 + minute, auto=True).assessment
    assert [entry.after["population"] for entry in entries(begun)] == [100]
    with clock.replaying(start + timedelta(minutes=51)):
        begun = save(province, begun, "people", population=500, auto=True).assessment
        begun = save(district, begun, "trade", goods_note="x", auto=True).assessment
    assert entries(begun).count() == 3
    with clock.replaying(start + timedelta(minutes=70)):
        begun = save(district, begun, "people", population=600, auto=True).assessment
    assert entries(begun).count() == 4
    # A deliberate save of what was saved by itself meanwhile puts the whole step on record.
    with clock.replaying(start + timedelta(minutes=75)):
        begun = save(district, begun, "people", population=700, auto=True).assessment
        assert entries(begun).count() == 4
        save(district, begun, "people", population=700)
    last = entries(begun).last()
    assert (entries(begun).count(), last.after["population"], last.after["step"]) == (5, 700, "people")


def test_completing_puts_everything_on_record(district: Any, gate: Crossing, unit: Any, audited: Any) -> None:
    row = complete(district, gate, unit)
    entry = audited("complete_assessment", str(row.pk))
    assert {name: entry.after[name] for name in steps.FIELDS} == {
        name: plain(value) for name, value in steps.values_of(row).items()
    }
    assert entry.after["security"] == row.security
    assert 0 <= entry.after["score"] <= 100


# --- what the system finds out --------------------------------------------------------------------------------


def test_the_nearest_official_crossing_is_found_by_the_system(district: Any, begun: Assessment) -> None:
    row = save(district, begun, "way", road_state="paved").assessment
    others = Crossing.objects.with_state().exclude(pk=row.crossing_id).nearest_to(row.crossing.point)
    official = [one for one in others if one.category in {"international", "bilateral", "regional"}]
    assert row.nearest_official == official[0] != row.crossing
    assert row.nearest_km == pytest.approx(official[0].distance.m / 1000, abs=0.05)
    # Typed it cannot be.
    with pytest.raises(ValidationError):
        save(district, row, "way", nearest_km=1.0)


def test_the_security_record_is_drawn_over_the_year_before_the_visit(
    district: Any, begun: Assessment, monkeypatch: Any
) -> None:
    asked: list[tuple[datetime, datetime]] = []

    def count(crossing: Crossing, since: datetime, until: datetime) -> dict[str, int]:
        asked.append((since, until))
        return {"test_figure": 7}

    monkeypatch.setattr(security, "_SOURCES", {"test": security.Source("test", {"test_figure": "seen"}, count)})
    day = timezone.localdate() - timedelta(days=10)
    row = save(district, begun, "visit", visited_on=day, visitors="x").assessment
    assert row.security == {}
    row = save(district, row, "security", security_risk=2).assessment
    assert row.security["figures"] == {"test_figure": 7}
    since, until = asked[-1]
    assert (timezone.localtime(since).date(), timezone.localtime(until).date()) == (
        steps.year_before(day),
        day + timedelta(days=1),
    )
    assert row.security["since"] == since.isoformat()
    # Saved again the same day it stays as it was drawn; another day of the visit draws it anew.
    row = save(district, row, "security", security_note="x").assessment
    assert len(asked) == 1
    row = save(district, row, "visit", visited_on=day - timedelta(days=30)).assessment
    assert len(asked) == 2
    assert row.security["visit"] == (day - timedelta(days=30)).isoformat()


def test_a_year_before_a_leap_day_is_a_day_that_exists() -> None:
    assert steps.year_before(date(2024, 2, 29)) == date(2023, 2, 28)


# --- the end --------------------------------------------------------------------------------------------------


def test_completing_names_the_steps_that_lack_something(
    district: Any, gate: Crossing, unit: Any, untouched: Any
) -> None:
    row = draft(district, gate, unit, "visit", "people", "way")
    with untouched(), translation.override("en"), pytest.raises(ValidationError) as refused:
        actions.complete_assessment(actor=district, assessment=row)
    message = refused.value.messages[0]
    missing = [step for step in steps.STEPS if step.slug not in row.steps_done]
    with translation.override("en"):
        assert len(missing) == 5
        assert all(str(step.label) in message for step in missing)
        assert str(steps.by_slug("people").label) not in message


def test_a_complete_assessment_is_changed_no_more(district: Any, gate: Crossing, unit: Any, untouched: Any) -> None:
    row = complete(district, gate, unit)
    assert (row.state, row.completed_by) == ("complete", district)
    with untouched(), pytest.raises(workflow.Refused):
        save(district, row, "people", population=1)


def test_a_draft_is_abandoned_with_a_reason_and_stays_readable(
    district: Any, begun: Assessment, audited: Any, untouched: Any
) -> None:
    with untouched(), pytest.raises(ValidationError) as refused:
        actions.abandon_assessment(actor=district, assessment=begun, reason="  ")
    assert set(refused.value.error_dict) == {"reason"}
    row = actions.abandon_assessment(actor=district, assessment=begun, reason="ច្រកមិនមានទៀតទេ")
    assert (row.state, row.reason) == ("abandoned", "ច្រកមិនមានទៀតទេ")
    assert audited("abandon_assessment", str(row.pk)).reason == "ច្រកមិនមានទៀតទេ"


@pytest.mark.parametrize("verb", workflow.TRANSITIONS)
@pytest.mark.parametrize("state", AssessmentState.values)
def test_every_pair_of_the_table(verb: str, state: str, district: Any, gate: Crossing, unit: Any) -> None:
    row = draft(district, gate, unit, *content())
    Assessment.objects.filter(pk=row.pk).update(
        state=state, completed_at=datetime(2026, 1, 1, tzinfo=UTC) if state == "complete" else None
    )
    row.refresh_from_db()

    def do() -> Any:
        if verb == "save_step":
            return save(district, row, "people", population=300).assessment
        more = {"reason": "x"} if verb == "abandon_assessment" else {}
        return getattr(actions, verb)(actor=district, assessment=row, **more)

    sources, target = workflow.TRANSITIONS[verb]
    if state in sources:
        assert do().state == (target or state)
    else:
        with pytest.raises(workflow.Refused):
            do()
        assert Assessment.objects.get(pk=row.pk).state == state


def test_the_province_takes_up_what_the_district_began(province: Any, district: Any, gate: Crossing, unit: Any) -> None:
    row = draft(district, gate, unit, *content())
    done = actions.complete_assessment(actor=province, assessment=row)
    assert (done.started_by, done.completed_by) == (district, province)
