"""Coverage: cutting ground into patches, what a track sees, everything anew, and the figures read from it."""

import itertools
from datetime import timedelta

import pytest
from django.contrib.gis.geos import LineString, MultiLineString, MultiPolygon, Point, Polygon
from django.core.management import call_command
from django.db import connection
from django.db.models import Sum

from units import coverage, ground
from units.models import METRIC, Effort, Patch, Sector, UnresolvedArea
from units.tests.walked import along, days_ago, patrol, track

CODE = "S-1607-1"
AREA = "pak-nhai-white-zone"


@pytest.fixture
def sector(world):
    found = Sector.objects.get(code=CODE)
    coverage.lay(found)
    return found


@pytest.fixture
def area(world):
    found = UnresolvedArea.objects.get(code=AREA)
    coverage.lay(found)
    return found


@pytest.fixture
def post(world):
    return world["post-1607-1"]


def marks():
    """Every patch's mark, to compare two ways of finding it."""
    return dict(Patch.objects.values_list("pk", "last_track_id"))


def brute_force():
    """The newest track near each patch's middle, by looking at every pair."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, (SELECT t.id FROM units_track t WHERE ST_Distance(ST_Centroid(p.shape), t.line_m) <= 100"
            " ORDER BY t.ended_at DESC, t.id DESC LIMIT 1) FROM units_patch p"
        )
        return dict(cursor.fetchall())


# --- cutting ---------------------------------------------------------------------------------------------------


def test_a_line_is_cut_into_pieces_of_about_100_metres_that_make_up_the_whole(sector):
    rows = list(sector.patches.order_by("number"))
    line = sector.border.transform(METRIC, clone=True)
    assert sum(row.measure for row in rows) == pytest.approx(line.length)
    assert all(95 < row.measure < 105 for row in rows)
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert [row.kilometre for row in rows] == sorted(row.kilometre for row in rows)
    assert rows[0].kilometre == 1
    assert rows[-1].kilometre == int((line.length - 1) // 1000) + 1
    for before, after in itertools.pairwise(rows):
        assert before.shape[-1] == pytest.approx(after.shape[0])


def test_an_area_is_cut_into_squares_that_make_up_the_whole(area):
    whole = area.area.transform(METRIC, clone=True)
    assert area.patches.aggregate(all=Sum("measure"))["all"] == pytest.approx(whole.area, rel=1e-4)
    assert max(area.patches.values_list("measure", flat=True)) == pytest.approx(250 * 250)
    assert set(area.patches.values_list("kilometre", flat=True)) == {0}


def test_a_huge_area_makes_bigger_squares_instead_of_more(world):
    box = MultiPolygon(Polygon.from_bbox((105.0, 12.0, 107.0, 14.0)), srid=4326)
    box[0].srid = 4326
    huge = UnresolvedArea.objects.create(
        code="huge", name_en="Huge", neighbour="VN", term="disputed", area=box, period=(days_ago(9), None)
    )
    assert 10_000 < coverage.lay(huge) < 21_000


def test_laying_again_throws_nothing_of_others_away_and_doubles_nothing(sector, area):
    before = Patch.objects.count()
    coverage.lay(sector)
    assert Patch.objects.count() == before


def test_ground_without_a_line_has_no_patches(sector):
    Sector.objects.filter(pk=sector.pk).update(border=None)
    assert coverage.lay(sector) == 0
    assert not sector.patches.exists()


# --- seeing ----------------------------------------------------------------------------------------------------


def test_a_track_along_the_line_sees_all_of_it_and_one_farther_off_nothing(sector, post):
    whole = sector.patches.count()
    far = track(patrol(post), along(sector, beside=5_000))
    assert coverage.see(far) < whole * 0.05
    Patch.objects.update(last_seen_at=None, last_track=None)
    near = track(patrol(post), along(sector))
    assert coverage.see(near) == whole
    assert coverage.see(near) == 0, "seen again it is no fresher"
    assert set(sector.patches.values_list("last_seen_at", flat=True)) == {near.ended_at}


def test_a_patch_counts_by_its_middle_within_the_reach_of_the_setting(sector, post, settings):
    middle = sector.patches.get(number=40).shape.centroid
    step = LineString((middle.x, middle.y + 150), (middle.x, middle.y + 160), srid=METRIC)
    one = track(patrol(post), step)
    coverage.see(one)
    assert sector.patches.get(number=40).last_track is None
    settings.PATROL_SEES_M = 151
    coverage.see(one)
    assert sector.patches.get(number=40).last_track == one


def test_an_older_track_handed_in_later_takes_no_mark_away(sector, post):
    new = track(patrol(post, ended=days_ago(1)), along(sector, 0, 0.5))
    old = track(patrol(post, ended=days_ago(9)), along(sector))
    coverage.see(new)
    coverage.see(old)
    assert set(sector.patches.values_list("last_track", flat=True)) == {new.pk, old.pk}
    assert sector.patches.get(number=1).last_track == new


def test_gaps_between_segments_of_a_track_are_not_seen(sector, post):
    parts = track(patrol(post), along(sector, 0, 0.2), along(sector, 0.8, 1))
    coverage.see(parts)
    share = sector.patches.filter(last_track=parts).count() / sector.patches.count()
    assert 0.38 < share < 0.45


def test_squares_of_an_area_are_seen_along_the_way(area, post):
    centre = area.area.centroid.transform(METRIC, clone=True)
    through = track(patrol(post), LineString((centre.x - 6_000, centre.y), (centre.x + 6_000, centre.y), srid=METRIC))
    seen = coverage.see(through)
    assert 16 <= seen <= 40, "one or two rows of 8 km"


# --- everything anew -------------------------------------------------------------------------------------------


def test_everything_anew_agrees_with_the_marks_set_one_by_one_and_with_every_pair_looked_at(sector, area, post):
    centre = area.area.centroid.transform(METRIC, clone=True)
    for number in range(12):
        walk = along(sector, number % 5 / 5, number % 5 / 5 + 0.3, beside=number * 25.0)
        across = LineString((centre.x - 4_000, centre.y + number * 90), (centre.x, centre.y + 2_000), srid=METRIC)
        coverage.see(track(patrol(post, ended=days_ago(number % 7 + number / 100)), walk, across))
    one_by_one = marks()
    assert one_by_one == brute_force()
    assert len(set(one_by_one.values())) > 6
    Patch.objects.update(last_seen_at=None, last_track=None)
    coverage.BATCH, before = 5, coverage.BATCH
    try:
        heard = []
        coverage.compute_all(lambda done, total: heard.append((done, total)))
    finally:
        coverage.BATCH = before
    again = marks()
    assert {pk: again[pk] for pk in one_by_one} == one_by_one
    assert again == brute_force()
    assert heard[-1] == (12, 12)
    # Laid anew, a ground finds its marks by itself.
    coverage.lay(sector)
    assert marks() == brute_force()


def test_everything_anew_forgets_what_no_track_saw_and_lays_what_is_missing(sector, area, post, capsys):
    Patch.objects.filter(sector=sector).update(last_seen_at=days_ago(1))
    area.patches.all().delete()
    call_command("compute_coverage")
    assert not Patch.objects.filter(sector=sector).exclude(last_seen_at=None).exists()
    assert area.patches.exists()
    assert str(Patch.objects.count()) in capsys.readouterr().out


def test_a_track_saved_while_everything_is_computed_keeps_its_marks(sector, post):
    old = track(patrol(post, ended=days_ago(5)), along(sector))
    late = []

    def tell(done, total):
        if not late:
            late.append(track(patrol(post, ended=days_ago(1)), along(sector, 0, 0.5)))
            coverage.see(late[0])

    coverage.compute_all(tell)
    assert set(sector.patches.values_list("last_track", flat=True)) == {old.pk, late[0].pk}


# --- reading ---------------------------------------------------------------------------------------------------


def test_the_share_counts_the_days_asked_for_and_says_what_was_drawn_by_hand(sector, post, province):
    coverage.see(track(patrol(post, ended=days_ago(20)), along(sector, 0, 0.5)))
    coverage.see(track(patrol(post, ended=days_ago(3)), along(sector, 0.5, 0.75), source="drawn"))
    by_code = {days: {one.code: one for one in ground.of_sectors(province, days)} for days in (7, 30)}
    assert by_code[7][CODE].share == pytest.approx(25, abs=1.5)
    assert by_code[30][CODE].share == pytest.approx(75, abs=1.5)
    assert by_code[30][CODE].drawn_share == pytest.approx(33, abs=2)
    assert by_code[30][CODE].days_since == 3


def test_sectors_come_worst_first_and_those_without_a_line_last(sector, post, province):
    Sector.objects.filter(code="S-1607-2").update(border=None)
    for one in Sector.objects.filter(code__startswith="S-160"):
        coverage.lay(one)
    coverage.see(track(patrol(post), along(sector)))
    found = ground.of_sectors(province, 30)
    assert found[-1].code == "S-1607-2"
    assert found[-1].share is None
    shares = [one.share for one in found if one.share is not None]
    assert shares == sorted(shares)
    assert {one.unit.province.code for one in found} == {"16"}, "no other province's patrols"


def test_a_head_reads_his_own_sector_alone_and_no_area(sector, area, head, outsider):
    assert [one.code for one in ground.of_sectors(head, 30)] == [CODE]
    assert ground.of_areas(head, 30) == []
    assert ground.find(head, AREA, 30) is None
    assert ground.find(head, "S-1607-2", 30) is None
    assert ground.of_sectors(outsider, 30) == []


def test_kilometres_say_how_long_nobody_was_there(sector, post):
    coverage.see(track(patrol(post, ended=days_ago(4)), along(sector, 0, 0.5)))
    rows = ground.kilometres(sector.patches.all(), 30)
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert (rows[0].days_since, round(rows[0].share)) == (4, 100)
    assert rows[-1].last_seen_at is None
    assert rows[-1].share == 0


def test_unvisited_stretches_are_joined_and_the_longest_comes_first(sector, post):
    coverage.see(track(patrol(post, ended=days_ago(40)), along(sector, 0.1, 0.3)))
    coverage.see(track(patrol(post, ended=days_ago(2)), along(sector, 0.5, 0.6)))
    length = sector.border.transform(METRIC, clone=True).length / 1000
    first, second = ground.unvisited(sector.patches.all(), 30)
    assert (first.from_km, first.to_km) == (pytest.approx(0), pytest.approx(length * 0.5, abs=0.3))
    assert (second.from_km, second.to_km) == (pytest.approx(length * 0.6, abs=0.3), pytest.approx(length))
    assert first.since is None
    assert sector.area.distance(Point(first.lon, first.lat, srid=4326)) < 0.1


def test_the_last_patrols_are_those_the_reader_may_see(sector, post, world, head, province2):
    own = patrol(post, ended=days_ago(3))
    coverage.see(track(own, along(sector, 0, 0.5)))
    other = patrol(world["post-0107-1"], ended=days_ago(1))
    coverage.see(track(other, along(sector, 0.5, 1)))
    assert ground.last_patrols(head, sector.patches.all()) == [own]
    assert ground.last_patrols(province2, sector.patches.all()) == [other]


def test_effort_sums_the_squares_of_visible_patrols(post, world, head, province):
    walk = LineString((700_000, 1_500_000), (700_900, 1_500_000), srid=METRIC)
    for unit, seconds in ((post, 600), (post, 300), (world["post-1607-2"], 1_000)):
        made = track(patrol(unit), walk)
        Effort.objects.create(track=made, east_km=700, north_km=1500, seconds=seconds, metres=900)
    old = track(patrol(post, ended=days_ago(50)), walk)
    Effort.objects.create(track=old, east_km=700, north_km=1500, seconds=1, metres=900)
    assert [(row["time"], row["way"]) for row in ground.effort(head, 30)] == [(900, 1800)]
    assert [row["time"] for row in ground.effort(province, 30)] == [1900]
    assert ground.walked(head, 30).patrols == 2
    assert ground.walked(head, 30).seconds == 900


def test_the_figures_cost_a_handful_of_queries(sector, area, post, province, django_assert_max_num_queries):
    coverage.see(track(patrol(post), along(sector)))
    with django_assert_max_num_queries(12):
        ground.of_sectors(province, 30)
    with django_assert_max_num_queries(15):
        ground.of_areas(province, 30)


def test_the_demo_s_lines_run_beside_their_sectors_and_their_sections(world):
    for sector in Sector.objects.filter(illustrative=True):
        assert sector.area.buffer(0.002).covers(sector.border), sector.code
    section = world["province-16"].province.border_sections.get(neighbour="VN")
    assert isinstance(section.line, MultiLineString)
    beside = Sector.objects.get(code=CODE).border
    assert section.line.buffer(0.0001).covers(beside)


def test_a_time_ahead_by_the_clock_of_a_device_is_no_negative_age(sector, post, head):
    coverage.see(track(patrol(post, ended=days_ago(0) + timedelta(minutes=5)), along(sector)))
    assert ground.of_sectors(head, 1)[0].days_since == 0
