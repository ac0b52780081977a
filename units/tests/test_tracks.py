"""Tracks: what devices write is read, put right with a note, or refused with a sentence that helps."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from units.tests.phones import START, gpx, jitter, moved, stand, walk
from units.tracks import cleaning, order, reading, shapes, words
from units.tracks.cleaning import Cleaned, Window
from units.tracks.positions import Notes, Position, Reading

# 08:00 in Phnom Penh.
MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def window(start: datetime = MORNING, hours: float = 4, now: datetime | None = None) -> Window:
    end = start + timedelta(hours=hours)
    return Window(started_at=start, finished_at=end, now=now or end + timedelta(days=1))


def cleaned(content: bytes, seen: Window | None = None) -> Cleaned:
    seen = seen or window()
    return cleaning.clean(reading.read(content, seen.day), seen)


def noted(track: Cleaned) -> dict[str, dict[str, Any]]:
    return {note["code"]: note["params"] for note in track.notes}


def refused(content: bytes, seen: Window | None = None) -> tuple[str, str]:
    """The code and the sentence of a refusal."""
    with pytest.raises(ValidationError) as caught, translation.override("en"):
        cleaned(content, seen)
    error = caught.value.error_dict["file"][0]
    return str(error.code), str(error.messages[0])


# --- telephones -----------------------------------------------------------------------------------------------


def test_a_clean_walk_is_kept_as_it_was() -> None:
    track = cleaned(gpx(walk(MORNING, seconds=3600)))
    assert track.source == "gpx"
    assert track.timed
    assert (track.started_at, track.ended_at) == (MORNING, MORNING + timedelta(hours=1))
    assert track.length_m == pytest.approx(1.3 * 3600, rel=0.01)
    assert set(noted(track)) == {"thinned"}
    assert len(track.path) == 1
    assert track.line_m.srid == 32648
    # A straight line needs two ends in metres; four at most with the earth's bend.
    assert len(track.line_m[0]) <= 4


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_both_versions_of_gpx_are_read(version: str) -> None:
    assert cleaned(gpx(walk(MORNING, seconds=600), version=version)).length_m == pytest.approx(780, rel=0.02)


def test_jitter_under_trees_does_not_make_the_way_longer_than_it_was() -> None:
    true = walk(MORNING, seconds=5400, every=1)
    shaken = jitter(true, 5)
    raw = sum(shapes.distance_m(_at(a), _at(b)) for a, b in pairwise(shaken))
    track = cleaned(gpx(shaken))
    assert raw > 4 * 1.3 * 5400
    assert track.length_m == pytest.approx(1.3 * 5400, rel=0.15)
    assert noted(track)["thinned"]["n"] > 4000
    # No place of the cleaned path lies far from the true line.
    assert track.line_m.within(cleaned(gpx(true)).line_m.buffer(20))


def _at(fix: Any) -> Position:
    return Position(fix[0], fix[1], fix[2].timestamp())


def test_a_rest_becomes_one_place_with_its_time() -> None:
    first = walk(MORNING, seconds=1200)
    rest = stand(first[-1], seconds=1800)
    second = walk(MORNING + timedelta(seconds=3005), seconds=1200, at=first[-1][:2])
    track = cleaned(gpx(first + rest + second))
    assert noted(track)["stay"]["n"] == 1
    assert noted(track)["stay"]["minutes"] == pytest.approx(30, abs=2)
    assert track.length_m == pytest.approx(2 * 1.3 * 1200, rel=0.03)
    assert len(track.path) == 1
    assert sum(seconds for seconds, _metres in track.effort.values()) == pytest.approx(4205, abs=10)


def test_a_telephone_that_never_moved_shows_the_place_it_watched() -> None:
    track = cleaned(gpx(stand((*START, MORNING), seconds=3600)))
    assert track.length_m < 5
    assert track.path.length > 0
    assert track.line_m.valid
    assert sum(seconds for seconds, _metres in track.effort.values()) == pytest.approx(3595, abs=5)


def test_positions_without_a_fix_are_left_out() -> None:
    fixes = walk(MORNING, seconds=1200)
    for i in (0, 1, 2, 90, 91):
        fixes[i] = (0.0, 0.0, fixes[i][2])
    track = cleaned(gpx(fixes))
    assert noted(track)["no_fix"]["n"] == 5
    assert track.length_m == pytest.approx(1.3 * 1185, rel=0.02)


def test_a_point_that_says_it_has_no_fix_is_none() -> None:
    content = gpx(walk(MORNING, seconds=600)).replace(b"</time></trkpt>", b"</time><fix>none</fix></trkpt>", 3)
    assert noted(cleaned(content))["no_fix"]["n"] == 3


def test_jumps_are_left_out_wherever_they_stand() -> None:
    true = walk(MORNING, seconds=3600)
    fixes = list(true)
    # The first position is the place of yesterday, one is alone, and a group of five flies off together.
    for i, (east, north) in {0: (40_000, 0), 100: (0, 3_000), **dict.fromkeys(range(300, 305), (-2_500, 900))}.items():
        fixes[i] = moved(fixes[i], east=east, north=north)
    track = cleaned(gpx(fixes))
    assert noted(track)["jump"]["n"] == 7
    assert track.length_m == pytest.approx(1.3 * 3595, rel=0.02)
    assert "gap" not in noted(track)


def test_a_patrol_by_car_is_no_jump() -> None:
    track = cleaned(gpx(walk(MORNING, seconds=1800, speed=22)))
    assert "jump" not in noted(track)
    assert track.length_m == pytest.approx(22 * 1800, rel=0.01)


def test_an_aircraft_is_no_patrol() -> None:
    assert refused(gpx(walk(MORNING, seconds=600, speed=60)))[0] == "too_fast"


def test_a_tunnel_in_which_the_last_place_is_repeated_parts_the_path_and_loses_neither_half() -> None:
    before = walk(MORNING, seconds=900, speed=12)
    frozen = [(*before[-1][:2], MORNING + timedelta(seconds=900 + s)) for s in range(5, 121, 5)]
    after = walk(
        MORNING + timedelta(seconds=1025), seconds=900, speed=12, at=moved(before[-1], east=513, north=1410)[:2]
    )
    track = cleaned(gpx(before + frozen + after))
    notes = noted(track)
    assert notes["tunnel"]["n"] == 24
    assert "jump" not in notes
    assert notes["gap"] == {"n": 1, "minutes": 2, "metres": pytest.approx(1500, abs=20)}
    assert len(track.path) == 2
    assert track.length_m == pytest.approx(2 * 12 * 900, rel=0.01)


def test_a_short_tunnel_is_bridged() -> None:
    before = walk(MORNING, seconds=300, speed=12)
    frozen = [(*before[-1][:2], MORNING + timedelta(seconds=300 + s)) for s in range(5, 41, 5)]
    after = walk(MORNING + timedelta(seconds=345), seconds=300, speed=12, at=moved(before[-1], east=185, north=507)[:2])
    track = cleaned(gpx(before + frozen + after))
    assert noted(track)["tunnel"]["n"] == 8
    assert len(track.path) == 1


def test_a_gap_is_not_filled() -> None:
    first = walk(MORNING, seconds=600)
    second = walk(MORNING + timedelta(minutes=25), seconds=600, at=moved(first[-1], north=900)[:2])
    track = cleaned(gpx(first + second))
    assert noted(track)["gap"] == {"n": 1, "minutes": 15, "metres": pytest.approx(900, abs=5)}
    assert len(track.path) == 2
    assert track.length_m == pytest.approx(2 * 780, rel=0.02)
    assert sum(seconds for seconds, _metres in track.effort.values()) == pytest.approx(1200, abs=5)


def test_several_segments_stay_apart_and_come_in_order() -> None:
    first = walk(MORNING, seconds=600)
    second = walk(MORNING + timedelta(seconds=620), seconds=600, at=first[-1][:2])
    track = cleaned(gpx(second, [], first))
    assert len(track.path) == 2
    assert track.started_at == MORNING
    assert track.path[0][0] == pytest.approx(START, abs=1e-6)


def test_the_same_way_twice_in_a_file_counts_once() -> None:
    way = walk(MORNING, seconds=600)
    track = cleaned(gpx(way, way, way))
    assert noted(track)["overlap"]["n"] > 0
    assert track.length_m == pytest.approx(780, rel=0.02)
    assert sum(seconds for seconds, _metres in track.effort.values()) == pytest.approx(600, abs=1)


def test_a_logger_every_ten_minutes_keeps_its_places() -> None:
    track = cleaned(gpx(walk(MORNING, seconds=7200, every=600)))
    assert len(track.path) == 13
    assert track.effort == {}
    assert track.length_m == 0


# --- time -----------------------------------------------------------------------------------------------------


def test_a_night_patrol_crosses_midnight() -> None:
    # 22:30 in Phnom Penh.
    night = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
    track = cleaned(gpx(walk(night, seconds=3 * 3600)), window(night))
    assert track.ended_at - track.started_at == timedelta(hours=3)
    assert set(noted(track)) == {"thinned"}


def test_a_device_that_keeps_the_old_date_after_midnight_is_put_right() -> None:
    night = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
    wrong = [
        (x, y, t - timedelta(days=1) if timezone.localtime(t).day == 3 else t)
        for x, y, t in walk(night, seconds=3 * 3600)
    ]
    track = cleaned(gpx(wrong), window(night))
    assert noted(track)["midnight"]["n"] == 1
    assert track.ended_at == night + timedelta(hours=3)
    assert track.length_m == pytest.approx(1.3 * 3 * 3600, rel=0.01)
    assert len(track.path) == 1


def table(fixes: Any, header: str, row: Any) -> bytes:
    return "\n".join([header, *(row(*fix) for fix in fixes)]).encode()


def test_times_without_a_date_run_over_midnight() -> None:
    night = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
    content = table(
        walk(night, seconds=3 * 3600, every=10),
        "Latitude,Longitude,Time",
        lambda x, y, t: f"{y},{x},{timezone.localtime(t):%H:%M:%S}",
    )
    track = cleaned(content, window(night))
    assert (track.started_at, track.ended_at) == (night, night + timedelta(hours=3))
    assert set(noted(track)) == {"zone_assumed", "midnight", "thinned"}


def test_a_logger_switched_on_after_midnight_belongs_to_the_next_day() -> None:
    night = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
    late = night + timedelta(hours=2)
    content = table(
        walk(late, seconds=600), "lat;lon;time", lambda x, y, t: f"{y};{x};{timezone.localtime(t):%H:%M:%S}"
    )
    assert cleaned(content, window(night)).started_at == late


def test_times_without_a_zone_are_phnom_penh_times_and_it_is_said() -> None:
    local = [(x, y, timezone.localtime(t)) for x, y, t in walk(MORNING, seconds=600)]
    track = cleaned(gpx(local, zone=False))
    assert track.started_at == MORNING
    assert "zone_assumed" in noted(track)


def test_one_wrong_stamp_costs_one_position() -> None:
    fixes = walk(MORNING, seconds=1200)
    fixes[50] = moved(fixes[50], later=7200)
    fixes[120] = moved(fixes[120], later=-600)
    fixes[130] = (*fixes[130][:2], fixes[129][2])
    track = cleaned(gpx(fixes))
    assert noted(track)["order"]["n"] == 3
    assert track.length_m == pytest.approx(1.3 * 1200, rel=0.02)


def test_a_track_of_the_future_is_refused() -> None:
    code, message = refused(gpx(walk(MORNING + timedelta(days=3), seconds=600)))
    assert code == "future"
    assert "2026" in message


def test_local_time_written_as_utc_is_refused_as_future_while_the_patrol_is_under_way() -> None:
    shifted = [moved(fix, later=7 * 3600) for fix in walk(MORNING, seconds=3600)]
    seen = Window(started_at=MORNING, finished_at=MORNING + timedelta(hours=2), now=MORNING + timedelta(hours=2))
    code, message = refused(gpx(shifted), seen)
    assert code == "future"
    assert "zone" in message


def test_a_track_of_another_day_is_refused_with_both_times() -> None:
    code, message = refused(gpx(walk(MORNING - timedelta(days=4), seconds=600)))
    assert code == "time"
    assert message.count("2026") == 4


def test_positions_of_the_way_there_are_kept_and_yesterday_s_left_out() -> None:
    yesterday = walk(MORNING - timedelta(days=1), seconds=300)
    track = cleaned(gpx(yesterday, walk(MORNING - timedelta(hours=1), seconds=3600)))
    assert noted(track)["outside_time"]["n"] == len(yesterday)
    assert "beside_patrol" not in noted(track) or track.ended_at < MORNING


def test_a_track_beside_its_patrol_is_noted() -> None:
    assert "beside_patrol" in noted(cleaned(gpx(walk(MORNING - timedelta(hours=5), seconds=600))))


def test_a_track_without_times_takes_those_of_the_patrol() -> None:
    track = cleaned(gpx([(x, y, None) for x, y, _t in walk(MORNING, seconds=3600)]))
    assert not track.timed
    assert (track.started_at, track.ended_at) == (window().started_at, window().finished_at)
    assert "no_times" in noted(track)
    assert track.effort == {}


def test_a_track_without_times_may_not_be_longer_than_a_patrol_can_go() -> None:
    far = [(START[0] + i * 0.005, START[1], None) for i in range(200)]
    assert refused(gpx(far), window(hours=0.5))[0] == "too_fast"


# --- place ----------------------------------------------------------------------------------------------------


def test_swapped_axes_are_named() -> None:
    code, message = refused(gpx([(y, x, t) for x, y, t in walk(MORNING, seconds=600)]))
    assert code == "swapped"
    assert "swapped" in message


def test_another_country_is_refused() -> None:
    code, message = refused(gpx(walk(MORNING, seconds=600, at=(13.4, 52.5))))
    assert code == "place"
    assert "52.50000, 13.40000" in message


def test_a_file_of_zeros_has_no_fix() -> None:
    assert refused(gpx([(0.0, 0.0, MORNING)] * 5))[0] == "no_fix"


# --- whatever comes ------------------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(
            st.floats(107.3, 107.5),
            st.floats(13.7, 13.9),
            st.one_of(st.none(), st.integers(-40_000, 60_000)),
            st.booleans(),
        ),
        min_size=1,
        max_size=60,
    )
)
def test_whatever_comes_out_is_in_order_slow_enough_and_adds_up(rows: Any) -> None:
    found = Reading("gpx")
    for lon, lat, at, part in rows:
        found.add(Position(lon, lat, None if at is None else MORNING.timestamp() + at))
        if part:
            found.part()
    try:
        track = cleaning.clean(found, window())
    except ValidationError:
        return
    assert track.started_at <= track.ended_at
    assert track.points + track.dropped >= len(rows)
    lasted = (track.ended_at - track.started_at).total_seconds()
    assert sum(seconds for seconds, _metres in track.effort.values()) <= lasted + 1
    if track.timed:
        assert track.length_m <= order.FASTEST_MS * lasted + shapes.GAP_M + order.SLACK_M * track.points
        assert sum(metres for _seconds, metres in track.effort.values()) == pytest.approx(track.length_m, abs=1)
    assert all(len(line) >= 2 for line in track.path)
    assert len(track.path) == len(track.line_m)


# --- effort and words -----------------------------------------------------------------------------------------


def test_effort_is_dealt_out_to_the_squares_crossed() -> None:
    track = cleaned(gpx(walk(MORNING, seconds=3000, speed=2, heading=90)))
    assert sum(metres for _seconds, metres in track.effort.values()) == pytest.approx(6000, rel=0.01)
    assert sum(seconds for seconds, _metres in track.effort.values()) == pytest.approx(3000, abs=1)
    assert 6 <= len(track.effort) <= 9
    assert max(metres for _seconds, metres in track.effort.values()) < 1100
    east = sorted(cell[0] for cell in track.effort)
    assert east == list(range(east[0], east[-1] + 1)) or len(set(east)) == east[-1] - east[0] + 1


def test_every_note_has_its_sentence() -> None:
    notes = Notes()
    for code in words.SENTENCES:
        notes.add(code, 2, minutes=3, metres=4)
    with translation.override("en"):
        found = words.sentences(notes.listed())
    assert len(found) == len(words.SENTENCES)
    assert not [sentence for sentence in found if "%(" in sentence]
    assert words.sentence({"code": "of_tomorrow"}) == "of_tomorrow"


def test_a_large_file_is_read_while_one_waits() -> None:
    """A day and a half at one position a second; the bound is generous, the figure is some seconds."""
    content = gpx(jitter(walk(MORNING, seconds=130_000, every=1, speed=0.8), 4))
    assert len(content) > 12_000_000
    started = datetime.now(tz=UTC)
    track = cleaned(content, window(hours=37))
    assert datetime.now(tz=UTC) - started < timedelta(seconds=60)
    assert track.length_m == pytest.approx(0.8 * 130_000, rel=0.15)
