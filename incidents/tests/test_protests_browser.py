"""The dossier on a phone in a real browser, and the check of a bundle from a folder, without any server."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client

from borderwatch import sealed
from incidents import actions
from incidents.tests.protests import PDF, brought_to, paper, person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 390, "height": 844}


def test_the_dossier_reads_on_a_phone_and_the_bundle_is_checked_offline(ponds, live_server, page, tmp_path):
    protest = brought_to("sent", ponds, files=[paper()])
    client = Client()
    client.force_login(person("mfaic"), backend="allauth.account.auth_backends.AuthenticationBackend")
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    page.set_viewport_size(PHONE)
    for address in (protest.get_absolute_url(), "/protests/", "/protests/patterns/"):
        page.goto(f"{live_server.url}{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address
        faults = Axe().run(page).response["violations"]
        assert not [one["id"] for one in faults if one["impact"] in {"serious", "critical"}], address
    bundle = sealed.path_of(actions.make_bundle(actor=person("mfaic"), about=protest).zip_sha256)
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    content = bytearray(bundle.read_bytes())
    good.write_bytes(content)
    content[content.index(PDF) + 2] ^= 1
    bad.write_bytes(content)
    page.context.set_offline(True)
    checker = tmp_path / "verify.html"
    checker.write_bytes((settings.BASE_DIR / "incidents/protests/bundle/verify.html").read_bytes())
    page.goto(checker.as_uri())
    for path, mark in ((good, ".good"), (bad, ".bad")):
        page.set_input_files("#zip", path)
        page.wait_for_selector(mark)
