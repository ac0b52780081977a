"""What every machine address shares: who is asking, problem answers, cursors, the description."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema
from knox.models import get_token_model

from borderwatch import api, problems
from borderwatch.views import machines

LIST = "/api/v1/incidents/"


def token_of(user: Any, **changes: Any) -> dict[str, str]:
    _token, secret = get_token_model().objects.create(user, **changes)
    return {"Authorization": f"Token {secret}"}


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(answer.content)
    assert body["status"] == status
    assert body["type"].startswith("/api/docs/#problem-")
    assert body["title"]
    return body


# --- who is asking --------------------------------------------------------------------------------------------


def test_nobody_is_told_how_to_sign_in(client: Client, db: None) -> None:
    for address in (LIST, "/api/v1/duties/", "/api/v1/notices/", f"{LIST}RTK-2026-000001/"):
        answer = client.get(address)
        assert problem(answer, 401)["title"]
        assert answer["WWW-Authenticate"] == 'Token realm="borderwatch"'


def test_a_token_gives_what_the_person_sees(client: Client, province: Any, province2: Any, ponds: Any) -> None:
    seen = client.get(LIST, headers=token_of(province)).json()["results"]
    assert [row["ref"] for row in seen] == [ponds.ref]
    assert client.get(LIST, headers=token_of(province2)).json()["results"] == []


def test_a_token_of_a_disabled_account_is_refused(client: Client, province: Any, disabled: Any) -> None:
    problem(client.get(LIST, headers=token_of(disabled)), 401)
    headers = token_of(province)
    assert client.get(LIST, headers=headers).status_code == 200
    province.is_active = False
    province.save(update_fields=["is_active"])
    problem(client.get(LIST, headers=headers), 401)


def test_a_disabled_account_loses_its_session(signed_in: Any, province: Any) -> None:
    browser = signed_in(province)
    assert browser.get(LIST).status_code == 200
    province.is_active = False
    province.save(update_fields=["is_active"])
    problem(browser.get(LIST), 401)


def test_an_old_token_is_refused(client: Client, province: Any) -> None:
    headers = token_of(province, expiry=timedelta(hours=1))
    assert client.get(LIST, headers=headers).status_code == 200
    get_token_model().objects.update(expiry=timezone.now() - timedelta(seconds=1))
    problem(client.get(LIST, headers=headers), 401)


@pytest.mark.parametrize("header", ["Token", "Token x", "Token a b", "Token \u00e9", "token " + "0" * 64])
def test_a_token_that_is_none_is_refused(client: Client, db: None, header: str) -> None:
    problem(client.get(LIST, headers={"Authorization": header}), 401)


def test_the_session_writes_only_with_the_csrf_token(signed_in: Any, district: Any) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = signed_in(district).cookies
    answer = browser.post(LIST, data="{}", content_type="application/json")
    problem(answer, 403)
    # A token needs none: no browser sends it by itself.
    answer = browser.post(LIST, data="{}", content_type="application/json", headers=token_of(district))
    problem(answer, 400)


def test_make_token_prints_a_secret_that_works(client: Client, province: Any, capsys: Any) -> None:
    call_command("make_token", "province", "--days", "2")
    secret = capsys.readouterr().out.strip()
    assert client.get(LIST, headers={"Authorization": f"Token {secret}"}).status_code == 200
    assert not get_token_model().objects.filter(digest=secret).exists()
    call_command("make_token", "province", "--revoke")
    problem(client.get(LIST, headers={"Authorization": f"Token {secret}"}), 401)


def test_make_token_wants_an_active_account(world: Any, disabled: Any) -> None:
    for name in ("disabled", "nobody"):
        with pytest.raises(CommandError, match=name):
            call_command("make_token", name)
    with pytest.raises(CommandError, match="one day"):
        call_command("make_token", "province", "--days", "0")


# --- problems -------------------------------------------------------------------------------------------------


def test_every_error_is_a_problem(signed_in: Any, province: Any) -> None:
    browser = signed_in(province)
    key = {"Idempotency-Key": str(uuid.uuid4())}
    problem(browser.get(f"{LIST}RTK-2026-999999/"), 404)
    for nowhere in ("/api/", "/api/v1/", "/api/v1/nonsense/", "/api/v1/duties/x/acknowledge/"):
        problem(browser.get(nowhere), 404)
    problem(browser.put(LIST), 405)
    problem(browser.get(LIST, headers={"Accept": "text/csv"}), 406)
    problem(browser.post(LIST, data="{", content_type="application/json", headers=key), 400)
    problem(browser.post(LIST, data="<a/>", content_type="application/xml", headers=key), 415)
    for body in ("[]", '"text"', "null", "17"):
        problem(browser.post(LIST, data=body, content_type="application/json", headers=key), 400)


def test_a_problem_speaks_the_callers_language(signed_in: Any, province: Any) -> None:
    browser = signed_in(province)
    address = f"{LIST}RTK-2026-999999/"
    english = problem(browser.get(address, headers={"Accept-Language": "en"}), 404)
    assert english["title"] == "Not found"
    assert english["type"] == "/api/docs/#problem-not-found"
    province.language = "en"
    province.save(update_fields=["language"])
    assert problem(browser.get(address), 404)["title"] == "Not found"


def test_errors_point_at_what_is_wrong() -> None:
    nested = {"a": ["x"], "list": [{}, {"b/c": ["y"]}], "non_field_errors": ["z"]}
    assert list(problems.nested_errors(nested)) == [
        {"pointer": "/a", "detail": "x"},
        {"pointer": "/list/1/b~1c", "detail": "y"},
        {"pointer": "", "detail": "z"},
    ]
    error = ValidationError({"text": ["one", "two"], "__all__": ["three"]})
    assert list(problems.django_errors(error)) == [
        {"pointer": "/text", "detail": "one"},
        {"pointer": "/text", "detail": "two"},
        {"pointer": "", "detail": "three"},
    ]


# --- cursors --------------------------------------------------------------------------------------------------


def test_a_cursor_reads_back() -> None:
    cursor = api.Cursor(datetime(2026, 11, 3, 7, 30, 0, 123456, tzinfo=UTC), "17")
    assert api.Cursor.read(cursor.text()) == cursor


@pytest.mark.parametrize("text", ["x", "%%%", "AAAA", "MjAyNi0xMS0wM3wx", "2026-11-03", "\u00e9", "=" * 5, "a" * 500])
def test_a_made_up_cursor_is_a_problem(signed_in: Any, province: Any, text: str) -> None:
    body = problem(signed_in(province).get(LIST, {"cursor": text}), 400)
    assert body["errors"][0]["pointer"] == "/cursor"


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1e3", "٣", "9" * 30])
def test_a_limit_has_limits(signed_in: Any, province: Any, limit: str) -> None:
    body = problem(signed_in(province).get(LIST, {"limit": limit}), 400)
    assert body["errors"][0]["pointer"] == "/limit"


# --- notices --------------------------------------------------------------------------------------------------


def test_notices_are_ones_own(signed_in: Any, mfaic: Any, moi: Any, province2: Any, ponds: Any) -> None:
    mine = signed_in(mfaic).get("/api/v1/notices/").json()["results"]
    assert [row["key"] for row in mine] == [ponds.ref]
    assert mine[0]["topic"] == "duty_opened"
    assert mine[0]["subject"]
    assert mine[0]["data"]
    assert mine[0]["opened_at"] is None
    assert set(mine[0]) == set(machines.NoticeRow().fields)
    others = {row["id"] for row in signed_in(moi).get("/api/v1/notices/").json()["results"]}
    assert others.isdisjoint(row["id"] for row in mine)
    assert signed_in(province2).get("/api/v1/notices/").json()["results"] == []


def test_notices_come_in_pages(signed_in: Any, province: Any, file: Any) -> None:
    refs = {file().ref for _unused in range(3)}
    browser = signed_in(province)
    first = browser.get("/api/v1/notices/?limit=2").json()
    second = browser.get(first["next"]).json()
    keys = [row["key"] for row in first["results"] + second["results"]]
    assert refs <= set(keys)
    assert len(first["results"]) == 2


# --- the description ------------------------------------------------------------------------------------------


def test_the_description_is_valid_and_without_warnings(client: Client, db: None) -> None:
    GENERATOR_STATS.reset()
    machines.description.cache_clear()
    schema = dict(machines.description())
    validate_schema(schema)  # type: ignore[no-untyped-call]
    assert not GENERATOR_STATS._warn_cache
    assert not GENERATOR_STATS._error_cache
    assert client.get("/api/schema/?format=json").json()["openapi"].startswith("3.")
    for methods in schema["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert "application/problem+json" in operation["responses"]["401"]["content"]


def test_the_page_of_the_description_names_every_operation(client: Client, db: None) -> None:
    page = client.get("/api/docs/")
    text = page.content.decode()
    assert page.status_code == 200
    for address in machines.description()["paths"]:
        assert address in text
    assert "Idempotency-Key" in text
    assert 'id="problem-not-found"' in text
    assert "http://cdn" not in text
    assert "https://" not in text.replace("https://github.com", "")
