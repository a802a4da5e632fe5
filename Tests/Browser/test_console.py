"""What a person sees and does: by keyboard alone, in light and dark, on a wide and a narrow screen."""

import base64
import json
import os
import re
import secrets
import subprocess
import urllib.request
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import LINCHPIN
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
    "simulator", "simulator?method=GET&path=/api/now/table/incident&client=hr-system", "spokes?way=in",
    "spokes/okta/connect", "spokes/okta/connect?credential=okta-key", "spokes/okta/connect?connection=okta-prod",
    "spokes/okta/connect?alias=okta-prod", "approvals", "findings",
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
    page.get_by_label("second-key").check()
    page.get_by_label("Allow http to this machine").check()
    page.get_by_role("button", name="Create connection").click()
    assert "enables no action yet" in page.content()
    page.get_by_role("link", name="Enable action", exact=True).click()
    page.get_by_label("Action").select_option("suspend_user")
    page.get_by_role("button", name="Enable action").click()
    assert "suspend_user" in page.get_by_role("table", name="Enabled actions").inner_text()
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


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory):
    """A simulated Okta org of its own, as somebody would start it for a trial: its address and its key."""
    file = tmp_path_factory.mktemp("okta") / "token"
    words = [LINCHPIN, "sandbox", "okta", "--port", "0", "--token-file", str(file)]
    running = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=os.environ | {"NO_COLOR": "1"})
    try:
        url = next(found[1] for line in running.stdout if (found := re.search(r"(http://\S+)", line)))
        yield url, file.read_text().strip()
    finally:
        running.terminate()
        running.wait(timeout=30)


TRIAL = """\
flow: offboard-trial
title: Offboard a leaver <b>on trial</b>
trigger: { record: hr_leaver, when: inserted, if: [{ field: notes, is: trial }] }
uses: { okta: okta-fresh }
steps:
  - find: { action: okta.lookup_user, with: { login: { from: trigger.record.email } } }
  - suspend: { action: okta.suspend_user, with: { user_id: { from: find.id } } }
"""


def client_token(hub, page):
    """A token of the registered client, with a secret that is made on its page."""
    page.goto("/console/clients/hr-system/add-secret")
    page.get_by_role("button", name="Add secret").click()
    secret = page.locator("#secret").inner_text()
    page.goto("/console/clients/hr-system")
    client_id = page.locator("dt:has-text('Client id') + dd").inner_text().strip()
    basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    asked = urllib.request.Request(
        f"{hub.url}/oauth2/token", data=b"grant_type=client_credentials&scope=hr.leavers.write",
        headers={"authorization": f"Basic {basic}"})
    return json.load(urllib.request.urlopen(asked))["access_token"]


def test_a_new_user_connects_the_sandbox_and_follows_a_leaver(signed_in, hub, sandbox):
    """From the pages alone: key, connection with ticked actions, alias, flow; then one leaver, followed to the end."""
    url, key = sandbox
    page = signed_in()
    page.goto("/console/overview")
    page.get_by_role("link", name="Integrations").click()
    page.get_by_label("Search").fill("okta")
    page.get_by_role("button", name="Show").click()
    page.locator(".tile a").first.click()
    page.get_by_role("link", name="Connect", exact=True).click()
    look(page, "connect-1")
    seal = page.locator("section", has_text="Seal a new key")
    seal.get_by_label("Name").fill("fresh-key")
    seal.get_by_label("Kind").select_option("api_key")
    seal.get_by_label("Secret").fill(key)
    page.get_by_role("button", name="Seal and go on").click()
    page.get_by_label("Name").fill("okta-fresh")
    page.get_by_label("Base URL").fill(url)
    page.get_by_label("Allow http to this machine").check()
    page.locator("input[value=lookup_user]").check()
    look(page, "connect-2")
    page.get_by_role("button", name="Connect and go on").click()
    page.get_by_label("Name").fill("okta-fresh")
    look(page, "connect-3")
    page.get_by_role("button", name="Name it and go on").click()
    assert "uses: { okta: okta-fresh }" in page.content()
    look(page, "connect-4")
    page.get_by_role("link", name="New flow").click()
    page.get_by_label("Flow file").fill(TRIAL)
    page.get_by_role("button", name="Create flow").click()
    assert page.locator(".graph svg .node").count() == 3
    page.get_by_role("link", name="Activate").click()
    page.get_by_role("button", name="Activate").click()

    token = client_token(hub, page)
    first = follow(page, hub, token, "mara.lindqvist@acme.example")
    assert "does not enable" in first
    assert page.locator(".way .deciding").count()
    page.goto("/console/connections/okta-fresh")
    page.get_by_role("link", name="Enable action", exact=True).click()
    page.get_by_label("Action").select_option("suspend_user")
    page.get_by_role("button", name="Enable action").click()
    assert "done" in follow(page, hub, token, "mara.lindqvist@acme.example")


def follow(page, hub, token, email):
    """Posts a leaver with the client's token and opens what came of it; returns the state of the execution."""
    body = json.dumps({"name": "Trial", "email": email, "status": "needs_attention", "notes": "trial"}).encode()
    asked = urllib.request.Request(f"{hub.url}/api/now/table/hr_leaver", data=body, headers={
        "authorization": f"Bearer {token}", "content-type": "application/json"})
    answer = urllib.request.urlopen(asked)
    assert answer.status == 201
    page.goto(f"/console/transactions/{answer.headers['x-correlation-id']}")
    look(page, "leaver")
    stations = page.locator(".way").first.locator("> li b")
    assert stations.all_inner_texts()[0] == "Transport"
    link = page.get_by_role("link", name="The execution").first
    for _ in range(50):
        if link.count():
            break
        page.wait_for_timeout(200)
        page.reload()
    link.click()
    for _ in range(50):
        state = page.locator(".title .badge").inner_text()
        if state not in ("running", "waiting"):
            break
        page.wait_for_timeout(200)
        page.reload()
    look(page, f"execution-{state}")
    return state + " " + page.locator("main").inner_text()


APPROVAL = """\
flow: ask-first
title: Ask before it goes on
trigger: { manual: {} }
uses: {}
steps:
  - agree: { approval: { says: "Go <i>on</i>?", user: bo, expires: 1d } }
"""


def test_another_user_decides_an_approval(signed_in, open_page, hub, tmp_path):
    password = secrets.token_urlsafe(16)
    hub.command("user", "create", "bo")
    hub.command("role", "grant", "approver", "--user", "bo")
    hub.command("user", "set-password", "bo", stdin=password + "\n")
    page = signed_in()
    page.goto("/console/flows/new")
    page.get_by_label("Flow file").fill(APPROVAL)
    page.get_by_role("button", name="Create flow").click()
    page.get_by_role("link", name="Activate").click()
    page.get_by_role("button", name="Activate").click()
    page.get_by_role("link", name="Run").click()
    page.get_by_role("button", name="Run").click()
    execution = page.url
    other = open_page()
    other.goto("/console/sign-in")
    other.get_by_label("User name").fill("bo")
    other.get_by_label("Password").fill(password)
    other.get_by_role("button", name="Sign in").click()
    other.goto("/console/approvals")
    for _ in range(50):
        if other.locator("tbody th a").count():
            break
        other.wait_for_timeout(200)
        other.reload()
    look(other, "approvals")
    other.locator("tbody th a").first.click()
    look(other, "approval")
    other.get_by_role("link", name="Decide").click()
    other.get_by_label("Outcome").select_option("approve")
    other.get_by_role("button", name="Decide").click()
    assert "approved" in other.locator("main").inner_text()
    page.goto(execution)
    for _ in range(50):
        if page.locator(".title .badge").inner_text() == "done":
            break
        page.wait_for_timeout(200)
        page.reload()
    assert page.locator(".title .badge").inner_text() == "done"


@pytest.mark.parametrize("javascript", [True, False])
def test_the_simulator_says_what_would_flip_it(signed_in, javascript):
    page = signed_in(javascript=javascript)
    page.goto("/console/simulator")
    page.get_by_label("Method").select_option("GET")
    page.get_by_label("Path").fill("/api/now/table/incident?sysparm_limit=1")
    page.get_by_label("Client").select_option("hr-system")
    page.get_by_role("button", name="Simulate").click()
    look(page, f"simulator-{javascript}")
    assert "would pass with" in page.locator(".way .deciding").first.inner_text().lower()
    assert page.locator(".bar .menu").is_hidden()


def test_a_number_leads_to_what_it_counts(signed_in):
    page = signed_in()
    page.locator(".numbers a", has_text="Refused").first.click()
    assert "outcome=refused" in page.url
    assert set(page.locator("tbody td .badge").all_inner_texts()) == {"refused"}
