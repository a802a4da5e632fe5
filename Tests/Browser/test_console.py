"""What a person sees and does: by keyboard alone, in light and dark, on a wide and a narrow screen."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

PLACES = [
    "overview", "settings", "account", "clients", "clients/new", "clients/hr-system", "clients/hr-system/edit",
    "clients/hr-system/add-secret", "clients/hr-system/history", "clients/hr-system/delete", "scopes",
    "scopes/new", "scopes/hr.leavers.write", "scopes/hr.leavers.write/edit", "tables", "tables/incident",
    "tables/incident/set-roles", "connections", "connections/new", "connections/okta-prod",
    "connections/okta-prod/edit", "connections/okta-prod/history", "credentials", "credentials/new",
    "credentials/okta-key", "credentials/okta-key/edit", "aliases", "aliases/new", "aliases/okta-prod", "spokes",
    "spokes/okta", "flows", "flows/new", "flows/offboard-leaver", "flows/offboard-leaver/edit",
    "flows/purge-user/run", "executions", "transactions", "audit-events", "users", "users/new", "users/hr-system",
    "users/hr-system/edit", "users/ada/set-password", "groups", "groups/new", "roles", "roles/admin", "roles/admin/contain",
    "role-grants", "role-grants/new",
]


def rows(page, path):
    """The pages of the first row of a list and of what it links to."""
    page.goto(path)
    return page.locator("tbody th a").first.get_attribute("href")


def look(page, name):
    """Keeps a picture for whoever wants to look: LOOK names the folder."""
    if folder := os.environ.get("LOOK"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name.replace('/', '_')}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_fits_and_axe_finds_nothing(signed_in, scheme, width):
    page = signed_in(width=width, scheme=scheme)
    execution = rows(page, "/console/executions")
    transaction = rows(page, "/console/transactions?outcome=refused")
    found = []
    for path in [f"/console/{place}" for place in PLACES] + [execution, transaction]:
        page.goto(path)
        look(page, f"{width}-{scheme}-{path.removeprefix('/console/')[:40]}")
        violations = Axe().run(page).response["violations"]
        found += [(path, each["id"], [node["html"][:200] for node in each["nodes"]]) for each in violations]
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            found.append((path, "wider than the screen", wide))
    assert found == []


def test_sign_in_by_keyboard_alone(open_page, hub):
    page = open_page()
    page.goto("/console/clients")
    assert "/console/sign-in" in page.url
    page.keyboard.press("Tab")
    page.keyboard.type(hub.user)
    page.keyboard.press("Tab")
    page.keyboard.type(hub.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/clients")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "New client"
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/clients/new")


def test_a_wrong_password_says_one_sentence(open_page, hub):
    page = open_page(expected=[401])
    page.goto("/console/sign-in")
    page.get_by_label("User name").fill(hub.user)
    page.get_by_label("Password").fill("wrong password")
    page.get_by_role("button", name="Sign in").click()
    assert "wrong" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Password").input_value() == ""


@pytest.mark.parametrize("javascript", [True, False])
def test_register_a_client(signed_in, javascript):
    page = signed_in(javascript=javascript)
    name = f"<i>app</i> {javascript}"
    page.goto("/console/clients/new")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Runs as").select_option("hr-system")
    page.get_by_label("hr.leavers.write").check()
    page.get_by_role("button", name="Create client").click()
    assert page.get_by_role("heading", level=1).inner_text() == name
    page.get_by_role("link", name="Add secret").click()
    page.get_by_role("button", name="Add secret").click()
    secret = page.locator("#secret").inner_text()
    assert len(secret) > 30
    page.get_by_role("link", name="Done").click()
    assert secret not in page.content()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Tokens live, seconds").fill("600")
    page.get_by_role("button", name="Look at the change").click()
    assert "600" in page.locator("ins").inner_text()
    page.get_by_role("button", name="Save").click()
    assert "10 min" in page.locator("main").inner_text()
    page.get_by_role("link", name="History").click()
    assert page.locator("main h2").count() == 2


def test_the_way_from_a_key_to_an_action_that_runs(signed_in):
    """As a new user would: a credential, a connection, an action, an alias; then the alias carries a flow elsewhere."""
    page = signed_in()
    page.goto("/console/connections/okta-prod")
    url = page.locator("dd code").first.inner_text()
    page.goto("/console/credentials/new")
    page.get_by_label("Name").fill("second-key")
    page.get_by_label("Kind").select_option("api_key")
    page.get_by_label("Secret").fill("canary-00a-second-key")
    page.get_by_role("button", name="Create credential").click()
    assert "canary" not in page.content()
    page.goto("/console/connections/new")
    page.get_by_label("Name").fill("okta-trial")
    page.get_by_label("Spoke").select_option("okta")
    page.get_by_label("Base URL").fill(url)
    page.get_by_label("Credential").select_option("second-key")
    page.get_by_label("Allow http to this machine").check()
    page.get_by_role("button", name="Create connection").click()
    assert "enables no action yet" in page.content()
    page.get_by_role("link", name="Enable action", exact=True).click()
    page.get_by_label("Action").select_option("suspend_user")
    page.get_by_role("button", name="Enable action").click()
    assert "suspend_user" in page.locator("table").inner_text()
    page.get_by_role("link", name="Disable action").click()
    page.get_by_role("button", name="Disable action").click()
    assert "enables no action yet" in page.content()


def test_a_list_is_live(signed_in, hub):
    page = signed_in()
    page.goto("/console/executions")
    before = page.locator("tbody tr").count()
    hub.command("flow", "run", "purge-user", "--input", "login=mara.lindqvist@acme.example")
    expect(page.locator("tbody tr")).not_to_have_count(before, timeout=10_000)
    page.get_by_label("Live").uncheck()


def test_the_trail_is_verified(signed_in):
    page = signed_in()
    page.goto("/console/audit-events")
    page.get_by_role("link", name="Verify").click()
    page.get_by_role("button", name="Verify").click()
    assert "yes" in page.locator("dt:has-text('Intact') + dd").inner_text()


def test_signing_out_ends_the_session(signed_in):
    page = signed_in()
    page.get_by_role("button", name="Sign out").click()
    page.goto("/console/clients")
    assert "/console/sign-in" in page.url


def test_a_refusal_opens_as_the_way_of_one_request(signed_in):
    page = signed_in()
    page.goto("/console/transactions?outcome=refused")
    page.locator("tbody th a").last.click()
    assert "deciding" in page.locator(".way .deciding, .way li:has(.deciding-mark)").first.inner_text()
