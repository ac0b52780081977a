"""What waits at crossings stands on the home page of whoever must do it."""

from datetime import timedelta

import pytest

from borderwatch import clock
from crossings.actions.closures import Terms, order_closure
from crossings.models import Crossing


@pytest.fixture
def order(province, world):
    crossing = Crossing.objects.get(slug="vn-o-yadav")
    terms = Terms(
        scope=["people"],
        measures=["barrier"],
        due_on=clock.now().date() + timedelta(days=9),
        number="12",
        responsible_unit=world["post-1607-1"],
    )
    return order_closure(actor=province, crossing=crossing, terms=terms)


def page_of(signed_in, user):
    user.language = "en"
    user.save(update_fields=["language"])
    return signed_in(user).get("/").content.decode()


def test_the_head_finds_the_crossing_his_unit_has_to_close(order, head, signed_in):
    page = page_of(signed_in, head)
    assert "Crossings your unit has to close" in page
    assert order.get_absolute_url() in page


@pytest.mark.parametrize("who", ["district", "province2", "mfaic", "outsider"])
def test_others_do_not(order, who, request, signed_in):
    assert order.get_absolute_url() not in page_of(signed_in, request.getfixturevalue(who))
