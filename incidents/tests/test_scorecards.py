"""Scorecards: right figures, honest about small numbers, every figure leading to its records."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.gis.geos import LineString, MultiLineString
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from crossings.actions.traffic import record_sheet
from crossings.counts import Line
from crossings.models import Crossing
from incidents import intervals, scorecards
from incidents.actions import close_incident, verify_incident
from incidents.models import Incident
from incidents.scorecards import Span
from units.models import Patrol, Sector

SINCE = timezone.localtime().date() - timedelta(days=30)


@pytest.fixture
def span():
    return Span(SINCE, timezone.localtime().date(), ("illegal_crossing",))


@pytest.fixture
def post(world):
    """The head's post with a border line of about 20 km."""
    unit = world["post-1607-1"]
    line = MultiLineString(LineString((107.4, 13.7), (107.4, 13.88)), srid=4326)
    Sector.objects.filter(unit=unit).update(border=line)
    return unit


@pytest.fixture
def several(file, head, world):
    """So many incidents of the head's post; some filed by the post itself."""

    def make(count, own=0, **changes):
        for number in range(count):
            mine = {"actor": head, "unit": world["post-1607-1"]} if number < own else {}
            file(text=f"Number {number}", **mine, **changes)

    return make


def card(user, span, unit):
    return scorecards.cards(user, span, [unit])[0]


# --- intervals ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "low", "high"),
    # Exact Poisson intervals of 95 % from the usual tables.
    [(1, 0.025, 5.57), (5, 1.62, 11.67), (10, 4.80, 18.39), (30, 20.24, 42.83), (100, 81.36, 121.63)],
)
def test_counts_have_the_intervals_of_the_tables(count, low, high):
    found = intervals.of_count(count)
    assert found.low == pytest.approx(low, rel=0.02, abs=0.02)
    assert found.high == pytest.approx(high, rel=0.02)


def test_shares_have_wilson_s_interval():
    found = intervals.of_share(8, 10)
    assert (found.low, found.high) == (pytest.approx(0.490, abs=0.001), pytest.approx(0.943, abs=0.001))
    assert intervals.of_share(0, 7).low == 0
    assert intervals.of_share(7, 7).high == pytest.approx(1)


@given(st.integers(0, 10_000), st.floats(0.1, 1e5))
def test_a_rate_lies_in_its_interval_and_more_exposure_makes_it_narrower(count, exposure):
    found = intervals.of_rate(count, exposure)
    assert found.low <= found.value <= found.high
    wider = intervals.of_rate(count, exposure * 2)
    assert wider.high - wider.low < found.high - found.low


def test_no_exposure_is_no_rate():
    with pytest.raises(ValueError, match="exposure"):
        intervals.of_rate(3, 0)
    with pytest.raises(ValueError, match="whole"):
        intervals.of_share(0, 0)


# --- figures --------------------------------------------------------------------------------------------------


def test_the_figures_of_a_unit(province, post, several, span, world, head):
    several(6, own=2)
    now = timezone.now()
    for hours in (5, 7):
        Patrol.objects.create(
            client_key=f"00000000-0000-4000-8000-0000000000{hours:02}", unit=post, state="finished", strength=4,
            leader_name="A", started_at=now - timedelta(hours=hours), finished_at=now, entered_by=head, entered_at=now,
        )  # fmt: skip
    found = card(province, span, post)
    assert (found.incidents, found.own) == (6, 2)
    assert found.km == pytest.approx(19.9, abs=0.2)
    assert found.hours == pytest.approx(12, abs=0.01)
    assert found.per_km.value == pytest.approx(6 / 1.99, rel=0.02)
    assert found.per_hours.value == pytest.approx(50, rel=0.01)
    assert found.own_share.value == pytest.approx(1 / 3)
    assert found.time_to_report == pytest.approx(60, abs=1)


def test_detecting_counts_before_the_event_for_the_time_to_report(province, post, several, span):
    several(5, detected_at=datetime.now(tz=UTC) - timedelta(minutes=10))
    assert card(province, span, post).time_to_report == pytest.approx(10, abs=1)


def test_below_the_minimum_no_rate_is_given_and_no_place_in_an_order(province, post, several, span):
    several(4)
    few = card(province, span, post)
    assert (few.incidents, few.per_km, few.own_share, few.time_to_report) == (4, None, None, None)
    several(5)
    some = card(province, span, post)
    assert some.per_km is not None
    assert scorecards.in_order([some]) == ([], [some])
    several(1)
    enough = card(province, span, post)
    assert scorecards.in_order([enough]) == ([enough], [])


def test_what_did_not_take_place_is_not_counted(province, post, file, span):
    incident = file()
    verify_incident(actor=province, incident=incident)
    close_incident(actor=province, incident=incident, close_reason="did_not_happen", reason="Nobody was there")
    assert card(province, span, post).incidents == 0


def test_everybody_s_card_counts_what_he_may_see(province, province2, head, post, several, span):
    several(3)
    assert card(head, span, post).incidents == 3
    assert card(province2, span, post).incidents == 0
    assert post not in scorecards.units_with_ground(province2)
    assert set(scorecards.units_with_ground(head)) == {post}


def test_months_without_an_incident_are_there(province, post, several):
    several(2)
    today = timezone.localtime().date()
    months = scorecards.by_month(province, Span(today - timedelta(days=364), today, ()), post)
    assert len(months) in (12, 13)
    assert [n for _month, n in months if n] == [2] or sum(n for _month, n in months) == 2


# --- pages ----------------------------------------------------------------------------------------------------


def test_every_figure_leads_to_exactly_its_records(province, post, several, file, signed_in):
    several(7, own=3, source="own_patrol")
    file(category="smuggling", type="fuel")
    client = signed_in(province)
    page = client.get(f"/reports/scorecards/{post.code}/").content.decode()
    links = re.findall(r'href="(/incidents/\?[^"]+)"[^>]*>(?:<strong>)?([^<]+)', page)
    shown = {}
    for address, words in links:
        listed = client.get(address.replace("&amp;", "&")).content.decode()
        shown[words.strip()] = len(set(re.findall(r"RTK-\d{4}-\d{6}", listed)))
    assert shown["7"] == 7
    assert shown["3 នៃ 7" if "3 នៃ 7" in shown else next(k for k in shown if k.startswith("3"))] == 3
    assert any(count == 7 for words, count in shown.items() if words.endswith(": 7"))


def test_incidents_stand_against_the_passengers_counted_at_the_unit_s_crossings(
    province, post, several, span, signed_in
):
    several(6)
    assert card(province, span, post).per_crossings is None
    crossing = Crossing.objects.get(slug="vn-o-yadav")
    Crossing.objects.filter(pk=crossing.pk).update(responsible_unit=post)
    for days_ago, number in ((3, 1_000), (2, 2_000), (60, 9_000)):
        record_sheet(
            actor=province, crossing=crossing, day=span.until - timedelta(days=days_ago), direction="in",
            observed_minutes=720, method="counted", observer="Clerk",
            lines=[Line("passengers", nationality="khmer", number=number)],
        )  # fmt: skip
    found = card(province, span, post)
    assert found.passengers == 3_000
    assert found.per_crossings.value == pytest.approx(2.0)
    province.language = "en"
    province.save(update_fields=["language"])
    # The page's own span is the last year: 12,000 passengers.
    page = signed_in(province).get(f"/reports/scorecards/{post.code}/").content.decode()
    assert "<strong>0.50</strong>" in page


def test_the_list_of_cards_in_few_queries(province, post, several, signed_in, django_assert_max_num_queries):
    several(12)
    client = signed_in(province)
    client.get("/reports/scorecards/")
    with django_assert_max_num_queries(23):
        answer = client.get("/reports/scorecards/")
    assert answer.status_code == 200
    assert post.name_km in answer.content.decode()


def test_days_in_the_wrong_order_are_said_at_the_field(province, signed_in):
    answer = signed_in(province).get("/reports/scorecards/?since=2026-05-01&until=2026-04-01")
    assert answer.status_code == 422
    assert 'id="error-until"' in answer.content.decode()


def test_a_unit_of_another_province_has_no_card_here(province2, post, signed_in):
    assert signed_in(province2).get(f"/reports/scorecards/{post.code}/").status_code == 404
    assert not Incident.objects.visible_to(province2).exists()
