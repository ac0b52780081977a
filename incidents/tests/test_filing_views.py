"""The filing pages: who may, who sees but may not, who sees nothing; and nothing typed or uploaded is lost."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from incidents.models import ConflictingCopy, Evidence, Incident, StagedPhoto
from incidents.tests.test_photos import picture, upload

NEW = "/incidents/new/"


@pytest.fixture(autouse=True)
def _own_media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def browser(user: Any) -> Client:
    user.language = "en"
    user.save(update_fields=["language"])
    client = Client()
    client.force_login(user)
    return client


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "client_key": str(uuid.uuid4()),
        "what": "neighbour_unilateral_activity:pond_or_canal",
        "source": "typed",
        "position": "13.7860, 107.4200",
        "moment": "now",
        "now_at": timezone.now().isoformat(timespec="seconds"),
        "impact": "high",
        "text": "Three ponds are being dug",
        **changes,
    }


def test_strangers_sign_in_first(db: None) -> None:
    assert Client().get(NEW).headers["Location"].startswith("/accounts/login/")


def test_who_may_not_file_is_told_why_and_by_whom(mfaic: Any) -> None:
    answer = browser(mfaic).get(NEW)
    assert answer.status_code == 403
    assert b"register keeper" in answer.content
    assert answer.headers["X-Request-ID"].encode() in answer.content


def test_the_form_in_khmer_localises_no_machine_number(district: Any) -> None:
    client = Client()
    client.force_login(district)
    page = client.get(NEW).content.decode()
    assert 'lang="km"' in page
    home = page.partition('data-home="')[2].partition('"')[0]
    lon, lat = map(float, home.split())
    assert 106 < lon < 108
    assert 13 < lat < 15


def test_filing_leads_to_the_confirmation(district: Any) -> None:
    client = browser(district)
    answer = client.post(NEW, typed(photos=[upload(picture())]), follow=True)
    incident = Incident.objects.get()
    assert answer.redirect_chain == [(f"/incidents/{incident.ref}/filed/", 302)]
    page = answer.content.decode()
    assert incident.ref in page
    assert "Who has been told" in page
    assert "owes an answer by" in page
    assert Evidence.objects.get().incident == incident


def test_the_same_post_again_is_the_same_report(district: Any) -> None:
    client, data = browser(district), typed()
    client.post(NEW, data)
    again = client.post(NEW, data, follow=True)
    assert Incident.objects.count() == 1
    assert "filed already" in again.content.decode()


def test_the_same_post_with_photos_again_is_the_same_report(district: Any) -> None:
    client, data = browser(district), typed()
    for _try in range(2):
        client.post(NEW, data | {"photos": [upload(picture())]})
    assert Incident.objects.count() == 1
    assert not ConflictingCopy.objects.exists()


def test_another_content_under_the_key_is_kept_and_said(district: Any) -> None:
    client, data = browser(district), typed()
    client.post(NEW, data)
    answer = client.post(NEW, data | {"text": "Four ponds"}, follow=True)
    assert Incident.objects.count() == 1
    assert ConflictingCopy.objects.count() == 1
    assert "kept as a copy" in answer.content.decode()


def test_an_error_loses_nothing_typed_and_nothing_uploaded(district: Any) -> None:
    client, data = browser(district), typed(text="", place_name="ភូមិប៉ាក់ញ៉ៃ")
    answer = client.post(NEW, data | {"photos": [upload(picture(), "ponds.jpg")]})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#field-text"' in page
    assert "Write in a few words what happened." in page
    for kept in (data["client_key"], "13.7860, 107.4200", "ភូមិប៉ាក់ញ៉ៃ", "ponds.jpg"):
        assert kept in page
    assert StagedPhoto.objects.count() == 1
    client.post(NEW, data | {"text": "Three ponds"})
    assert Evidence.objects.get().original_name == "ponds.jpg"
    # The answer may have been lost: the same POST finds the same report, photo and all.
    assert "outcome=same" in client.post(NEW, data | {"text": "Three ponds"}).headers["Location"]


def test_a_kept_photo_can_be_taken_off(district: Any) -> None:
    client, data = browser(district), typed(text="")
    client.post(NEW, data | {"photos": [upload(picture())]})
    dropped = StagedPhoto.objects.get().sha256
    client.post(NEW, data | {"text": "Three ponds", "drop_photo": dropped})
    assert Incident.objects.exists()
    assert not Evidence.objects.exists()


def test_a_bad_photo_is_named_and_the_good_one_kept(district: Any) -> None:
    files = [upload(picture(), "good.jpg"), upload(b"nonsense", "bad.jpg")]
    page = browser(district).post(NEW, typed(photos=files)).content.decode()
    assert "bad.jpg is not a readable photo" in page
    assert "good.jpg" in page
    assert not Incident.objects.exists()


def test_too_many_photos_are_refused(district: Any, settings: Any) -> None:
    settings.PHOTOS_MAX = 1
    files = [upload(picture(size=(10, n)), f"{n}.jpg") for n in (10, 11)]
    page = browser(district).post(NEW, typed(photos=files)).content.decode()
    assert "At most 1 photos" in page


@pytest.mark.expects_errors
def test_with_a_full_disk_the_text_is_filed_without_the_photo(district: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("borderwatch.sealed.os.fsync", full)
    client, data = browser(district), typed()
    page = client.post(NEW, data | {"photos": [upload(picture())]}).content.decode()
    assert "can be filed now without it" in page
    assert client.post(NEW, data).status_code == 302
    assert Incident.objects.count() == 1


def test_what_the_verb_refuses_is_shown_at_its_field(district: Any) -> None:
    page = browser(district).post(NEW, typed(now_at="2099-01-01T00:00:00Z")).content.decode()
    assert 'href="#field-date"' in page
    assert "lies in the future" in page


def test_the_preview_says_who_answers_and_who_is_told(district: Any) -> None:
    data = {k: v for k, v in typed().items() if k != "client_key"}
    page = browser(district).get(reverse("incidents:preview"), data).content.decode()
    assert "<html" not in page
    assert "answers for this place at that time" in page
    assert "13.78600 N, 107.42000 E" in page
    assert "goes at once to" in page
    # The area itself is restricted.
    assert "unresolved" not in page.lower()


def test_the_preview_shows_likely_duplicates_only_to_those_who_see_them(
    district: Any, province2: Any, province: Any
) -> None:
    browser(district).post(NEW, typed())
    ref = Incident.objects.get().ref
    query = {k: v for k, v in typed().items() if k != "client_key"}
    assert ref in browser(province).get(reverse("incidents:preview"), query).content.decode()
    assert ref not in browser(province2).get(reverse("incidents:preview"), query).content.decode()


def test_half_filled_previews_never_break(district: Any) -> None:
    client = browser(district)
    for query in ({}, {"source": "map"}, {"source": "typed", "position": "x"}, {"source": "near"}, {"what": "x"}):
        assert client.get(reverse("incidents:preview"), query).status_code == 200


def test_confirmation_and_photo_follow_the_incident(district: Any, province2: Any, mfaic: Any) -> None:
    client = browser(district)
    content = picture()
    client.post(NEW, typed(photos=[upload(content)]))
    incident = Incident.objects.get()
    address = reverse("incidents:photo", args=[incident.ref, Evidence.objects.get().sha256])
    original = client.get(address)
    assert original.getvalue() == content
    assert original.headers["Content-Disposition"].startswith("attachment")
    assert original.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(address + "?display=1").headers["Content-Type"] == "image/jpeg"
    assert browser(mfaic).get(address).status_code == 200
    stranger = browser(province2)
    assert stranger.get(address).status_code == 404
    assert stranger.get(f"/incidents/{incident.ref}/filed/").status_code == 404
    assert client.get(address[:-2] + "0/").status_code == 404


def test_the_pages_of_errors_say_what_to_do_and_carry_the_number(client: Client, db: None) -> None:
    answer = client.get("/nowhere/", headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert answer.headers["X-Request-ID"].encode() in answer.content
    strict = Client(enforce_csrf_checks=True)
    refused = strict.post("/language/", {"language": "en"}, headers={"Accept-Language": "en"})
    assert refused.status_code == 403
    assert b"Nothing was changed" in refused.content


def test_an_inner_error_needs_nothing_but_itself(rf: Any) -> None:
    from borderwatch.views.errors import server_error

    answer = server_error(rf.get("/"))
    assert answer.status_code == 500
    assert b"</html>" in answer.content
