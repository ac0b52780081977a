"""One patrol's page: its steps, its track, what it saw, and the files that came with it."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from borderwatch import clock
from incidents.tests.test_photos import picture, upload
from units import actions
from units.choices import MarkerFinding, PatrolState, TrackSource
from units.models import BorderMarker, Observation, Patrol, Track
from units.tests.walks import (  # noqa: F401
    URL,
    _english,
    _own_media,
    gpx,
    key,
    local,
    plan_fixture,
    sector_fixture,
    seen,
    under_way_fixture,
)


@pytest.fixture
def marker(world: dict[str, Any]) -> BorderMarker:
    """The marker of the province nearest to the ponds."""
    found = BorderMarker.objects.filter(section__province__code="16")
    return min(found, key=lambda one: abs(one.point.x - 107.42) + abs(one.point.y - 13.786))


def test_who_does_not_see_the_unit_does_not_see_its_patrol(
    signed_in: Any, under_way: Patrol, province2: Any, district: Any, outsider: Any, disabled: Any
) -> None:
    address = f"{URL}{under_way.pk}/"
    for person in (province2, district, outsider):
        browser = signed_in(person)
        assert browser.get(address).status_code == 404
        for step in ("start", "finish", "call-off", "tracks", "observations"):
            assert browser.post(f"{address}{step}/").status_code == 404, (person.username, step)
    assert signed_in(disabled).get(address).status_code == 302


def test_who_sees_but_does_not_manage_is_offered_nothing_and_refused(
    signed_in: Any, under_way: Patrol, moi: Any, auditor: Any, keeper: Any, untouched: Any
) -> None:
    address = f"{URL}{under_way.pk}/"
    for person in (moi, auditor, keeper):
        browser = signed_in(person)
        page = browser.get(address)
        assert page.status_code == 200
        assert b'method="post" action="/patrols/' not in page.content
        with untouched():
            for step in ("start", "finish", "call-off", "tracks"):
                assert browser.post(f"{address}{step}/", key()).status_code == 403, (person.username, step)
            photo = {"photo": upload(picture())}
            assert browser.post(f"{address}observations/", seen() | photo).status_code == 403, person.username


def test_a_patrol_from_plan_to_return(signed_in: Any, plan: Any, head: Any, audited: Any) -> None:
    patrol = plan()
    browser, address = signed_in(head), f"{URL}{patrol.pk}/"
    assert set(browser.get(address).context["forms"]) == {"start", "call_off"}
    assert browser.post(f"{address}start/", {"at": ""}).status_code == 302
    assert set(browser.get(address).context["forms"]) == {"finish", "upload", "draw", "observe"}
    ahead = {"at": local(timezone.now() + timedelta(hours=2)), "note": "All quiet"}
    answer = browser.post(f"{address}finish/", ahead)
    assert answer.status_code == 422
    assert "at" in answer.context["forms"]["finish"].errors
    assert b"All quiet" in answer.content
    with clock.replaying(timezone.now() + timedelta(minutes=1)):
        assert browser.post(f"{address}finish/", {"at": "", "note": "All quiet"}).status_code == 302
    patrol.refresh_from_db()
    assert (patrol.state, patrol.note) == (PatrolState.FINISHED, "All quiet")
    assert set(browser.get(address).context["forms"]) == {"upload", "draw", "observe"}
    for verb in ("plan_patrol", "start_patrol", "finish_patrol"):
        assert audited(verb, patrol.ref).actor == head
    # A step that the state no longer allows is refused with the reason.
    again = browser.post(f"{address}start/", {"at": ""})
    assert again.status_code == 422


def test_calling_off_asks_a_reason(signed_in: Any, plan: Any, head: Any, audited: Any, untouched: Any) -> None:
    patrol = plan()
    browser, address = signed_in(head), f"{URL}{patrol.pk}/call-off/"
    with untouched():
        answer = browser.post(address, {"reason": " "})
    assert answer.status_code == 422
    assert "reason" in answer.context["forms"]["call_off"].errors
    assert browser.post(address, {"reason": "The river is in flood"}).status_code == 302
    assert audited("call_off_patrol", patrol.ref).reason == "The river is in flood"
    assert b"The river is in flood" in browser.get(patrol.get_absolute_url()).content


def test_a_state_that_changed_meanwhile_is_said_and_nothing_typed_is_lost(signed_in: Any, plan: Any, head: Any) -> None:
    patrol = plan()
    browser = signed_in(head)
    actions.start_patrol(actor=head, patrol=patrol)
    answer = browser.post(f"{URL}{patrol.pk}/call-off/", {"reason": "Typed with care"})
    assert answer.status_code == 422
    assert b"Typed with care" in answer.content
    assert b"cannot be done now" in answer.content


# --- tracks ---------------------------------------------------------------------------------------------------


def test_the_file_of_a_device_becomes_a_track(signed_in: Any, under_way: Patrol, head: Any, audited: Any) -> None:
    browser, address = signed_in(head), f"{URL}{under_way.pk}/"
    file = gpx(under_way.started_at)  # type: ignore[arg-type]
    sent = key() | {"way": "file", "upload": file}
    assert browser.post(f"{address}tracks/", sent).status_code == 302
    track = Track.objects.get()
    assert (track.source, track.timed, track.original_name) == (TrackSource.GPX, True, "walk.gpx")
    assert audited("add_track", under_way.ref).after["track"] == track.pk
    page = browser.get(address)
    drawn = page.context["map"]["features"]
    assert [one["properties"]["kind"] for one in drawn] == ["track"]
    assert drawn[0]["geometry"]["type"] in ("LineString", "MultiLineString")
    assert b"walk.gpx" in page.content
    # The same file again is the same track.
    file.seek(0)
    assert browser.post(f"{address}tracks/", key() | {"way": "file", "upload": file}).status_code == 302
    assert Track.objects.count() == 1
    # And it comes back as it went in.
    answer = browser.get(f"{address}tracks/{track.pk}/file/")
    file.seek(0)
    assert b"".join(answer.streaming_content) == file.read()
    assert answer["Content-Disposition"] == 'attachment; filename="walk.gpx"'
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_the_page_says_in_words_what_the_reading_mended(signed_in: Any, under_way: Patrol, head: Any) -> None:
    start = under_way.started_at
    assert start is not None
    file = gpx(start)
    content = file.read().replace(b"</trkseg>", b'<trkpt lat="0" lon="0"/></trkseg>')
    broken = SimpleUploadedFile("walk.gpx", content)
    browser, address = signed_in(head), f"{URL}{under_way.pk}/"
    browser.post(f"{address}tracks/", key() | {"way": "file", "upload": broken})
    assert "Positions without a fix" in browser.get(address).content.decode()


@pytest.mark.parametrize(
    ("name", "content"),
    [("walk.gpx", b""), ("walk.gpx", b"<gpx>"), ("walk.csv", b"lat,lon\n"), ("song.mp3", b"ID3 not a track")],
)
def test_a_file_that_is_no_track_is_refused_at_the_field(
    signed_in: Any, under_way: Patrol, head: Any, untouched: Any, name: str, content: bytes
) -> None:
    sent = key() | {"way": "file", "upload": SimpleUploadedFile(name, content)}
    with untouched():
        answer = signed_in(head).post(f"{URL}{under_way.pk}/tracks/", sent)
    assert answer.status_code == 422
    assert "upload" in answer.context["forms"]["upload"].errors
    assert b'id="upload" open' in answer.content
    assert not Track.objects.exists()


def test_a_track_far_away_and_one_of_tomorrow_are_refused(signed_in: Any, under_way: Patrol, head: Any) -> None:
    start = under_way.started_at
    assert start is not None
    browser = signed_in(head)
    for file in (gpx(start, at=(104.9, 11.55)), gpx(timezone.now() + timedelta(days=1))):
        sent = key() | {"way": "file", "upload": file}
        assert browser.post(f"{URL}{under_way.pk}/tracks/", sent).status_code == 422
    assert not Track.objects.exists()


def test_a_line_drawn_by_hand_says_so(signed_in: Any, under_way: Patrol, head: Any) -> None:
    browser, address = signed_in(head), f"{URL}{under_way.pk}/"
    sent = key() | {"way": "drawn", "drawn": "13.786, 107.42\n13.79, 107.43"}
    assert browser.post(f"{address}tracks/", sent).status_code == 302
    track = Track.objects.get()
    assert (track.source, track.timed) == (TrackSource.DRAWN, False)
    page = browser.get(address)
    assert "Drawn by hand" in page.content.decode()
    assert page.context["map"]["features"][0]["properties"]["kind"] == "drawn"
    assert browser.get(f"{address}tracks/{track.pk}/file/").status_code == 404


@pytest.mark.parametrize("drawn", ["", "13.786, 107.42", "13.786, 107.42\nhere", "11.55, 104.9\n11.56, 104.91"])
def test_a_line_that_cannot_be_is_refused_and_kept_in_the_form(
    signed_in: Any, under_way: Patrol, head: Any, untouched: Any, drawn: str
) -> None:
    with untouched():
        answer = signed_in(head).post(f"{URL}{under_way.pk}/tracks/", key() | {"way": "drawn", "drawn": drawn})
    assert answer.status_code == 422
    assert "drawn" in answer.context["forms"]["draw"].errors
    assert drawn.encode() in answer.content


# --- what it saw ----------------------------------------------------------------------------------------------


def test_an_observation_with_its_photo(signed_in: Any, under_way: Patrol, head: Any, audited: Any) -> None:
    browser, address = signed_in(head), f"{URL}{under_way.pk}/"
    sent = seen(photo=upload(picture()))
    assert browser.post(f"{address}observations/", sent).status_code == 302
    row = Observation.objects.get()
    assert row.point.coords == pytest.approx((107.42, 13.786))
    assert (row.accuracy_m, row.text, row.photo_name) == (25, "Fresh tracks at the ford", "ponds.jpg")
    assert audited("add_observation", under_way.ref).actor == head
    page = browser.get(address).content.decode()
    assert "Fresh tracks at the ford" in page
    assert f"/incidents/new/from-observation/{row.pk}/" in page
    photo = f"{address}observations/{row.pk}/photo/"
    assert browser.get(photo)["Content-Disposition"].startswith("attachment")
    shown = browser.get(f"{photo}?display=1")
    assert shown["Content-Type"] == "image/jpeg"
    assert "sandbox" in shown["Content-Security-Policy"]
    # Sent twice it is one.
    browser.post(f"{address}observations/", seen(client_key=sent["client_key"]))
    assert Observation.objects.count() == 1


def test_at_a_marker_its_own_place_counts(signed_in: Any, under_way: Patrol, head: Any, marker: BorderMarker) -> None:
    browser, address = signed_in(head), f"{URL}{under_way.pk}/"
    sent = seen(marker=marker.code, finding="moved", point="", text="")
    assert browser.post(f"{address}observations/", sent).status_code == 302
    row = Observation.objects.get()
    assert (row.marker, row.finding) == (marker, MarkerFinding.MOVED)
    assert (row.point.coords, row.accuracy_m) == (marker.point.coords, marker.accuracy_m)
    assert marker.label in browser.get(address).content.decode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": ""}, "text"),
        ({"point": ""}, "point"),
        ({"point": "here"}, "point"),
        ({"point": "11.55, 104.9"}, "point"),
        ({"accuracy_m": "0"}, "accuracy_m"),
        ({"at": ""}, "at"),
        ({"at": "2020-01-01T10:00"}, "at"),
        ({"finding": "moved"}, "marker"),
        ({"marker": "M"}, "finding"),
        ({"marker": "no-such"}, "marker"),
        ({"photo": SimpleUploadedFile("p.jpg", b"no picture")}, "photo"),
    ],
)
def test_an_observation_is_refused_at_its_field(
    signed_in: Any, under_way: Patrol, head: Any, marker: BorderMarker, untouched: Any, changes: Any, field: str
) -> None:
    sent = seen(**changes)
    if sent["marker"] == "M":
        sent["marker"] = marker.code
    with untouched():
        answer = signed_in(head).post(f"{URL}{under_way.pk}/observations/", sent)
    assert answer.status_code == 422
    assert field in answer.context["forms"]["observe"].errors
    assert not Observation.objects.exists()


def test_a_photo_is_kept_while_something_else_is_mended(signed_in: Any, under_way: Patrol, head: Any) -> None:
    browser, address = signed_in(head), f"{URL}{under_way.pk}/observations/"
    answer = browser.post(address, seen(point="", photo=upload(picture())))
    assert answer.status_code == 422
    mark = answer.context["forms"]["observe"].mark
    # It is signed anew each time it is asked for, with the second it was signed in.
    assert mark.split(":")[0].encode() in answer.content
    assert b"ponds.jpg" in answer.content
    # A mark that somebody made up brings nothing.
    assert browser.post(address, seen(photo_kept=mark + "x")).status_code == 302
    assert Observation.objects.get().photo_sha256 == ""
    # Taken off again it stays away.
    assert browser.post(address, seen(photo_kept=mark, drop_photo="on")).status_code == 302
    assert browser.post(address, seen(photo_kept=mark)).status_code == 302
    assert sorted(bool(row.photo_sha256) for row in Observation.objects.all()) == [False, False, True]


def test_files_are_for_those_who_see_the_patrol(
    signed_in: Any, under_way: Patrol, head: Any, moi: Any, province2: Any, plan: Any
) -> None:
    browser, address = signed_in(head), f"{URL}{under_way.pk}/"
    start = under_way.started_at
    assert start is not None
    browser.post(f"{address}tracks/", key() | {"way": "file", "upload": gpx(start)})
    browser.post(f"{address}observations/", seen(photo=upload(picture())))
    track, row = Track.objects.get(), Observation.objects.get()
    for file in (f"tracks/{track.pk}/file/", f"observations/{row.pk}/photo/?display=1"):
        assert signed_in(moi).get(address + file).status_code == 200
        assert signed_in(province2).get(address + file).status_code == 404
        # Not under another patrol's number either.
        assert browser.get(f"{URL}{plan().pk}/{file}").status_code == 404


def test_one_patrol_takes_few_queries(
    signed_in: Any, under_way: Patrol, head: Any, django_assert_max_num_queries: Any
) -> None:
    browser, address = signed_in(head), f"{URL}{under_way.pk}/"
    for n in range(6):
        browser.post(f"{address}observations/", seen(text=f"Number {n}"))
        line = f"13.78{n}, 107.42\n13.79, 107.43"
        assert browser.post(f"{address}tracks/", key() | {"way": "drawn", "drawn": line}).status_code == 302
    with django_assert_max_num_queries(28):
        page = browser.get(address)
    assert len(page.context["tracks"]) == len(page.context["observations"]) == 6
