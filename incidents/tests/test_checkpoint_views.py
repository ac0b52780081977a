"""Pages of unauthorised checkpoints: the list, the panel and its forms on the incident's page, the proof, the API."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from borderwatch import clock
from crossings.models import Crossing
from incidents import actions, checkpoints
from incidents.choices import CheckpointState
from incidents.models import Checkpoint
from incidents.tests.checkpoints import GATE, draw, reported, square
from incidents.views import checkpoint_panel


@pytest.fixture
def gate(world):
    return draw(Crossing.objects.get(slug="vn-o-yadav"), square(*GATE, 1))


@pytest.fixture
def row(gate, file):
    return reported(file, occurred_at=clock.now() - timedelta(days=5))


@pytest.fixture
def post(signed_in, row):
    """One of the steps, by the address of the page."""

    def send(user, name, **data):
        return signed_in(user).post(reverse(f"checkpoints:{name}", args=[row.incident.ref]), data)

    return send


def proof(content=b"%PDF-1.4 cleared"):
    return SimpleUploadedFile("proof.pdf", content, "application/pdf")


def report_gone(actor, row):
    return actions.report_removal(
        actor=actor, checkpoint=row, removed_on=checkpoints.today(), text="ដករួច", proof=proof()
    )


# --- the panel ------------------------------------------------------------------------------------------------


def test_the_page_of_the_incident_says_on_whose_ground_it_stands_and_who_must_remove_it(row, signed_in, province):
    page = signed_in(province).get(row.incident.get_absolute_url())
    text = page.content.decode()
    assert 'id="checkpoint"' in text
    assert reverse("crossings:detail", args=["vn-o-yadav"]) in text
    assert reverse("units:detail", args=["province-16"]) in text
    assert page.context["checkpoint_age"] == 5


def test_each_sees_the_steps_that_are_his(row, signed_in, district, province, moi, head, auditor):
    def steps(user):
        page = signed_in(user).get(row.incident.get_absolute_url())
        return [name for name, _act, _form in page.context["checkpoint_acts"]]

    assert steps(district) == ["describe", "report_removal"]
    assert steps(province) == ["describe", "order_removal", "report_removal", "no_checkpoint", "recognise"]
    assert steps(head) == ["report_removal"]
    assert steps(moi) == ["no_checkpoint"]
    assert steps(auditor) == []
    report_gone(district, row)
    assert steps(province) == ["describe", "confirm_removal", "deny_removal", "no_checkpoint", "recognise"]
    assert steps(moi) == ["confirm_removal", "deny_removal", "no_checkpoint"]


def test_other_incidents_show_nothing_of_it(file, signed_in, province):
    page = signed_in(province).get(file().get_absolute_url())
    assert 'id="checkpoint"' not in page.content.decode()


def test_a_fee_alone_offers_the_province_to_recognise_it(gate, file, signed_in, province, district):
    incident = file(category="checkpoint_irregularity", type="unofficial_fee", at=GATE)
    assert 'id="checkpoint"' not in signed_in(district).get(incident.get_absolute_url()).content.decode()
    assert 'id="checkpoint"' in signed_in(province).get(incident.get_absolute_url()).content.decode()
    address = reverse("checkpoints:recognise", args=[incident.ref])
    assert signed_in(district).post(address, {"reason": "So"}).status_code == 403
    refused = signed_in(province).post(address, {"reason": ""})
    assert refused.status_code == 422
    assert signed_in(province).post(address, {"reason": "They put up a barrier"}).status_code == 302
    assert Checkpoint.objects.get(incident=incident).crossing == gate
    assert signed_in(province).post(reverse("checkpoints:describe", args=[incident.ref]), {}).status_code == 422


def test_no_step_stands_at_an_incident_without_a_checkpoint(file, signed_in, province):
    incident = file()
    for name in checkpoint_panel.ACTS:
        answer = signed_in(province).post(reverse(f"checkpoints:{name}", args=[incident.ref]), {"reason": "So"})
        assert answer.status_code == (403 if name == "recognise" else 404), name


def test_the_confirmation_of_filing_invites_to_say_who_stands_there(row, signed_in, district):
    page = signed_in(district).get(reverse("incidents:filed", args=[row.incident.ref])).content.decode()
    assert f"{row.incident.get_absolute_url()}#checkpoint-describe" in page


def test_the_pages_take_few_queries(row, signed_in, province, district, world, django_assert_max_num_queries):
    actions.describe_checkpoint(
        actor=district, checkpoint=row, operator="border_police", operator_unit=world["post-1607-2"]
    )
    actions.order_removal(actor=province, checkpoint=row, remove_by=checkpoints.today())
    client = signed_in(province)
    client.get(row.incident.get_absolute_url())
    with django_assert_max_num_queries(72):
        client.get(row.incident.get_absolute_url())


# --- the steps ------------------------------------------------------------------------------------------------


def test_what_is_typed_in_khmer_figures_is_understood(row, post, district, world):
    answer = post(
        district, "describe", operator="customs", operator_unit="post-1607-2 · ប៉ុស្តិ៍", fee_asked="yes",
        fee_amount="១០ ០០០", fee_currency="KHR", first_seen_on="០១/០២/២០២០", obstruction="delays",
    )  # fmt: skip
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.operator_unit, row.fee_asked, int(row.fee_amount)) == (world["post-1607-2"], True, 10_000)
    assert f"{row.first_seen_on:%Y-%m-%d}" == "2020-02-01"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("10,000", "10000"), ("10.000", "10000"), ("2,50", "2.50"), ("1.250.000", "1250000"), ("5", "5")],
)
def test_amounts_are_read_as_people_write_them(row, post, district, typed, meant):
    words = {"operator": "private", "fee_asked": "yes", "fee_amount": typed, "fee_currency": "KHR"}
    assert post(district, "describe", **words).status_code == 302
    row.refresh_from_db()
    assert row.fee_amount == pytest.approx(float(meant)) or str(row.fee_amount) == meant


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"operator": "private", "fee_asked": "yes", "fee_amount": "5000"}, "fee_currency"),
        ({"operator": "private", "fee_amount": "a lot", "fee_currency": "KHR", "fee_asked": "yes"}, "fee_amount"),
        ({"operator": "private", "first_seen_on": "the other day"}, "first_seen_on"),
        ({"operator": "private", "first_seen_on": "01/01/2099"}, "first_seen_on"),
        ({"operator": "customs", "operator_unit": "nothing of the kind"}, "operator_unit"),
        ({"operator": "customs", "operator_unit": "command-01"}, "operator_unit"),
        ({"operator": "", "operator_name": "ក្រុមហ៊ុន"}, "operator"),
    ],
)
def test_a_refused_form_comes_back_open_with_everything_typed(row, post, district, words, field):
    answer = post(district, "describe", **{"fee_note": "ម៉ូតូមួយគ្រឿង", **words})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "ម៉ូតូមួយគ្រឿង" in text
    form = next(form for name, _act, form in answer.context["checkpoint_acts"] if name == "describe")
    assert field in form.errors
    assert f'id="field-checkpoint-describe-{field}"' in text


def test_order_report_and_confirmation_by_the_pages(row, post, district, province, signed_in):
    day = checkpoints.today()
    assert post(province, "order_removal", remove_by="no day").status_code == 422
    assert post(province, "order_removal", remove_by=f"{day:%d/%m/%Y}").status_code == 302
    assert post(district, "report_removal", removed_on=f"{day:%d/%m/%Y}", text="ដករួច").status_code == 422
    answer = post(district, "report_removal", removed_on=f"{day:%d/%m/%Y}", text="ដករួច", proof=proof())
    assert answer.status_code == 302
    assert answer.url.endswith("#checkpoint")
    assert post(district, "confirm_removal").status_code == 403
    assert post(province, "confirm_removal").status_code == 302
    row.refresh_from_db()
    assert row.state == CheckpointState.REMOVED
    # A second click finds it done.
    assert post(province, "confirm_removal").status_code == 422


def test_who_reported_it_reads_why_he_does_not_confirm_it(row, province, signed_in):
    report_gone(province, row)
    page = signed_in(province).get(row.incident.get_absolute_url())
    assert page.context["checkpoint_conflict"]
    assert "confirm_removal" not in [name for name, _act, _form in page.context["checkpoint_acts"]]


def test_of_the_neighbours_force_the_page_leads_to_the_escalation(row, district, province, signed_in):
    actions.describe_checkpoint(actor=district, checkpoint=row, operator="neighbour")
    assert 'href="#escalate"' in signed_in(province).get(row.incident.get_absolute_url()).content.decode()


# --- who sees what --------------------------------------------------------------------------------------------


def test_the_proof_is_handed_out_to_be_saved_and_to_those_who_see_the_incident(row, district, province2, signed_in):
    address = reverse("checkpoints:proof", args=[row.incident.ref])
    assert signed_in(district).get(address).status_code == 404
    report_gone(district, row)
    answer = signed_in(district).get(address)
    assert b"".join(answer) == b"%PDF-1.4 cleared"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert signed_in(province2).get(address).status_code == 404


def test_another_province_finds_none_of_it(row, province2, signed_in, post):
    for name in checkpoint_panel.ACTS:
        assert post(province2, name, reason="So").status_code == 404, name
    client = signed_in(province2)
    for address in ("/checkpoints/", "/checkpoints/?crossing=vn-o-yadav", "/api/v1/checkpoints/"):
        assert row.incident.ref not in client.get(address).content.decode()


def test_the_unit_a_report_in_confidence_is_about_finds_none_of_it(
    gate, file, head, district, world, signed_in, province
):
    from incidents.demo import people
    from units.choices import Role

    clerk = people.account(people.Account("clerk_here", "", "Clerk", "post-1607-1", Role.FILER))
    secret = reported(file, actor=clerk, unit=world["post-1607-1"], about=world["post-1607-1"])
    for user in (head, district):
        client = signed_in(user)
        for address in ("/checkpoints/", "/api/v1/checkpoints/", reverse("crossings:detail", args=["vn-o-yadav"])):
            assert secret.incident.ref not in client.get(address).content.decode()
        assert client.post(reverse("checkpoints:describe", args=[secret.incident.ref]), {}).status_code == 404
    assert secret.incident.ref in signed_in(province).get("/checkpoints/").content.decode()
    assert signed_in(clerk).post(
        reverse("checkpoints:describe", args=[secret.incident.ref]), {"operator": "border_police"}
    ).status_code == 302  # fmt: skip


# --- the list -------------------------------------------------------------------------------------------------


def test_the_standing_ones_come_first_the_longest_first_and_the_overdue_are_marked(
    row, file, district, province, signed_in
):
    newer = reported(file, occurred_at=clock.now() - timedelta(days=1))
    oldest = reported(file, occurred_at=clock.now() - timedelta(days=2))
    day = checkpoints.today() - timedelta(days=60)
    actions.describe_checkpoint(actor=district, checkpoint=oldest, operator="private", first_seen_on=day)
    with clock.replaying(clock.now() - timedelta(hours=30)):
        actions.order_removal(actor=province, checkpoint=row, remove_by=checkpoints.today())
    gone = actions.confirm_removal(actor=province, checkpoint=report_gone(district, reported(file)))
    page = signed_in(province).get("/checkpoints/")
    assert [line["row"].pk for line in page.context["standing"]] == [oldest.pk, row.pk, newer.pk]
    assert [line["overdue"] for line in page.context["standing"]] == [False, True, False]
    assert [line["row"].pk for line in page.context["gone"]] == [gone.pk]


def test_filters_narrow_both_heaps_and_a_bad_one_is_left_out(row, file, district, province, signed_in):
    actions.describe_checkpoint(actor=district, checkpoint=row, operator="private")
    other = reported(file, at=(107.2, 13.9))
    client = signed_in(province)

    def listed(query):
        page = client.get(f"/checkpoints/?{query}")
        assert page.status_code == 200
        return {line["row"].pk for line in (*page.context["standing"], *page.context["gone"])}

    assert listed("operator=private") == {row.pk}
    assert listed("crossing=vn-o-yadav") == {row.pk}
    assert listed("state=standing&province=16") == {row.pk, other.pk}
    assert listed("state=removed") == set()
    assert listed("state=nonsense") == {row.pk, other.pk}


def test_the_list_takes_few_queries_however_long(row, file, province, signed_in, django_assert_max_num_queries):
    for _number in range(6):
        reported(file)
    client = signed_in(province)
    client.get("/checkpoints/")
    with django_assert_max_num_queries(19):
        client.get("/checkpoints/")


# --- machines -------------------------------------------------------------------------------------------------


def test_machines_read_the_same_rows(row, district, moi, signed_in, world):
    actions.describe_checkpoint(
        actor=district, checkpoint=row, operator="border_police", operator_unit=world["post-1607-2"], fee_asked=True
    )
    answer = signed_in(moi).get("/api/v1/checkpoints/?crossing=vn-o-yadav&state=standing&operator=border_police")
    (one,) = answer.json()["results"]
    assert (one["incident_ref"], one["crossing"], one["province"]) == (row.incident.ref, "vn-o-yadav", "16")
    assert (one["operator_unit"], one["remover"], one["remover_rule"]) == ("post-1607-2", "command-16", "unit_above")
    assert (one["fee_asked"], one["fee_amount"], one["inside_m"]) == (True, None, row.inside_m)


def test_a_filter_that_cannot_be_read_is_a_problem(row, moi, signed_in):
    answer = signed_in(moi).get("/api/v1/checkpoints/?state=nonsense")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"].endswith("state")


def test_machines_page_through_them(row, file, moi, signed_in, django_assert_max_num_queries):
    others = [reported(file) for _number in range(3)]
    client = signed_in(moi)
    refs, address = [], "/api/v1/checkpoints/?limit=2"
    while address:
        with django_assert_max_num_queries(9):
            body = client.get(address).json()
        refs += [one["incident_ref"] for one in body["results"]]
        address = body["next"]
    assert refs == [one.incident.ref for one in (*reversed(others), row)]
