"""The page of the register of crossings."""

from typing import Any

from crossings.models import Crossing


def test_every_crossing_is_listed_with_its_precision(
    signed_in: Any, province2: Any, django_assert_max_num_queries: Any
) -> None:
    province2.language = "en"
    province2.save(update_fields=["language"])
    browser = signed_in(province2)
    with django_assert_max_num_queries(8):
        answer = browser.get("/crossings/")
    text = answer.content.decode()
    assert Crossing.objects.exists()
    for crossing in Crossing.objects.all():
        assert f'id="{crossing.slug}"' in text
    assert text.count("±") == Crossing.objects.count()
    assert [name for name, _rows in answer.context["groups"]] == ["Laos", "Thailand", "Viet Nam"]


def test_anonymous_is_sent_to_sign_in(client: Any, db: None) -> None:
    assert client.get("/crossings/").status_code == 302


def test_crossings_are_changed_but_never_added_or_deleted_in_the_administration(signed_in: Any, admin: Any) -> None:
    browser, crossing = signed_in(admin), Crossing.objects.first()
    assert crossing is not None
    assert browser.get(f"/admin/crossings/crossing/{crossing.pk}/change/").status_code == 200
    assert browser.get("/admin/crossings/crossing/add/").status_code == 403
    assert browser.post(f"/admin/crossings/crossing/{crossing.pk}/delete/", {"post": "yes"}).status_code == 403
