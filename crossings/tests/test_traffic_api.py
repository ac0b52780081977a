"""Traffic for machines: reading page by page, entering many days at once, the streamed table."""

import csv
import io
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from borderwatch import jobs, sealed
from crossings import actions
from crossings.actions import imports
from crossings.counts import Line
from crossings.models import Crossing, TrafficLine, TrafficSheet
from units.models import User

pytestmark = pytest.mark.django_db
HERE = "/api/v1/traffic/"


@pytest.fixture(autouse=True)
def _english(world: Any) -> None:
    """Refusals are compared by their English words."""
    User.objects.update(language="en")


@pytest.fixture
def yesterday() -> date:
    return timezone.localdate() - timedelta(days=1)


@pytest.fixture
def post(signed_in: Any, district: Any) -> Callable[..., Any]:
    """Send days as `district`, with a key of one's own."""

    def make(sheets: Any, user: Any = None, **headers: Any) -> Any:
        headers = {"HTTP_IDEMPOTENCY_KEY": str(uuid.uuid4()), **headers}
        return signed_in(user or district).post(HERE, {"sheets": sheets}, content_type="application/json", **headers)

    return make


def sheet(day: date, **changes: Any) -> dict[str, Any]:
    """A day as it is sent."""
    return {
        "crossing": "vn-o-yadav", "day": day.isoformat(), "direction": "in", "observed_minutes": 720,
        "method": "counted", "observer": "Sok Dara",
        "lines": [
            {"kind": "passengers", "nationality": "khmer", "number": 120},
            {"kind": "goods", "class_of": "cassava", "tonnes": "210.5", "value": 84000000, "currency": "KHR"},
        ],
        **changes,
    }  # fmt: skip


def test_many_days_are_entered_and_again_they_are_the_same(post: Any, yesterday: date) -> None:
    days = [sheet(yesterday), sheet(yesterday, direction="out"), sheet(yesterday - timedelta(days=1))]
    first = post(days)
    assert first.status_code == 201, first.content
    assert [one["outcome"] for one in first.json()["results"]] == ["new"] * 3
    again = post(days)
    assert again.status_code == 200
    assert [one["outcome"] for one in again.json()["results"]] == ["same"] * 3
    assert TrafficSheet.objects.filter(source="api").count() == 3


def test_a_mistake_anywhere_enters_nothing_and_is_pointed_at(post: Any, yesterday: date) -> None:
    bad = sheet(yesterday, direction="out", lines=[
        {"kind": "vehicles", "class_of": "car", "number": 3}, {"kind": "vehicles", "class_of": "tank", "number": 3},
    ])  # fmt: skip
    answer = post([sheet(yesterday), bad])
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["pointer"] == "/sheets/1/lines/1/class_of"
    assert "“tank”" in error["detail"]
    assert not TrafficSheet.objects.exists()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"lines": [{"kind": "ghosts", "number": 1}]}, "/sheets/0/lines/0/kind"),
        ({"lines": [{"kind": "searches", "number": -1}]}, "/sheets/0/lines/0/number"),
        ({"lines": [{"kind": "searches", "number": 10**7}]}, "/sheets/0/lines/0/number"),
        ({"lines": []}, "/sheets/0/lines"),
        ({"day": "tomorrow"}, "/sheets/0/day"),
        ({"day": (timezone.localdate() + timedelta(days=3)).isoformat()}, "/sheets/0/day"),
        ({"observed_minutes": 2000}, "/sheets/0/observed_minutes"),
        ({"crossing": "th-poipet"}, "/sheets/0/crossing"),
        ({"method": "guessed"}, "/sheets/0/method"),
    ],
)
def test_what_cannot_be_is_pointed_at(post: Any, yesterday: date, change: Any, pointer: str) -> None:
    answer = post([{**sheet(yesterday), **change}])
    assert answer.status_code == 400, answer.content
    assert pointer in [one["pointer"] for one in answer.json()["errors"]], answer.json()
    assert not TrafficSheet.objects.exists()


def test_a_correction_wants_the_version_it_replaces_and_a_reason(post: Any, yesterday: date) -> None:
    post([sheet(yesterday)])
    other = {"lines": [{"kind": "passengers", "nationality": "khmer", "number": 121}]}
    late = post([sheet(yesterday, **other)])
    assert late.status_code == 409
    assert "meanwhile" in late.json()["detail"]
    assert post([sheet(yesterday, **other, expected_version=1)]).status_code == 400
    done = post([sheet(yesterday, **other, expected_version=1, reason="Recounted")])
    assert done.status_code == 201
    assert done.json()["results"][0]["version"] == 2
    assert post([sheet(yesterday, **other, expected_version=1, reason="Recounted")]).status_code == 200


def test_a_key_is_asked_for_and_too_much_is_refused(post: Any, yesterday: date) -> None:
    assert post([sheet(yesterday)], HTTP_IDEMPOTENCY_KEY="mine").status_code == 400
    lines = [{"kind": "searches", "number": 1}] * 300
    many = post([sheet(yesterday - timedelta(days=n), lines=lines) for n in range(17)])
    assert many.status_code == 400
    assert "5000" in many.json()["errors"][0]["detail"]
    assert not TrafficSheet.objects.exists()


def test_who_may_not_enter_here_enters_nothing(post: Any, yesterday: date, auditor: Any, province2: Any) -> None:
    assert post([sheet(yesterday)], user=auditor).status_code == 403
    # He does not see the traffic of this crossing at all.
    assert post([sheet(yesterday)], user=province2).status_code == 400
    assert not TrafficSheet.objects.exists()


@pytest.fixture
def entered(world: Any, district: Any, yesterday: date) -> list[TrafficSheet]:
    """Three days in both directions."""
    crossing = Crossing.objects.get(slug="vn-o-yadav")
    return [
        actions.record_sheet(
            actor=district, crossing=crossing, day=yesterday - timedelta(days=n), direction=way, observed_minutes=510,
            method="counted", observer="=Sok", note="+ rain",
            lines=[Line("passengers", nationality="khmer", number=n), Line("vehicles", "car", number=0)],
        ).sheet
        for n in range(3)
        for way in ("in", "out")
    ]  # fmt: skip


def test_the_counts_come_page_by_page_with_their_lines(
    signed_in: Any, moi: Any, entered: Any, yesterday: date, django_assert_max_num_queries: Any
) -> None:
    browser = signed_in(moi)
    with django_assert_max_num_queries(12):
        first = browser.get(HERE, {"limit": 4}).json()
    assert len(first["results"]) == 4
    row = first["results"][0]
    assert row["crossing"] == "vn-o-yadav"
    assert row["searches"] is None
    assert row["vehicles"] == 0
    assert [line["kind"] for line in row["lines"]] == ["passengers", "vehicles"]
    assert row["url"].endswith(f"/{row['day']}/")
    rest = browser.get(first["next"]).json()
    assert len(rest["results"]) == 2
    assert rest["next"] is None
    narrowed = browser.get(HERE, {"crossing": "vn-o-yadav", "direction": "out", "since": yesterday.isoformat()})
    assert len(narrowed.json()["results"]) == 1
    assert browser.get(HERE, {"province": "01"}).json()["results"] == []
    assert browser.get(HERE, {"since": "soon"}).status_code == 400


def test_others_see_no_counts(signed_in: Any, province2: Any, outsider: Any, entered: Any) -> None:
    for person in (province2, outsider):
        assert signed_in(person).get(HERE).json()["results"] == []
        table = b"".join(signed_in(person).get("/api/v1/traffic.csv").streaming_content)
        assert table.count(b"\n") == 1


def test_the_table_is_streamed_harmless_and_can_be_sent_back(
    signed_in: Any, district: Any, entered: Any, world: Any
) -> None:
    answer = signed_in(district).get("/api/v1/traffic.csv", HTTP_ACCEPT="text/csv")
    assert answer.streaming
    body = b"".join(answer.streaming_content)
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    assert len(rows) == TrafficLine.objects.count()
    assert {row["observer"] for row in rows} == {"'=Sok"}
    assert {row["note"] for row in rows} == {"'+ rain"}
    assert {row["observed_hours"] for row in rows} == {"8:30"}
    file = sealed.keep(SimpleUploadedFile("traffic.csv", body), max_bytes=10**7)
    imported = actions.upload_traffic(actor=district, unit=world["district-1607"], file=file)
    job = jobs.latest(imports.subject(imported), imports.READ_JOB)
    assert job is not None
    jobs.run(job.pk)
    imported.refresh_from_db()
    assert imported.errors == []
    assert (imported.counts["same"], imported.counts["new"], imported.counts["corrected"]) == (6, 0, 0)


def test_the_table_narrows_as_the_list_does(signed_in: Any, district: Any, entered: Any, yesterday: date) -> None:
    browser = signed_in(district)
    body = b"".join(browser.get("/api/v1/traffic.csv", {"until": "2020-01-01"}).streaming_content)
    assert body.count(b"\n") == 1
    assert browser.get("/api/v1/traffic.csv", {"direction": "up"}).status_code == 400
