"""The Atom feed of alerts: valid, what one sees and no more, in pages that lose nothing."""

import re
from datetime import datetime, timedelta

import pytest
from knox.models import AuthToken
from lxml import etree

from borderwatch import clock
from incidents import actions
from incidents.alerts import views
from incidents.models import Duty, Escalation
from incidents.tests.drills import ARMED, PONDS, play, running

NS = {"a": "http://www.w3.org/2005/Atom"}
RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}")
TAG = re.compile(r"tag:[\w.-]+,\d{4}-\d{2}-\d{2}:\S+")


def read(answer):
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    return etree.fromstring(answer.content)


def ids(root):
    return [one.text for one in root.findall("a:entry/a:id", NS)]


def link(root, rel):
    return next((one.get("href") for one in root.findall("a:link", NS) if one.get("rel") == rel), "")


def check(root):
    """What RFC 4287 asks of a feed and of each entry."""
    assert root.tag == "{http://www.w3.org/2005/Atom}feed"
    for parent in (root, *root.findall("a:entry", NS)):
        for name in ("id", "title", "updated"):
            assert len(parent.findall(f"a:{name}", NS)) == 1, name
        assert TAG.fullmatch(parent.find("a:id", NS).text)
        for stamp in (*parent.findall("a:updated", NS), *parent.findall("a:published", NS)):
            assert RFC3339.fullmatch(stamp.text)
            assert datetime.fromisoformat(stamp.text).utcoffset() == timedelta(hours=7)
    assert root.find("a:author/a:name", NS).text
    assert link(root, "self")
    for entry in root.findall("a:entry", NS):
        kinds = {one.get("rel"): one.get("type") for one in entry.findall("a:link", NS)}
        assert kinds["alternate"] == "application/cap+xml"
        assert entry.find("a:summary", NS).text
    assert len(ids(root)) == len(set(ids(root)))
    stamps = [entry.find("a:updated", NS).text for entry in root.findall("a:entry", NS)]
    assert stamps == sorted(stamps, reverse=True)


def test_an_empty_feed_is_a_feed(mfaic, signed_in):
    root = read(signed_in(mfaic).get("/alerts/feed.atom"))
    check(root)
    assert ids(root) == []


def test_the_feed_holds_every_message_newest_first(ponds, mfaic, province, world, signed_in):
    actions.acknowledge(actor=mfaic, duty=Duty.objects.get(unit__code="mfaic"), answer="accept")
    actions.reattribute(actor=province, incident=ponds, unit=world["post-1607-2"], reason="x")
    client = signed_in(mfaic)
    root = read(client.get("/alerts/feed.atom"))
    check(root)
    names = [one.rpartition(".")[2] for one in ids(root)]
    assert names == ["ruling-2", "acknowledged", "alert"]
    for entry in root.findall("a:entry", NS):
        path = re.sub(r"^https?://[^/]+", "", entry.find("a:link[@rel='alternate']", NS).get("href"))
        assert client.get(path).status_code == 200


def test_a_person_finds_what_he_sees_and_no_more(ponds, file, mfaic, moi, province2, outsider, signed_in):
    armed = file(**ARMED)
    for user, refs in ((moi, {ponds.ref, armed.ref}), (mfaic, {ponds.ref}), (province2, set()), (outsider, set())):
        root = read(signed_in(user).get("/alerts/feed.atom"))
        assert {one.split("/")[1].split(".")[0] for one in ids(root)} == refs, user
        assert armed.text not in etree.tostring(root, encoding="unicode")


def test_a_token_opens_it_and_nobody_else_does(ponds, mfaic, client):
    assert client.get("/alerts/feed.atom").status_code == 401
    _row, token = AuthToken.objects.create(user=mfaic)
    answer = client.get("/alerts/feed.atom", headers={"Authorization": f"Token {token}"})
    assert len(ids(read(answer))) == 1


def test_drills_are_marked(province, district, world, report, moi, signed_in):
    play(running(province, world), district, world, report, **ARMED)
    root = read(signed_in(moi).get("/alerts/feed.atom"))
    check(root)
    entry = root.find("a:entry", NS)
    assert entry.find("a:title", NS).text.startswith("EXERCISE – ការហាត់សម")
    assert "Exercise" in {one.get("term") for one in entry.findall("a:category", NS)}


def test_asked_again_it_is_sent_only_when_something_is_new(ponds, mfaic, file, signed_in):
    client = signed_in(mfaic)
    first = client.get("/alerts/feed.atom")
    same = client.get("/alerts/feed.atom", headers={"If-None-Match": first["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    file(**PONDS)
    assert client.get("/alerts/feed.atom", headers={"If-None-Match": first["ETag"]}).status_code == 200


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_pages_together_are_the_whole_and_nothing_twice(size, file, moi, province, world, signed_in, monkeypatch):
    for number in range(4):
        incident = file(**ARMED)
        duty = Duty.objects.get(escalation__incident=incident)
        with clock.replaying(clock.now() + timedelta(minutes=number)):
            actions.acknowledge(actor=moi, duty=duty, answer="accept")
        if number == 1:
            actions.reattribute(actor=province, incident=incident, unit=world["post-1607-2"], reason="x")
    # Two of one moment: they are told apart by their identifiers.
    Escalation.objects.update(started_at=Escalation.objects.order_by("started_at").first().started_at)
    client = signed_in(moi)
    whole = ids(read(client.get("/alerts/feed.atom")))
    assert len(whole) == 9
    monkeypatch.setattr(views, "PAGE_SIZE", size)
    walked, following = [], "/alerts/feed.atom"
    while following:
        root = read(client.get(following))
        check(root)
        walked += ids(root)
        following = re.sub(r"^https?://[^/]+", "", link(root, "next"))
    assert walked == whole


def test_a_broken_cursor_is_a_problem(mfaic, signed_in):
    answer = signed_in(mfaic).get("/alerts/feed.atom?before=nonsense")
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")
    assert answer.json()["errors"][0]["pointer"].endswith("before")


def test_two_escalations_of_one_incident_have_messages_of_their_own(
    ponds, mfaic, moi, ssba, province, world, signed_in
):
    for user in (mfaic, moi, ssba):
        duty = Duty.objects.get(escalation__incident=ponds, unit__code=user.username)
        actions.acknowledge(actor=user, duty=duty, answer="accept")
    policy = Escalation.objects.get(incident=ponds).policy
    actions.escalate(actor=province, incident=ponds, reason="It grows", policy=policy)
    actions.reattribute(actor=province, incident=ponds, unit=world["post-1607-2"], reason="x")
    names = {one.partition("/")[2] for one in ids(read(signed_in(mfaic).get("/alerts/feed.atom")))}
    assert names == {
        f"{ponds.ref}.1.alert", f"{ponds.ref}.1.acknowledged", f"{ponds.ref}.1.ruling-2",
        f"{ponds.ref}.2.alert", f"{ponds.ref}.2.ruling-2",
    }  # fmt: skip


def test_a_full_feed_asks_few_questions(file, moi, signed_in, django_assert_max_num_queries):
    for _n in range(6):
        incident = file(**ARMED)
        actions.acknowledge(actor=moi, duty=Duty.objects.get(escalation__incident=incident), answer="accept")
        actions.close_incident(actor=moi, incident=incident, close_reason="over", reason="x")
    client = signed_in(moi)
    client.get("/alerts/feed.atom")
    with django_assert_max_num_queries(12):
        assert len(ids(read(client.get("/alerts/feed.atom")))) == 18


def test_the_page_for_people_says_what_there_is(ponds, mfaic, outsider, signed_in, django_assert_max_num_queries):
    client = signed_in(mfaic)
    client.get("/alerts/")
    with django_assert_max_num_queries(20):
        page = client.get("/alerts/").content.decode()
    assert ponds.ref in page
    assert "/alerts/feed.atom" in page
    assert ponds.ref not in signed_in(outsider).get("/alerts/").content.decode()
