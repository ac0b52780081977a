"""Publishing weights: who may, what cannot be, one set in force at a time; and what-if on them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from borderwatch import clock
from crossings import actions, scoring
from crossings.models import Crossing, Weights
from crossings.reference_weights import load_weights
from crossings.tests.assessing import complete

GOOD = {"people": 40, "security": 60}


@pytest.fixture
def gate(world: dict[str, Any]) -> Crossing:
    return Crossing.objects.get(slug="vn-o-yadav")


@pytest.fixture
def unit(world: dict[str, Any]) -> Any:
    return world["district-1607"]


@pytest.fixture
def english(signed_in: Any) -> Any:
    def sign_in(person: Any) -> Any:
        person.language = "en"
        person.save(update_fields=["language"])
        return signed_in(person)

    return sign_in


def publish(actor: Any, **changes: Any) -> Weights:
    given = {"name": "ទម្ងន់ថ្មី", "values": GOOD, "since": clock.now(), "reason": "សេចក្តីសម្រេច", **changes}
    return actions.publish_weights(actor=actor, **given)


@pytest.mark.parametrize("who", ["province", "district", "mfaic", "ssba", "auditor", "keeper", "outsider"])
def test_only_the_ministry_above_the_provinces_publishes(who: str, request: Any, untouched: Any) -> None:
    person = request.getfixturevalue(who)
    with untouched(), pytest.raises(PermissionDenied):
        publish(person)


def test_a_set_begins_and_the_one_before_ends_there(moi: Any, audited: Any) -> None:
    first = scoring.in_force()
    assert first is not None
    second = publish(moi)
    first.refresh_from_db()
    assert first.until == second.since
    assert scoring.in_force() == second
    assert second.since is not None
    assert scoring.in_force(second.since - timedelta(seconds=1)) == first
    # What is not named has no weight.
    assert second.values == {**dict.fromkeys(scoring.SLUGS, 0), **GOOD}
    entry = audited("publish_weights", str(second.pk))
    assert entry.before == {"ended": [{"name": first.name, "values": first.values}]}
    assert entry.reason == "សេចក្តីសម្រេច"


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": " "}),
        ("name", {"name": "x" * 201}),
        ("reason", {"reason": ""}),
        ("people", {"values": {"people": -1}}),
        ("people", {"values": {"people": 1001}}),
        ("people", {"values": {"people": float("nan")}}),
        ("people", {"values": {"people": float("inf")}}),
        ("people", {"values": {"people": "much"}}),
        ("people", {"values": {"people": True}}),
        ("values", {"values": {"luck": 5}}),
        ("values", {"values": {"people": 0}}),
        ("values", {"values": {}}),
        ("since", {"since": datetime(2024, 11, 4, tzinfo=UTC)}),
        ("since", {"since": datetime(2999, 1, 1, tzinfo=UTC)}),
    ],
)
def test_what_cannot_be_published_is_refused_at_its_field(
    field: str, changes: dict[str, Any], moi: Any, untouched: Any
) -> None:
    with untouched(), pytest.raises(ValidationError) as refused:
        publish(moi, **changes)
    assert set(refused.value.error_dict) == {field}
    assert Weights.objects.count() == 1


def test_a_set_that_was_planned_is_not_overtaken(moi: Any) -> None:
    publish(moi, since=clock.now() + timedelta(days=10))
    with pytest.raises(ValidationError) as refused:
        publish(moi, since=clock.now() + timedelta(days=5))
    assert set(refused.value.error_dict) == {"since"}
    publish(moi, since=clock.now() + timedelta(days=20))


def test_the_database_itself_refuses_two_sets_at_a_time(world: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="one_set_of_weights_is_in_force_at_a_time"), transaction.atomic():
        Weights.objects.create(name="x", values=GOOD, period=(clock.now(), None), published_at=clock.now())


# --- what-if, and the page ----------------------------------------------------------------------------------------


def ranking(page: Any) -> list[tuple[int, int | None, int | None]]:
    return [(row["assessment"].pk, row["rank_before"], row["rank_after"]) for row in page.context["rows"]]


def test_what_if_shows_published_and_tried_beside_each_other_and_saves_nothing(
    english: Any, district: Any, moi: Any, gate: Crossing, unit: Any, untouched: Any
) -> None:
    strong = complete(district, gate, unit, security_risk=4)
    weak = complete(district, gate, unit, population=200, hardship=0, attitude="against", security_risk=0)
    browser = english(moi)
    zeros = "&".join(f"w_{slug}=0" for slug in scoring.SLUGS if slug != "security")
    with untouched():
        plain = browser.get("/crossings/assessments/weights/")
        tried = browser.get(f"/crossings/assessments/weights/?{zeros}&w_security=២០&a={strong.pk}&a={weak.pk}")
    assert ranking(plain) == [(strong.pk, 1, 1), (weak.pk, 2, 2)]
    assert ranking(tried) == [(weak.pk, 2, 1), (strong.pk, 1, 2)]
    assert [row["after"].total for row in tried.context["rows"]] == [100, 0]
    assert "1 rank up" in tried.content.decode()
    assert Weights.objects.count() == 1


def test_a_weight_that_cannot_be_is_said_at_its_field_and_the_published_one_used(
    english: Any, district: Any, moi: Any, gate: Crossing, unit: Any
) -> None:
    complete(district, gate, unit)
    browser = english(moi)
    for value, words in (
        ("-1", "A weight is not below zero."), ("2000", "A weight is at most 1000."), ("much", "Write a number"),
        ("NaN", "Write a number"),
    ):  # fmt: skip
        page = browser.get("/crossings/assessments/weights/", {"w_people": value})
        assert page.status_code == 200
        assert words in page.content.decode()
        assert list(page.context["form"].errors) == ["w_people"]
        (row,) = page.context["rows"]
        assert row["before"] == row["after"]
    zeros = dict.fromkeys((f"w_{slug}" for slug in scoring.SLUGS), "0")
    page = browser.get("/crossings/assessments/weights/", zeros)
    assert "At least one criterion needs a weight above zero." in page.content.decode()
    (row,) = page.context["rows"]
    assert row["before"] == row["after"]


def test_the_first_weights_are_loaded_once_and_hold_since_the_directive(world: dict[str, Any]) -> None:
    load_weights()
    (first,) = Weights.objects.all()
    assert first.name == "ទម្ងន់ដំបូង · First weights"
    assert set(first.values) == set(scoring.SLUGS)
    assert first.since is not None
    assert timezone.localtime(first.since).isoformat() == "2024-11-03T00:00:00+07:00"
    assert first.until is None


def test_the_ministry_publishes_a_set_and_the_one_before_ends(english: Any, moi: Any, audited: Any) -> None:
    browser = english(moi)
    tomorrow = timezone.localdate() + timedelta(days=1)
    sent = {
        "name": "ទម្ងន់ឆ្នាំថ្មី", "since": f"{tomorrow:%d/%m/%Y}", "reason": "សេចក្តីសម្រេច",
        **{f"w_{slug}": "១០" for slug in scoring.SLUGS},
    }  # fmt: skip
    refused = browser.post("/crossings/assessments/weights/", {**sent, "w_people": "-1", "reason": ""})
    assert refused.status_code == 422
    assert set(refused.context["publish"].errors) == {"w_people", "reason"}
    assert browser.post("/crossings/assessments/weights/", sent).status_code == 302
    second, first = Weights.objects.order_by("-period")
    assert first.until == second.since
    assert second.values == dict.fromkeys(scoring.SLUGS, 10)
    assert scoring.in_force() == first
    assert audited("publish_weights", str(second.pk)).after["values"] == second.values
