"""A reading request asks the register once; a writing one, and everything outside a request, asks every time."""

from datetime import UTC, datetime

from django.http import HttpResponse
from django.test import RequestFactory

from units import policy
from units.actions import end_posting
from units.remembered import while_reading


def ask_twice(request):
    policy.unit_ids(request.user, policy.VIEW)
    policy.unit_ids(request.user, policy.VIEW)
    return HttpResponse()


def run(user, method, view=ask_twice):
    request = RequestFactory().generic(method, "/")
    request.user = user
    return while_reading(view)(request)


def test_a_reading_request_asks_once(province, django_assert_num_queries):
    with django_assert_num_queries(1):
        run(province, "GET")


def test_a_writing_request_asks_every_time(province, django_assert_num_queries):
    with django_assert_num_queries(2):
        run(province, "POST")


def test_the_next_request_and_code_outside_of_one_ask_anew(province, django_assert_num_queries):
    with django_assert_num_queries(3):
        run(province, "GET")
        run(province, "GET")
        policy.unit_ids(province, policy.VIEW)


def test_two_persons_do_not_share_answers(province, head):
    seen = {}

    def view(request):
        seen["province"] = policy.unit_ids(province, policy.VIEW)
        seen["head"] = policy.unit_ids(head, policy.VIEW)
        return HttpResponse()

    run(province, "GET", view)
    assert seen["head"] < seen["province"]


def test_a_posting_that_ends_gives_nothing_in_the_next_request(province, signed_in):
    client = signed_in(province)
    assert "RTK" not in client.get("/api/v1/incidents/").content.decode()
    assert client.get("/units/post-1607-1/").status_code == 200
    end_posting(actor=None, posting=province.postings.get(), at=datetime(2026, 1, 1, tzinfo=UTC), reason="moved")
    assert client.get("/units/post-1607-1/").status_code == 404


def test_an_error_on_the_way_leaves_nothing_remembered(province, django_assert_num_queries):
    def broken(request):
        policy.unit_ids(request.user, policy.VIEW)
        raise LookupError

    for _time in range(2):
        with django_assert_num_queries(1):
            try:
                run(province, "GET", broken)
            except LookupError:
                continue
