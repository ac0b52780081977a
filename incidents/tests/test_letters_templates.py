"""Templates of letters: an edit is a version, previewed on real data; who edits which; the wording that comes along."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from crossings.tests import closing, proposing
from incidents import actions, reference
from incidents.choices_answers import LetterKind
from incidents.letters import content, drafting, facts, filling
from incidents.models import LetterTemplate
from units.models import User

pytestmark = pytest.mark.django_db
TEXTS = {"name_km": "របាយការណ៍", "name_en": "Report", "subject_km": "ប្រធានបទ", "body_km": "នៅ {{ place_km }}"}
EDIT = reverse("letters:template")


@pytest.fixture(autouse=True)
def _english(world: Any) -> None:
    User.objects.update(language="en")


def test_every_kind_has_a_template_for_all_offices_and_a_reload_overwrites_nothing(admin):
    assert set(LetterTemplate.objects.filter(office=None, current=True).values_list("kind", flat=True)) == set(
        LetterKind.values
    )
    actions.edit_letter_template(actor=admin, kind=LetterKind.REPORT, office=None, texts=TEXTS)
    reference.load()
    assert LetterTemplate.objects.get(kind=LetterKind.REPORT, office=None, current=True).body_km == TEXTS["body_km"]


def test_the_templates_name_only_fields_their_facts_give(ponds, province, moi, file, world):
    """Of each kind that is about an incident; the other kinds are drafted in tests of their own."""
    template = LetterTemplate.objects.get(kind=LetterKind.REPORT, office=None, current=True)
    begun = drafting.begin(
        office=world["province-16"], kind=LetterKind.REPORT, about=ponds, incident=ponds, template=template
    )
    assert begun.unknown == []


def test_fixture_texts_hold_well_formed_fields_and_both_languages():
    for template in LetterTemplate.objects.filter(office=None):
        for name in drafting.TEXTS:
            assert all(filling.is_name(field) for field in filling.fields(getattr(template, name)))
        assert template.name_km
        assert template.name_en
        if template.kind != LetterKind.OTHER:
            assert template.body_en


def test_an_edit_is_a_new_version_and_the_old_one_stays(admin, audited):
    first = LetterTemplate.objects.get(kind=LetterKind.REPORT, office=None, current=True)
    second = actions.edit_letter_template(actor=admin, kind=LetterKind.REPORT, office=None, texts=TEXTS, seen=1)
    first.refresh_from_db()
    assert (first.current, second.current, second.version) == (False, True, 2)
    entry = audited("edit_letter_template", str(second.pk))
    assert entry.before["body_km"] == first.body_km
    assert entry.after["body_km"] == TEXTS["body_km"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"subject_km": " "}, "subject_km"), ({"body_km": "{{ Not a name }}"}, "body_km"),
     ({"abbreviation": "ក" * 41}, "abbreviation"), ({"name_en": ""}, "name_en")],
)  # fmt: skip
def test_a_template_is_refused_with_the_field_named(wrong, field, admin, untouched):
    with untouched(), pytest.raises(ValidationError) as refused:
        actions.edit_letter_template(actor=admin, kind=LetterKind.REPORT, office=None, texts={**TEXTS, **wrong})
    assert set(refused.value.error_dict) == {field}


def test_two_who_edit_the_same_template_do_not_overwrite_each_other(admin, untouched):
    actions.edit_letter_template(actor=admin, kind=LetterKind.REPORT, office=None, texts=TEXTS, seen=1)
    with untouched(), pytest.raises(ValidationError):
        actions.edit_letter_template(actor=admin, kind=LetterKind.REPORT, office=None, texts=TEXTS, seen=1)


def test_administrators_edit_all_and_the_keeper_those_of_his_office(admin, keeper, province, world, untouched):
    actions.edit_letter_template(actor=keeper, kind=LetterKind.REPORT, office=world["province-16"], texts=TEXTS)
    actions.edit_letter_template(actor=admin, kind=LetterKind.REPORT, office=world["mfaic"], texts=TEXTS)
    for actor, office in ((keeper, None), (keeper, world["moi"]), (province, world["province-16"])):
        with untouched(), pytest.raises(PermissionDenied):
            actions.edit_letter_template(actor=actor, kind=LetterKind.REPORT, office=office, texts=TEXTS)


def test_the_page_shows_real_data_and_what_is_unknown_before_anything_is_saved(signed_in, keeper, ponds, untouched):
    client = signed_in(keeper)
    there = f"{EDIT}?kind=report&office=province-16"
    assert client.get(reverse("letters:templates")).status_code == 200
    texts = {**TEXTS, "body_km": "នៅ {{ place_km }} {{ nowhere }} {{ marker_km }}", "seen": "0", "preview": "1"}
    with untouched():
        page = client.post(there, {**texts, "on": f"incident:{ponds.ref}"}).content.decode()
    assert ponds.province.name_km in page
    assert "Fields nobody knows" in page
    assert "nowhere" in page
    assert "Known, but empty here" in page
    assert not LetterTemplate.objects.filter(office__code="province-16").exists()
    del texts["preview"]
    assert client.post(there, {**texts, "save": "1"}).status_code == 302
    assert LetterTemplate.objects.get(office__code="province-16").version == 1
    refused = client.post(there, {**texts, "save": "1", "body_km": ""})
    assert refused.status_code == 422
    assert TEXTS["subject_km"] in refused.content.decode()


def test_who_may_not_edit_sees_no_templates(signed_in, keeper, province, district):
    for person in (province, district):
        assert signed_in(person).get(reverse("letters:templates")).status_code == 403
    assert signed_in(keeper).get(f"{EDIT}?kind=report").status_code == 403
    assert signed_in(keeper).get(f"{EDIT}?kind=report&office=moi").status_code == 404
    assert signed_in(keeper).get(f"{EDIT}?kind=poem").status_code == 404


def test_a_closure_order_and_a_proposal_fill_their_letters(world, province, moi, head):
    order = closing.Closing(closing.corridor(), province=province, head=head, moi=moi).issue()
    letter = actions.draft_letter(actor=province, office=order.issuer, kind=LetterKind.CLOSURE_ORDER, about=order)
    assert not content.still_open(letter)
    assert order.crossing.name_km in letter.body_km
    assert list(letter.to_units.all()) == [order.responsible_unit]
    assert facts.find(moi, "closureorder", str(order.pk)) == order
    proposal = proposing.submitted(province, proposing.path(province))
    letter = actions.draft_letter(actor=province, office=proposal.unit, kind=LetterKind.PROPOSAL, about=proposal)
    assert not content.still_open(letter)
    assert proposal.ref in letter.body_km
    assert list(letter.to_units.values_list("code", flat=True)) == ["moi"]


def test_a_crossing_s_page_shows_the_letters_of_its_orders_and_offers_to_write_them(signed_in, province, moi, head):
    order = closing.Closing(closing.corridor(), province=province, head=head, moi=moi).issue()
    there = reverse("crossings:detail", args=[order.crossing.slug])
    assert f"about=closureorder%3A{order.pk}" in signed_in(province).get(there).content.decode()
    letter = actions.draft_letter(actor=province, office=order.issuer, kind=LetterKind.CLOSURE_ORDER, about=order)
    assert letter.get_absolute_url() in signed_in(province).get(there).content.decode()
    assert f"about=closureorder%3A{order.pk}" not in signed_in(moi).get(there).content.decode()
