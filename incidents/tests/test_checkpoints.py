"""Unauthorised checkpoints: recognised by place, described, and who must remove them by rule."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from borderwatch import clock
from crossings.models import Classification, Crossing
from incidents import actions, checkpoints
from incidents.choices import CheckpointState, RecognisedBy
from incidents.models import Checkpoint
from incidents.tests.checkpoints import GATE, KM, draw, reported, square
from incidents.workflow import Refused
from units.choices import UnitKind
from units.models import Unit


@pytest.fixture
def gate(world):
    """O Yadav with a perimeter of two by two kilometres."""
    return draw(Crossing.objects.get(slug="vn-o-yadav"), square(*GATE, 1))


def describe(actor, row, **changes):
    return actions.describe_checkpoint(actor=actor, checkpoint=row, **{"operator": "private", **changes})


# --- recognition by place -------------------------------------------------------------------------------------


def test_one_inside_a_perimeter_is_recognised_for_that_crossing_with_the_metres_inside(gate, file, audited, world):
    row = reported(file)
    assert (row.crossing, row.recognised_by, row.state) == (gate, RecognisedBy.PERIMETER, CheckpointState.STANDING)
    assert row.inside_m == pytest.approx(1000, rel=0.05)
    assert (row.remover, row.remover_rule) == (world["province-16"], "province")
    entry = audited("recognise_checkpoint", row.incident.ref)
    assert (entry.kind, entry.actor) == ("checkpoint", None)
    assert entry.after["holding"][0]["crossing"] == "vn-o-yadav"


def test_one_outside_every_perimeter_says_so(gate, file):
    row = reported(file, at=(GATE[0] - 1.2 * KM, GATE[1]))
    assert (row.crossing, row.recognised_by, row.inside_m) == (None, RecognisedBy.NOWHERE, None)


def test_outside_every_perimeter_the_reporters_word_counts(gate, file):
    other = Crossing.objects.get(slug="th-poipet")
    row = reported(file, at=(107.2, 13.9), near_crossing=other)
    assert (row.crossing, row.recognised_by, row.inside_m) == (other, RecognisedBy.REPORTER, None)


def test_the_place_counts_more_than_the_reporters_word(gate, file):
    row = reported(file, near_crossing=Crossing.objects.get(slug="th-poipet"))
    assert (row.crossing, row.recognised_by) == (gate, RecognisedBy.PERIMETER)


def test_without_a_place_only_the_reporters_word_is_left(gate, file):
    row = reported(file, at=None, place_name="អូរយ៉ាដាវ", near_crossing=gate, coordinate_source="description",
                   accuracy_m=None)  # fmt: skip
    assert (row.crossing, row.recognised_by) == (gate, RecognisedBy.REPORTER)


def test_where_two_perimeters_overlap_the_deeper_one_counts(gate, file, signed_in, province):
    other = Crossing.objects.exclude(pk=gate.pk).filter(district__province__code="16").first()
    other = other or Crossing.objects.get(slug="th-poipet")
    draw(other, square(GATE[0] + 1.2 * KM, GATE[1], 1))
    row = reported(file, at=(GATE[0] + 0.4 * KM, GATE[1]))
    assert row.crossing == gate
    assert row.inside_m == pytest.approx(600, rel=0.05)
    page = signed_in(province).get(row.incident.get_absolute_url()).content.decode()
    assert gate.name_km in page
    assert other.name_km in page


def test_a_corridor_has_no_ground_of_an_official_crossing(gate, file):
    Classification.objects.filter(crossing=gate, side="kh").update(category="illegal_corridor")
    assert reported(file).recognised_by == RecognisedBy.NOWHERE


def test_it_counts_what_the_crossing_was_held_to_be_at_the_time(gate, file):
    week = clock.now() - timedelta(days=7)
    rows = Classification.objects.filter(crossing=gate, side="kh")
    rows.update(period=(None, week))
    Classification.objects.create(
        crossing=gate, side="kh", category="illegal_corridor", period=(week, None), set_at=clock.now()
    )
    assert reported(file, occurred_at=clock.now() - timedelta(days=9)).crossing == gate
    assert reported(file).crossing is None


@pytest.mark.parametrize("kind", ["unofficial_fee", "obstruction", "dereliction"])
def test_other_irregularities_are_no_checkpoint_by_themselves(gate, file, kind):
    file(category="checkpoint_irregularity", type=kind, at=GATE)
    assert not Checkpoint.objects.exists()


def test_filing_asks_four_questions_more_for_a_checkpoint_and_one_at_most_for_others(gate, file):
    def cost(**words):
        with CaptureQueriesContext(connection) as asked:
            file(at=GATE, **words)
        return len(asked)

    plain = cost(category="checkpoint_irregularity", type="unofficial_fee")
    # The perimeters, the province's administration, the row, its line in the audit.
    assert cost(category="checkpoint_irregularity", type="unauthorised_checkpoint") <= plain + 4
    assert cost(category="public_order_safety", type="fire") <= plain
    assert cost(category="illegal_crossing", type="entry") <= plain + 1


# --- what a later perimeter changes ---------------------------------------------------------------------------


def test_a_perimeter_drawn_later_rewrites_nothing_and_the_page_says_so(world, file, signed_in, province):
    row = reported(file)
    assert row.recognised_by == RecognisedBy.NOWHERE
    gate = draw(Crossing.objects.get(slug="vn-o-yadav"), square(*GATE, 1))
    page = signed_in(province).get(row.incident.get_absolute_url())
    assert page.context["checkpoint_differs"]
    assert page.context["checkpoint_today"].slug == gate.slug
    row.refresh_from_db()
    assert row.crossing is None


def test_the_province_recognises_it_again_with_a_reason(world, file, province, audited, untouched):
    row = reported(file)
    gate = draw(Crossing.objects.get(slug="vn-o-yadav"), square(*GATE, 1))
    with untouched(), pytest.raises(ValidationError) as refusal:
        actions.recognise_again(actor=province, checkpoint=row, reason="  ")
    assert "reason" in refusal.value.error_dict
    again = actions.recognise_again(actor=province, checkpoint=row, reason="The perimeter was drawn")
    assert (again.crossing, again.recognised_by) == (gate, RecognisedBy.PERIMETER)
    entry = audited("recognise_again", row.incident.ref)
    assert (entry.before["crossing"], entry.after["crossing"]) == (None, "vn-o-yadav")


@pytest.mark.parametrize("who", ["district", "head", "moi", "keeper", "auditor", "province2", "outsider"])
def test_nobody_else_recognises_it_again(gate, file, request, untouched, who):
    row = reported(file)
    with untouched(), pytest.raises(PermissionDenied):
        actions.recognise_again(actor=request.getfixturevalue(who), checkpoint=row, reason="So")


def test_a_fee_taken_at_a_checkpoint_of_his_own_is_recognised_by_the_province(gate, file, province, district):
    incident = file(category="checkpoint_irregularity", type="unofficial_fee", at=GATE)
    with pytest.raises(PermissionDenied):
        actions.recognise_checkpoint(actor=district, incident=incident, reason="They put up a barrier")
    row = actions.recognise_checkpoint(actor=province, incident=incident, reason="They put up a barrier")
    assert (row.crossing, row.state) == (gate, CheckpointState.STANDING)
    with pytest.raises(ValidationError):
        actions.recognise_checkpoint(actor=province, incident=incident, reason="Once more")


def test_what_is_no_irregularity_at_a_checkpoint_cannot_become_one(gate, file, province):
    with pytest.raises(PermissionDenied):
        actions.recognise_checkpoint(actor=province, incident=file(at=GATE), reason="So")


# --- who must remove it ---------------------------------------------------------------------------------------


def test_above_a_post_the_command_removes_it_and_not_the_battalion(gate, file, district, world):
    row = describe(district, reported(file), operator="border_police", operator_unit=world["post-1607-1"])
    assert (row.remover, row.remover_rule) == (world["command-16"], "unit_above")


def test_above_a_district_the_province_removes_it(gate, file, district, world):
    row = describe(district, reported(file), operator="local_authority", operator_unit=world["district-1609"])
    assert (row.remover, row.remover_rule) == (world["province-16"], "unit_above")


def test_above_an_administration_of_a_province_the_ministry_removes_it(gate, file, district, world):
    row = describe(district, reported(file), operator="local_authority", operator_unit=world["province-16"])
    assert (row.remover, row.remover_rule) == (world["moi"], "unit_above")


@pytest.mark.parametrize("operator", ["private", "company", "unknown", "customs"])
def test_without_a_unit_the_province_of_the_crossing_removes_it(gate, file, district, world, operator):
    row = describe(district, reported(file), operator=operator)
    assert (row.remover, row.remover_rule) == (world["province-16"], "province")


def test_it_is_the_province_of_the_crossing_not_of_the_report(world, file, district):
    row = describe(district, reported(file, near_crossing=Crossing.objects.get(slug="th-poipet")))
    assert row.remover == world["province-01"]


def test_of_the_neighbours_force_the_province_answers_and_the_ministries_are_told(gate, file, district, world):
    row = describe(district, reported(file), operator="neighbour", operator_name="ទាហានជិតខាង")
    assert (row.remover, row.remover_rule) == (world["province-16"], "neighbour")


def test_where_the_register_has_no_province_nobody_is_named(gate, file, district, province, world):
    row = reported(file)
    Unit.objects.filter(kind=UnitKind.PROVINCE, province__code="16").update(kind=UnitKind.DEPARTMENT)
    row = describe(district, row)
    assert (row.remover, row.remover_rule) == (None, "nobody")
    with pytest.raises(ValidationError):
        actions.order_removal(actor=province, checkpoint=row, remove_by=checkpoints.today())


# --- what is known of it --------------------------------------------------------------------------------------


def test_the_filer_says_who_stands_there_and_what_is_asked(gate, file, district, world, audited):
    day = checkpoints.today() - timedelta(days=12)
    row = describe(
        district, reported(file), operator="customs", operator_name="  ការិយាល័យគយ  ", fee_asked=True,
        fee_amount=Decimal(10000), fee_currency="KHR", fee_note="ម៉ូតូ", obstruction="delays",
        obstruction_note="រង់ចាំ ១ ម៉ោង", first_seen_on=day,
    )  # fmt: skip
    row.refresh_from_db()
    assert (row.operator_name, row.fee_amount, row.fee_currency) == ("ការិយាល័យគយ", Decimal(10000), "KHR")
    assert checkpoints.age_days(row) == 12
    entry = audited("describe_checkpoint", row.incident.ref)
    assert entry.after["fee"] == "10000 KHR"
    assert entry.before["operator"] == ""
    assert "remover" not in entry.after


@pytest.mark.parametrize("who", ["head", "moi", "keeper", "auditor", "province2", "outsider"])
def test_who_does_not_file_there_does_not_describe(gate, file, request, untouched, who):
    row = reported(file)
    with untouched(), pytest.raises(PermissionDenied):
        describe(request.getfixturevalue(who), row)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("operator", {"operator": "pirates"}),
        ("operator", {"operator": ""}),
        ("fee_currency", {"fee_asked": True, "fee_amount": Decimal(5000)}),
        ("fee_amount", {"fee_asked": True, "fee_currency": "KHR"}),
        ("fee_amount", {"fee_asked": True, "fee_amount": Decimal(0), "fee_currency": "KHR"}),
        ("fee_amount", {"fee_asked": True, "fee_amount": Decimal(-5), "fee_currency": "KHR"}),
        ("fee_amount", {"fee_asked": True, "fee_amount": Decimal(10) ** 12, "fee_currency": "KHR"}),
        ("fee_currency", {"fee_asked": True, "fee_amount": Decimal(5), "fee_currency": "XXX"}),
        ("fee_asked", {"fee_asked": False, "fee_amount": Decimal(5), "fee_currency": "USD"}),
        ("fee_asked", {"fee_amount": Decimal(5), "fee_currency": "USD"}),
        ("obstruction", {"obstruction": "somewhat"}),
    ],
)
def test_what_cannot_be_so_is_refused_at_its_field(gate, file, district, untouched, field, words):
    row = reported(file)
    with untouched(), pytest.raises(ValidationError) as refusal:
        describe(district, row, **words)
    assert field in refusal.value.error_dict
    row.refresh_from_db()
    assert row.operator == ""


@pytest.mark.parametrize("days", [-1, 1])
def test_it_has_not_stood_since_tomorrow_nor_since_after_it_was_seen(gate, file, district, days):
    row = reported(file, occurred_at=clock.now() - timedelta(days=3))
    with pytest.raises(ValidationError) as refusal:
        describe(district, row, first_seen_on=checkpoints.today() - timedelta(days=days))
    assert "first_seen_on" in refusal.value.error_dict


def test_a_report_that_knows_only_the_month_leaves_the_first_day_open(gate, file, district):
    row = reported(file, occurred_at=clock.now() - timedelta(days=40), time_precision="month")
    day = checkpoints.today() - timedelta(days=20)
    assert describe(district, row, first_seen_on=day).first_seen_on == day


@pytest.mark.parametrize("operator", ["private", "neighbour", "unknown"])
def test_a_unit_of_ours_is_named_only_for_a_body_of_ours(gate, file, district, world, operator):
    with pytest.raises(ValidationError) as refusal:
        describe(district, reported(file), operator=operator, operator_unit=world["post-1607-1"])
    assert "operator_unit" in refusal.value.error_dict


def test_a_unit_the_person_cannot_see_cannot_be_named(gate, file, district, world):
    with pytest.raises(ValidationError) as refusal:
        describe(district, reported(file), operator="border_police", operator_unit=world["command-01"])
    assert "operator_unit" in refusal.value.error_dict


def test_once_its_removal_is_ordered_who_removes_it_changes_only_by_a_new_order(
    gate, file, district, province, world, signed_in
):
    row = actions.order_removal(actor=province, checkpoint=reported(file), remove_by=checkpoints.today())
    row = describe(district, row, operator="border_police", operator_unit=world["post-1607-1"])
    assert row.remover == world["province-16"]
    page = signed_in(province).get(row.incident.get_absolute_url())
    assert page.context["checkpoint_shifted"] == world["command-16"]
    again = actions.order_removal(actor=province, checkpoint=row, remove_by=checkpoints.today())
    assert again.remover == world["command-16"]


# --- reports in confidence ------------------------------------------------------------------------------------


def test_of_a_report_in_confidence_only_those_who_see_it_learn_and_act(
    gate, file, head, district, province, world, told
):
    row = reported(file, actor=head, unit=world["post-1607-1"], about=world["post-1607-1"])
    assert row.crossing == gate
    assert not Checkpoint.objects.visible_to(district).exists()
    # The filer sees his own report; those at his unit do not, though they file there too.
    described = describe(head, row, operator="border_police", operator_unit=world["post-1607-1"])
    assert described.remover == world["command-16"]
    ordered = actions.order_removal(actor=province, checkpoint=described, remove_by=checkpoints.today())
    ordered.incident.refresh_from_db()
    assert world["command-16"].pk not in ordered.incident.audience
    assert told("removal_ordered") <= {"province", "moi", "moi2"}


def test_who_does_not_see_a_report_in_confidence_cannot_act_on_it_by_the_verb(gate, file, world, untouched):
    from incidents.demo import people
    from units.choices import Role

    clerk = people.account(people.Account("clerk_of_post", "", "Clerk", "post-1607-1", Role.FILER))
    other = people.account(people.Account("other_clerk", "", "Other Clerk", "post-1607-1", Role.FILER))
    row = reported(file, actor=clerk, unit=world["post-1607-1"], about=world["post-1607-1"])
    with untouched(), pytest.raises(PermissionDenied):
        describe(other, row)
    assert describe(clerk, row).operator == "private"


# --- an incident that did not take place ----------------------------------------------------------------------


def test_an_incident_that_did_not_take_place_leaves_no_checkpoint(gate, file, moi, audited):
    row = reported(file)
    actions.close_incident(actor=moi, incident=row.incident, close_reason="did_not_happen", reason="Nobody was there")
    row.refresh_from_db()
    assert row.state == CheckpointState.NO_CHECKPOINT
    assert audited("not_a_checkpoint", row.incident.ref).reason == "Nobody was there"


def test_an_incident_closed_as_over_leaves_the_checkpoint_as_it_is(gate, file, moi):
    row = reported(file)
    actions.close_incident(actor=moi, incident=row.incident, close_reason="over", reason="Handed on")
    row.refresh_from_db()
    assert row.state == CheckpointState.STANDING


def test_what_was_held_to_be_none_is_taken_up_again(gate, file, province):
    row = actions.not_a_checkpoint(actor=province, checkpoint=reported(file), reason="A post of ours")
    with pytest.raises(Refused):
        actions.order_removal(actor=province, checkpoint=row, remove_by=timezone.localdate())
    again = actions.recognise_again(actor=province, checkpoint=row, reason="It was not ours")
    assert (again.state, again.remove_by) == (CheckpointState.STANDING, None)
