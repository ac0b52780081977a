"""Closure orders for machines: the same rows as on the pages, names in both languages, nothing localised."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from crossings import actions
from crossings.models import ClosureOrder, Crossing
from crossings.tests.closing import Closing, corridor, in_days, seen

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(world: Any) -> Crossing:
    return corridor()


@pytest.fixture
def life(place: Crossing, province: Any, head: Any, moi: Any) -> Closing:
    return Closing(place, province=province, head=head, moi=moi)


def results(client: Client, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/closure-orders/{query}")
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_a_machine_reads_orders(signed_in: Callable[[Any], Client], life: Closing, mfaic: Any, place: Crossing) -> None:
    order = life.issue()
    (row,) = results(signed_in(mfaic))
    assert row["number"] == "047/26 សសរ"
    assert row["crossing_code"] == place.slug
    assert (row["province_code"], row["unit_code"], row["issuer_code"]) == ("16", "post-1607-1", "province-16")
    assert (row["state"], row["overdue"], row["open_signs"]) == ("issued", False, 0)
    assert row["due_on"] == in_days(10).isoformat()
    assert row["url"] == f"/crossings/closures/{order.pk}/"
    assert row["issued_at"].endswith("Z") or "+" in row["issued_at"]


def test_filters_are_those_of_the_page(signed_in: Callable[[Any], Client], life: Closing, moi: Any) -> None:
    order, client = life.issue(), signed_in(moi)
    for query in ("?state=issued", "?province=16", "?overdue=false", "?unit=post-1607-1", "?number=047"):
        assert len(results(client, query)) == 1, query
    for query in ("?state=lifted", "?province=01", "?overdue=true", "?reopened=true", "?crossing=kh-none"):
        assert results(client, query) == [], query
    ClosureOrder.objects.filter(pk=order.pk).update(due_on=in_days(-1))
    assert results(client, "?overdue=true")[0]["overdue"] is True
    wrong = client.get("/api/v1/closure-orders/?state=nonsense")
    assert wrong.status_code == 400
    assert wrong.json()["errors"][0]["pointer"] == "/state"


def test_pages_follow_one_another_by_the_cursor(signed_in: Callable[[Any], Client], life: Closing, moi: Any) -> None:
    for number in range(3):
        order = life.draft(number=str(number))
        actions.withdraw_closure(actor=life.province, order=order, reason="Next try")
    client = signed_in(moi)
    first = client.get("/api/v1/closure-orders/?limit=2").json()
    assert [row["number"] for row in first["results"]] == ["2", "1"]
    second = client.get(first["next"]).json()
    assert [row["number"] for row in second["results"]] == ["0"]
    assert second["next"] is None
    assert client.get("/api/v1/closure-orders/?cursor=nonsense").status_code == 400


def test_one_order_with_its_visits_and_signs(
    signed_in: Callable[[Any], Client], life: Closing, mfaic: Any, province2: Any
) -> None:
    order = life.verify()
    actions.follow_up_closure(actor=life.head, order=order, seen=seen(), finding="reopened")
    life.sign(order)
    data = signed_in(mfaic).get(f"/api/v1/closure-orders/{order.pk}/").json()
    assert [visit["kind"] for visit in data["visits"]] == ["carried_out", "verification", "follow_up"]
    assert data["visits"][0]["distance_m"] == pytest.approx(40, abs=1)
    assert data["visits"][0]["measures"] == ["barrier"]
    assert data["visits"][0]["lat"] == pytest.approx(13.786, abs=0.001)
    assert data["open_signs"] == 2
    known = {sign["cause"]["kind"] if sign["cause"] else None: sign for sign in data["signs"]}
    assert known["closurevisit"]["seen_at"] is not None
    # The other cause is none this person may read of: nothing tells when or where it was.
    assert (known[None]["seen_at"], known[None]["distance_m"]) == (None, None)
    assert signed_in(province2).get(f"/api/v1/closure-orders/{order.pk}/").status_code == 404


def test_nothing_is_written_through_it(signed_in: Callable[[Any], Client], life: Closing, province: Any) -> None:
    order, client = life.issue(), signed_in(province)
    for address in ("/api/v1/closure-orders/", f"/api/v1/closure-orders/{order.pk}/"):
        for method in ("post", "put", "patch", "delete"):
            assert getattr(client, method)(address).status_code in {403, 405}
