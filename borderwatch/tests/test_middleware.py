"""What every request gets: an id, and the person's own language."""

import re

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import translation

from borderwatch.middleware import language_of_person, request_id


def answer(_request):
    return HttpResponse(translation.get_language())


def test_every_answer_has_an_id():
    first, second = (request_id(answer)(RequestFactory().get("/"))["X-Request-ID"] for _n in range(2))
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert first != second


@pytest.mark.parametrize(
    ("given", "kept"), [("proxy-id-0001", True), ("short", False), ("x" * 65, False), ("a b c d e f\n", False)]
)
def test_a_proxys_id_is_kept_when_it_is_harmless(given, kept):
    request = RequestFactory().get("/", headers={"X-Request-ID": given})
    assert (request_id(answer)(request)["X-Request-ID"] == given) is kept


@pytest.mark.parametrize("language", ["km", "en"])
def test_a_person_reads_his_own_language_whatever_the_browser_says(language, district):
    district.language = language
    request = RequestFactory().get("/", headers={"Accept-Language": "fr"})
    request.user = district
    with translation.override("km"):
        assert language_of_person(answer)(request).content.decode() == language


def test_a_machine_may_ask_by_header(district):
    district.language = "km"
    request = RequestFactory().get("/api/v1/incidents/", headers={"Accept-Language": "en"})
    request.user = district
    with translation.override("en"):
        assert language_of_person(answer)(request).content.decode() == "en"


def test_pages_carry_the_headers_a_browser_obeys(client, db):
    page = client.get("/accounts/login/")
    assert page.status_code == 200
    policy = page["Content-Security-Policy"]
    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in policy
    assert "frame-ancestors 'none'" in policy
    assert re.search(r"script-src 'self'( 'nonce-[^']+')?(;|$)", policy)
    assert page["X-Frame-Options"] == "DENY"
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["X-Request-ID"]
    assert settings.SESSION_COOKIE_HTTPONLY
