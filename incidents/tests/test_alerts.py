"""Alerts for machines: every message is valid CAP, says no more than a notice, and stays as it is."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from lxml import etree

from borderwatch import clock
from incidents import actions
from incidents.alerts import cap, messages
from incidents.choices import TYPES, Category, Impact
from incidents.models import Duty, Escalation, Incident
from incidents.tests.drills import ARMED, PONDS, play, running

NS = {"c": cap.NAMESPACE}
SCHEMA = etree.XMLSchema(file=str(Path(cap.__file__).parent / "schema" / "cap-1.2.xsd"))


def read(body):
    """The document, valid; fails with the schema's own words."""
    document = etree.fromstring(body)
    assert SCHEMA.validate(document), SCHEMA.error_log
    return document


def say(document, name):
    return [one.text for one in document.findall(f".//c:{name}", NS)]


def newest(incident):
    found = messages.of(Escalation.objects.get(incident=incident))
    return read(cap.document(found, found[-1]))


def slugs(incident):
    return [one.slug for one in messages.of(Escalation.objects.get(incident=incident))]


# --- the document -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("impact", Impact.values)
@pytest.mark.parametrize("category", Category.values)
def test_every_category_and_impact_is_valid(category, impact, ponds):
    escalation = Escalation.objects.get(incident=ponds)
    for kind in TYPES[category]:
        Incident.objects.filter(pk=ponds.pk).update(category=category, type=kind, impact=impact)
        found = messages.of(escalation)
        document = read(cap.document(found, found[0]))
        assert say(document, "severity") == [cap.SEVERITIES[impact]] * 2
        assert document.findall("c:info", NS)[0].find("c:category", NS) is not None


def test_the_first_message_says_what_a_notice_says(ponds):
    document = newest(ponds)
    assert say(document, "identifier") == [f"{ponds.ref}.1.alert"]
    assert say(document, "sender") == [settings.CAP_SENDER]
    assert say(document, "status") == ["Actual"]
    assert say(document, "msgType") == ["Alert"]
    assert say(document, "scope") == ["Restricted"]
    assert say(document, "restriction")[0]
    assert say(document, "incidents") == [ponds.ref]
    assert say(document, "references") == []
    assert say(document, "language") == ["km-KH", "en"]
    assert say(document, "urgency") == ["Immediate"] * 2
    assert say(document, "circle") == ["13.78600,107.42000 0.020"] * 2
    pairs = {
        (one.find("c:valueName", NS).text, one.find("c:value", NS).text) for one in document.findall(".//c:geocode", NS)
    }
    assert pairs == {("P-code", "KH16"), ("P-code", "KH1607")}
    assert "Pond or canal" in say(document, "event")


def test_neither_the_report_nor_a_persons_name_is_in_it(ponds, mfaic, province, world):
    actions.acknowledge(
        actor=mfaic, duty=Duty.objects.get(unit__code="mfaic"), answer="accept", comment="A secret remark"
    )
    actions.reattribute(actor=province, incident=ponds, unit=world["post-1607-2"], reason="Another remark")
    found = messages.of(Escalation.objects.get(incident=ponds))
    text = b"".join(cap.document(found, one) for one in found).decode()
    assert ponds.head_name
    for kept in (ponds.text, "A secret remark", "Another remark", ponds.head_name, mfaic.get_full_name(), "ឆ្លងព្រំដែន"):
        assert kept not in text, kept


def test_times_bear_a_numeric_offset(ponds):
    for name in ("sent", "effective", "onset", "expires"):
        for text in say(newest(ponds), name):
            assert text.endswith("+07:00")
            assert "Z" not in text


def test_characters_that_xml_cannot_hold_are_left_out(file):
    incident = file(**PONDS, place_name="Pak\x0bNhai <&>")
    assert any("PakNhai <&>" in text for text in say(newest(incident), "areaDesc"))


def test_without_a_position_the_area_is_the_district(file):
    incident = file(**ARMED, at=None, place_name="ភូមិប៉ក់ញ៉ៃ", coordinate_source="description", accuracy_m=None)
    document = newest(incident)
    assert say(document, "circle") == []
    assert len(document.findall(".//c:geocode", NS)) == 4


@pytest.mark.parametrize(
    ("source", "certainty"),
    [
        ("own_patrol", "Observed"),
        ("technical", "Observed"),
        ("villager", "Likely"),
        ("", "Likely"),
        ("anonymous", "Possible"),
    ],
)
def test_how_sure_it_is_follows_from_who_told(source, certainty, file):
    assert say(newest(file(**ARMED, source=source)), "certainty") == [certainty] * 2


def test_a_drill_is_an_exercise_and_says_so_everywhere(province, district, world, report):
    drill = running(province, world)
    incident = play(drill, district, world, report, **ARMED)
    document = newest(incident)
    assert say(document, "status") == ["Exercise"]
    assert drill.name_en in say(document, "note")[0]
    for name in ("event", "headline", "description"):
        assert all("EXERCISE – ការហាត់សម" in text for text in say(document, name)), name
    actions.end_drill(actor=province, drill=drill)
    over = newest(incident)
    assert (say(over, "status"), say(over, "responseType")) == (["Exercise"], ["AllClear"] * 2)


def test_the_demo_world_raises_no_alarm(ponds, settings):
    settings.DEMO = True
    assert say(newest(ponds), "status") == ["Test"]


# --- the chain --------------------------------------------------------------------------------------------------


def test_the_chain_of_an_escalation(ponds, mfaic, moi, ssba, province, world):
    duties = {duty.unit.code: duty for duty in Duty.objects.filter(escalation__incident=ponds)}
    actions.acknowledge(actor=mfaic, duty=duties["mfaic"], answer="accept")
    actions.acknowledge(actor=moi, duty=duties["moi"], answer="accept")
    actions.acknowledge(actor=ssba, duty=duties["ssba"], answer="accept")
    actions.reattribute(actor=province, incident=ponds, unit=world["post-1607-2"], reason="x")
    actions.close_incident(actor=moi, incident=ponds, close_reason="over", reason="x")
    found = messages.of(Escalation.objects.get(incident=ponds))
    # Only the first answer is a message.
    assert [one.kind for one in found] == ["alert", "acknowledged", "ruling", "closed"]
    documents = [read(cap.document(found, one)) for one in found]
    assert [say(one, "msgType")[0] for one in documents] == ["Alert", "Update", "Update", "Update"]
    assert say(documents[3], "responseType") == ["AllClear"] * 2
    assert say(documents[3], "urgency") == ["Past"] * 2
    # Each refers to all before it, by sender, identifier and time.
    for number, document in enumerate(documents):
        named = say(document, "references")[0].split() if number else []
        assert named == [
            f"{settings.CAP_SENDER},{say(one, 'identifier')[0]},{say(one, 'sent')[0]}" for one in documents[:number]
        ]


def test_what_did_not_happen_is_cancelled_and_may_come_back(file, moi, province):
    incident = file(**ARMED)
    actions.acknowledge(actor=moi, duty=Duty.objects.get(escalation__incident=incident), answer="accept")
    actions.close_incident(actor=moi, incident=incident, close_reason="did_not_happen", reason="A drum")
    cancelled = newest(incident)
    assert say(cancelled, "msgType") == ["Cancel"]
    assert say(cancelled, "certainty") == ["Unlikely"] * 2
    with clock.replaying(clock.now() + timedelta(minutes=5)):
        actions.reopen_incident(actor=province, incident=incident, reason="It did")
    assert say(newest(incident), "msgType") == ["Update"]
    kinds = [one.kind for one in messages.of(Escalation.objects.get(incident=incident))]
    assert kinds == ["alert", "acknowledged", "closed", "reopened"]


def test_a_message_stays_as_it_was_whatever_comes_later(ponds, mfaic, province, world):
    escalation = Escalation.objects.get(incident=ponds)
    found = messages.of(escalation)
    before = cap.document(found, found[0])
    actions.acknowledge(actor=mfaic, duty=Duty.objects.get(unit__code="mfaic"), answer="not_ours", who_instead="MoI")
    actions.reattribute(actor=province, incident=ponds, unit=world["post-1607-2"], reason="x")
    later = messages.of(escalation)
    assert cap.document(later, later[0]) == before


def test_a_closing_before_the_escalation_is_no_message_of_it(file, province, moi):
    incident = file(**ARMED, at=(107.42, 13.786))
    actions.acknowledge(actor=moi, duty=Duty.objects.get(escalation__incident=incident), answer="accept")
    actions.close_incident(actor=moi, incident=incident, close_reason="over", reason="x")
    actions.reopen_incident(actor=province, incident=incident, reason="x")
    first = Escalation.objects.get(incident=incident)
    second = actions.escalate(actor=province, incident=incident, reason="Again", policy=first.policy)
    assert [one.kind for one in messages.of(second)] == ["alert"]
    assert [one.kind for one in messages.of(first)] == ["alert", "acknowledged", "closed", "reopened"]


# --- the address ------------------------------------------------------------------------------------------------


def address(incident, name="cap"):
    return f"/alerts/{Escalation.objects.get(incident=incident).pk}/{name}.xml"


def test_one_message_or_the_newest(ponds, mfaic, signed_in, django_assert_max_num_queries):
    client = signed_in(mfaic)
    actions.acknowledge(actor=mfaic, duty=Duty.objects.get(unit__code="mfaic"), answer="accept")
    client.get(address(ponds))
    with django_assert_max_num_queries(14):
        answer = client.get(address(ponds))
    assert answer["Content-Type"] == "application/cap+xml; charset=utf-8"
    assert say(read(answer.content), "identifier") == [f"{ponds.ref}.1.acknowledged"]
    assert say(read(client.get(address(ponds, "alert")).content), "msgType") == ["Alert"]
    assert client.get(address(ponds, "nonsense")).status_code == 404
    again = client.get(address(ponds), headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_who_does_not_see_the_incident_gets_no_alert(ponds, province2, outsider, signed_in, client):
    for user in (province2, outsider):
        assert signed_in(user).get(address(ponds)).status_code == 404
    assert client.get(address(ponds)).status_code == 401


def test_what_the_province_decides_at_leisure_is_no_alert(file, province, signed_in):
    incident = file()
    escalation = actions.escalate(actor=province, incident=incident, reason="Look at it")
    assert not escalation.automatic
    assert signed_in(province).get(address(incident)).status_code == 404


def test_a_reader_that_wants_xml_gets_it(ponds, mfaic, signed_in):
    answer = signed_in(mfaic).get(address(ponds), headers={"Accept": "application/xml"})
    assert answer.status_code == 200
    read(answer.content)
