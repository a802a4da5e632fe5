"""OAuth from the pages alone: nothing is typed that a person could not read on a page."""

import os
import re
import subprocess

import pytest
from conftest import LINCHPIN
from test_console import look

OWNER = "nora.castellanos@acme.example"


@pytest.fixture
def provider(hub, tmp_path):
    """A simulated Okta org whose trial application sends people back to the hub: address, client id, secret."""
    words = [LINCHPIN, "sandbox", "okta", "--port", "0", "--token-file", str(tmp_path / "token")]
    words += ["--redirect-uri", f"{hub.url}/oauth_redirect.do"]
    running = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=os.environ | {"NO_COLOR": "1"})
    try:
        url = next(found[1] for line in running.stdout if (found := re.search(r"(http://\S+)", line)))
        client = next(found[1] for line in running.stdout if (found := re.search(r"web app +client id (\S+)", line)))
        yield url, client, (tmp_path / "okta-sandbox.client-secret").read_text().strip()
    finally:
        running.terminate()
        running.wait(timeout=30)


def test_a_new_user_connects_by_oauth_and_the_token_holds_what_the_actions_need(signed_in, provider):
    url, client, secret = provider
    page = signed_in(also=[url])
    page.goto("/console/spokes/okta/connect")
    page.get_by_role("link", name="OAuth", exact=True).click()
    seal = page.locator("section", has_text="Seal a new credential")
    seal.get_by_label("Name", exact=True).fill("okta-app")
    seal.get_by_label("Client ID").fill(client)
    seal.get_by_label("Provider's URL").fill(url)
    seal.get_by_label("Expected account").fill(OWNER)
    seal.get_by_label("Allow http to this machine").select_option("true")
    seal.get_by_label("Secret").fill(secret)
    look(page, "oauth-1")
    page.get_by_role("button", name="Seal and go on").click()
    assert page.get_by_label("Base URL").input_value() == url
    page.get_by_label("Name", exact=True).fill("okta-by-oauth")
    page.locator("input[value=lookup_user]").check()
    page.get_by_role("button", name="Connect and go on").click()
    page.get_by_label("Name", exact=True).fill("okta-by-oauth")
    page.get_by_role("button", name="Name it and go on").click()
    look(page, "oauth-2")
    page.get_by_role("button", name="Ask for exactly these").click()
    page.get_by_role("link", name="Configure and get OAuth token").click()
    assert OWNER in page.locator("main").inner_text()
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("link", name="Sign in at the provider").click()
    page.get_by_label("Username").fill(OWNER)
    page.get_by_label("Password").fill("trial-password")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Allow access").click()
    page.get_by_role("button", name="Store the token").click()
    look(page, "oauth-3")
    facts = page.locator("main").inner_text()
    assert "okta.users.read" in facts and "okta.users.manage" not in facts and OWNER in facts
    # A setting changed on its form goes back alone, and what was not touched stays.
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Expected account").fill("")
    page.get_by_role("button", name="Look at the change").click()
    look(page, "oauth-4")
    assert page.locator(".difference").inner_text().count(OWNER) == 1
    page.get_by_role("button", name="Save").click()
    settings = page.locator("dt:has-text('Settings') + dd").inner_text()
    assert client in settings and OWNER not in settings
