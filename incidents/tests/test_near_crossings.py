"""What incidents contribute to crossings: panels, a contradiction, the security record, signs of reopening."""

from datetime import timedelta

import pytest
from django.contrib.gis.geos import Point

from borderwatch import clock
from crossings import causes, contradictions, panels, security
from crossings.choices import ClosureState
from crossings.models import ClosureOrder, Crossing, CrossingStatus, ReopeningSign
from incidents import actions, near_crossings
from incidents.models import Incident
from incidents.tests.checkpoints import GATE, KM, draw, reported, square


@pytest.fixture
def gate(world):
    """O Yadav, known to within two kilometres."""
    return Crossing.objects.with_state().get(slug="vn-o-yadav")


def shown(user, crossing):
    return {one.panel.slug: one.context for one in panels.shown(user, crossing)}


def shut(crossing, status="closed", flow="people", since=30, until=None):
    """Put a status on record for some days."""
    now = clock.now()
    lower = now - timedelta(days=since)
    upper = None if until is None else now - timedelta(days=until)
    CrossingStatus.objects.filter(crossing=crossing, side="kh", flow=flow).delete()
    CrossingStatus.objects.create(
        crossing=crossing, side="kh", flow=flow, status=status, period=(lower, upper), set_at=now
    )


def found(user):
    rows = Crossing.objects.visible_to(user).with_state()
    return {
        finding.crossing.slug: finding
        for rule, findings in contradictions.find(user, rows)
        if rule.slug == "closed_but_incidents"
        for finding in findings
    }


# --- near -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("east_km", "precision_km", "is_near"),
    [(0.9, 0, True), (1.2, 0, False), (1.8, 2, True), (2.3, 2, False), (2.3, 20, False)],
)
def test_near_is_a_kilometre_or_the_points_own_precision_up_to_two(gate, file, east_km, precision_km, is_near):
    Crossing.objects.filter(pk=gate.pk).update(precision_km=precision_km)
    gate.refresh_from_db()
    incident = file(at=(GATE[0] + east_km * KM, GATE[1]))
    assert near_crossings.near(Incident.objects.all(), gate).filter(pk=incident.pk).exists() is is_near


def test_near_is_what_the_reporter_named_and_what_lies_inside_the_perimeter(gate, file):
    named = file(at=(107.2, 13.9), near_crossing=gate)
    inside = file(at=(GATE[0] + 4 * KM, GATE[1]))
    gate = draw(gate, square(*GATE, 5))
    assert set(near_crossings.near(Incident.objects.all(), gate)) == {named, inside}


# --- panels ---------------------------------------------------------------------------------------------------


def test_the_page_of_a_crossing_shows_the_incidents_near_that_the_reader_sees(gate, file, province, province2):
    for hours in range(1, 8):
        file(at=GATE, occurred_at=clock.now() - timedelta(hours=hours))
    file(at=GATE, occurred_at=clock.now() - timedelta(days=400))
    context = shown(province, gate)["incidents"]
    assert len(context["incidents_near"]) == near_crossings.SHOWN
    assert context["incidents_in_year"] == 7
    assert context["incidents_near"][0].occurred_at > context["incidents_near"][1].occurred_at
    assert "incidents" not in shown(province2, gate)


def test_the_link_to_the_list_finds_them(gate, file, province, signed_in):
    incident = file(at=(GATE[0] + 1.5 * KM, GATE[1]))
    query = shown(province, gate)["incidents"]["incidents_query"]
    assert incident.ref in signed_in(province).get(f"/incidents/?{query}").content.decode()


def test_the_page_of_a_crossing_shows_its_checkpoints_the_standing_ones_first(gate, file, province, province2, moi):
    gate = draw(gate, square(*GATE, 1))
    gate = Crossing.objects.with_state().get(pk=gate.pk)
    old, new = reported(file, occurred_at=clock.now() - timedelta(days=3)), reported(file)
    actions.not_a_checkpoint(actor=province, checkpoint=reported(file), reason="Ours")
    context = shown(moi, gate)["checkpoints"]
    assert [row.pk for row, _age, _late in context["checkpoints_here"]] == [new.pk, old.pk]
    assert context["checkpoints_standing"] == 2
    assert "checkpoints" not in shown(province2, gate)


def test_the_panels_are_drawn_on_the_page(gate, file, province, signed_in):
    draw(gate, square(*GATE, 1))
    row = reported(file)
    page = signed_in(province).get(gate.get_absolute_url())
    assert page.status_code == 200
    assert page.content.decode().count(row.incident.ref) >= 2


# --- closed, but incidents ------------------------------------------------------------------------------------


def test_a_closed_crossing_near_which_people_pass_is_a_contradiction(gate, file, province):
    shut(gate)
    file(at=GATE)
    file(at=GATE, occurred_at=clock.now() - timedelta(days=2))
    one = found(province)["vn-o-yadav"]
    assert "2" in one.words
    assert one.url.startswith(gate.get_absolute_url())


@pytest.mark.parametrize(
    ("status", "flow", "words"),
    [
        ("open", "people", {}),
        ("restricted", "people", {}),
        # Goods are closed; a person passed.
        ("closed", "goods", {}),
        ("closed", "people", {"category": "smuggling", "type": "fuel"}),
        ("closed", "people", {"category": "public_order_safety", "type": "fire"}),
        ("closed", "people", {"at": (107.2, 13.9)}),
        ("closed", "people", {"occurred_at": timedelta(days=45)}),
        ("closed", "people", {"time_precision": "month"}),
    ],
)
def test_what_does_not_contradict(gate, file, province, status, flow, words):
    shut(gate, status=status, flow=flow)
    if "occurred_at" in words:
        words = {"occurred_at": clock.now() - words["occurred_at"]}
    file(**{"at": GATE, **words})
    assert not found(province)


def test_goods_that_pass_a_crossing_closed_for_goods_contradict(gate, file, province):
    shut(gate, status="suspended", flow="goods")
    file(at=GATE, category="smuggling", type="fuel")
    assert "vn-o-yadav" in found(province)


def test_only_the_status_of_that_moment_counts(gate, file, province):
    shut(gate, since=30, until=10)
    file(at=GATE)
    assert not found(province)
    file(at=GATE, occurred_at=clock.now() - timedelta(days=20))
    assert "vn-o-yadav" in found(province)


def test_what_is_older_than_ninety_days_is_history(gate, file, province):
    shut(gate, since=200)
    file(at=GATE, occurred_at=clock.now() - timedelta(days=100))
    assert not found(province)


def test_an_incident_that_did_not_take_place_contradicts_nothing(gate, file, province, moi):
    shut(gate)
    incident = file(at=GATE)
    actions.close_incident(actor=moi, incident=incident, close_reason="did_not_happen", reason="Nobody was there")
    assert not found(province)


def test_nobody_learns_by_a_contradiction_of_an_incident_he_does_not_see(gate, file, province2, mfaic, outsider, moi):
    shut(gate)
    file(at=GATE)
    assert not found(province2)
    assert not found(mfaic)
    assert not found(outsider)
    assert "vn-o-yadav" in found(moi)


def test_it_is_one_question_for_however_many_crossings(gate, file, moi, django_assert_max_num_queries):
    shut(gate)
    shut(Crossing.objects.get(slug="th-poipet"))
    file(at=GATE)
    file(at=GATE, near_crossing=Crossing.objects.get(slug="th-poipet"))
    # The clock, whose units, what he sees of corridors, the question itself, and the crossings it found.
    with django_assert_max_num_queries(6):
        assert set(found_by_rule(moi)) == {"vn-o-yadav", "th-poipet"}


def found_by_rule(user):
    rows = Crossing.objects.visible_to(user).with_state()
    return [one.crossing.slug for one in near_crossings._closed_but_used(user, rows)]


# --- the security record --------------------------------------------------------------------------------------


def test_the_security_record_counts_all_but_reports_in_confidence(gate, file, head, world, moi):
    file(at=GATE)
    file(at=GATE, category="smuggling", type="fuel")
    file(at=(107.2, 13.9))
    file(at=GATE, actor=head, unit=world["post-1607-1"], about=world["post-1607-1"])
    refuted = file(at=GATE)
    actions.close_incident(actor=moi, incident=refuted, close_reason="did_not_happen", reason="Nobody was there")
    figures = security.draw(gate, clock.now() - timedelta(days=30), clock.now())
    assert figures["incidents_illegal_crossing"] == 1
    assert figures["incidents_smuggling"] == 1
    # Counted and found to be none, which is not the same as not counted.
    assert figures["incidents_armed_incident"] == 0
    assert set(figures) <= set(security.words())


def test_the_span_of_the_security_record_is_kept(gate, file):
    file(at=GATE, occurred_at=clock.now() - timedelta(days=10))
    figures = security.draw(gate, clock.now() - timedelta(days=5), clock.now())
    assert figures["incidents_illegal_crossing"] == 0


# --- signs that a closed crossing is used again ---------------------------------------------------------------


@pytest.fixture
def verified(gate, world, province):
    """O Yadav closed by an order that was verified yesterday."""
    now = clock.now()
    return ClosureOrder.objects.create(
        crossing=gate, number="12/26", issuer=world["province-16"], scope=["people"], measures=["barrier"],
        responsible_unit=world["post-1607-1"], due_on=now.date(), state=ClosureState.VERIFIED,
        drafted_at=now - timedelta(days=9), issued_at=now - timedelta(days=8), carried_out_at=now - timedelta(days=3),
        verified_at=now - timedelta(days=1),
    )  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"type": "use_of_unofficial_crossing"},
        {"type": "reopening_of_closed_crossing"},
        {"category": "smuggling", "type": "fuel"},
    ],
)
def test_who_passes_near_a_verified_closed_crossing_is_a_sign(verified, file, words):
    incident = file(at=GATE, **words)
    sign = ReopeningSign.objects.get()
    assert (sign.order, sign.cause_kind, sign.cause_key) == (verified, "incident", incident.ref)
    assert sign.distance_m == pytest.approx(0, abs=1)


def test_what_the_reporter_names_is_a_sign_without_a_place(verified, file, gate):
    file(at=None, place_name="អូរយ៉ាដាវ", near_crossing=gate, coordinate_source="description", accuracy_m=None)
    assert ReopeningSign.objects.get().distance_m is None


def test_the_place_and_the_name_together_are_one_sign(verified, file, gate):
    file(at=GATE, near_crossing=gate)
    assert ReopeningSign.objects.count() == 1


@pytest.mark.parametrize(
    "words",
    [
        {"category": "public_order_safety", "type": "fire"},
        {"at": (107.2, 13.9)},
        {"occurred_at": timedelta(days=2)},
    ],
)
def test_what_is_no_sign(verified, file, words):
    if "occurred_at" in words:
        words = {"occurred_at": clock.now() - words["occurred_at"]}
    file(**{"at": GATE, **words})
    assert not ReopeningSign.objects.exists()


def test_a_report_in_confidence_is_never_a_sign(verified, file, head, world):
    file(at=GATE, actor=head, unit=world["post-1607-1"], about=world["post-1607-1"])
    assert not ReopeningSign.objects.exists()


def test_a_cause_is_read_by_those_alone_who_see_the_incident(verified, file, province, province2):
    incident = file(at=GATE)
    read = causes.read(province, "incident", [incident.ref])
    assert read[incident.ref].url == incident.get_absolute_url()
    assert causes.read(province2, "incident", [incident.ref]) == {}


def test_a_crossing_known_to_no_perimeter_and_a_report_without_a_point_are_no_trouble(gate, file, moi):
    shut(gate)
    file(at=None, place_name="អូរយ៉ាដាវ", coordinate_source="description", accuracy_m=None)
    assert not found(moi)
    assert isinstance(gate.point, Point)
