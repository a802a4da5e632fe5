"""What a person sees and does: by keyboard alone, in light and dark, on a wide and a narrow screen."""

import base64
import hmac
import json
import os
import re
import secrets
import subprocess
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import LINCHPIN
from playwright.sync_api import expect

PLACES = [
    "overview", "settings", "account", "clients", "clients/new", "clients/new?template=web", "clients/hr-system", "clients/hr-system/edit",
    "clients/hr-system/add-secret", "clients/hr-system/history", "clients/hr-system/delete", "consents", "refresh-families", "tokens", "scopes",
    "scopes/new", "scopes/hr.leavers.write", "scopes/hr.leavers.write/edit", "tables", "tables/incident",
    "tables/incident/set-roles", "connections", "connections/new", "connections/okta-prod",
    "connections/okta-prod/edit", "connections/okta-prod/history", "connections/okta-prod/grant",
    "connections/okta-prod/choose-resources", "connections/okta-prod/apply", "credentials", "credentials/new",
    "credentials/new?kind=oauth", "spokes/okta/connect?kind=oauth",
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
    """The page of the first row of a list."""
    page.goto(path)
    return page.locator("tbody th a").first.get_attribute("href")


def look(page, name):
    """Keeps a picture for whoever wants to look: LOOK names the folder."""
    if folder := os.environ.get("LOOK"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        # Chromium takes minutes over a picture of a log of many thousand lines.
        whole = page.evaluate("document.documentElement.scrollHeight") < 12_000
        page.screenshot(path=f"{folder}/{name.replace('/', '_')}.png", full_page=whole)


def wrong(page, name):
    """What is wrong with the page as it stands: what axe finds, and whether it is wider than the screen."""
    look(page, name)
    violations = Axe().run(page).response["violations"]
    found = [(name, each["id"], [node["html"][:200] for node in each["nodes"]]) for each in violations]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found + ([(name, "wider than the screen", wide)] if wide > 0 else [])


def until(page, holds):
    """Loads the page again until it holds."""
    for _ in range(75):
        if holds():
            return
        page.wait_for_timeout(200)
        page.reload()
    raise AssertionError(page.locator("main").inner_text())


def settle(page, *states):
    """Waits until the execution on the page is in one of the states."""
    badge = page.locator(".title .badge")
    until(page, lambda: badge.inner_text() in states)
    return badge.inner_text()


SCREENS = [(width, scheme) for width in (1280, 360) for scheme in ("light", "dark")]


@pytest.mark.parametrize("width, scheme", SCREENS)
def test_every_page_fits_and_axe_finds_nothing(signed_in, scheme, width):
    page = signed_in(width=width, scheme=scheme)
    execution = rows(page, "/console/executions")
    transaction = rows(page, "/console/transactions?outcome=refused")
    found = []
    for path in [f"/console/{place}" for place in PLACES] + [execution, transaction]:
        page.goto(path)
        found += wrong(page, f"{width}-{scheme}-{path.removeprefix('/console/')[:40]}")
    assert found == []


@pytest.mark.parametrize("width, scheme", SCREENS)
def test_what_is_no_list_and_no_form_fits_too(open_page, signed_in, chromium, hub, sandbox, scheme, width):
    """Signing in, mistakes, a change before it is made, a secret, the menu, what is not there, the sandbox's own page."""
    name = f"{width}-{scheme}-"
    page = open_page(width=width, scheme=scheme, expected=[401])
    page.goto("/console/sign-in")
    found = wrong(page, name + "sign-in")
    page.get_by_label("User name").fill("nobody")
    page.get_by_label("Password").fill("wrong password")
    page.get_by_role("button", name="Sign in").click()
    found += wrong(page, name + "sign-in-wrong")
    page.goto("/console/link?token=x")
    found += wrong(page, name + "link")
    page.get_by_role("button", name="Sign in").click()
    found += wrong(page, name + "link-used")

    page = signed_in(width=width, scheme=scheme, expected=[400, 404])
    page.goto("/console/credentials/new?kind=api_key")
    page.get_by_label("Name").fill("!")
    page.locator("#f-secret").fill("x")
    page.get_by_role("button", name="Create credential").click()
    found += wrong(page, name + "mistake")
    page.goto("/console/flows/offboard-leaver/edit")
    file = page.get_by_label("Flow file")
    file.fill(file.input_value().replace("most: 500", "most: 400"))
    page.get_by_role("button", name="Look at the change").click()
    found += wrong(page, name + "change")
    client = f"look-{width}-{scheme}"
    hub.command("client", "create", client, "--user", "hr-system", "--scope", "hr.leavers.write")
    page.goto(f"/console/clients/{client}/add-secret")
    page.get_by_role("button", name="Add secret").click()
    assert page.locator("#secret").inner_text()
    found += wrong(page, name + "secret")
    page.goto("/console/nothing-here")
    found += wrong(page, name + "nothing")
    if width == 360:
        page.goto("/console/overview")
        page.get_by_role("link", name="Menu").click()
        found += wrong(page, name + "menu")

    with chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(sandbox[0])
        found += wrong(page, name + "sandbox")
    assert found == []


@pytest.mark.parametrize("width, scheme", SCREENS)
def test_a_grant_is_set_up_at_the_provider(signed_in, hub, sandbox, scheme, width):
    """Resources are chosen, the plan is shown, and carried out; the administrator's token is asked for twice."""
    url, token = sandbox
    name = f"to-apply-{width}-{scheme}"
    hub.command("credential", "create", f"key-{name}", "--kind", "api_key", stdin=token + "\n")
    hub.command(
        "connection", "create", name, "--spoke", "okta", "--url", url, "--allow-loopback-http", "--credential",
        f"key-{name}", "--action", "suspend_user", "--action", "groups_stream")
    page = signed_in(width=width, scheme=scheme)
    page.goto(f"/console/connections/{name}/grant")
    page.get_by_role("link", name="Choose resources").first.click()
    page.get_by_label("Add").fill("all_users\nall_groups")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Would be added: all_groups, all_users.")).to_be_visible()
    found = wrong(page, f"{name}-resources")
    page.get_by_role("button", name="Choose these").click()
    found += wrong(page, f"{name}-grant")
    page.get_by_role("link", name="Apply through the API").click()
    for button, seen in [("Show the plan", "Nothing has been done yet"), ("Apply this plan", "Get the first token")]:
        page.get_by_label("Administrator token").fill(f"SSWS {token}")
        page.get_by_label("Account").fill(f"svc-{width}-{scheme}@acme.example")
        page.get_by_role("button", name=button).click()
        expect(page.get_by_text(seen)).to_be_visible()
        assert token not in page.content()
        found += wrong(page, f"{name}-{button}")
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
    page.get_by_role("link", name="Service", exact=True).click()
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


def test_the_way_from_a_credential_to_an_enabled_action(signed_in):
    """As a new user would: a credential, a connection, an action, an alias; then the alias carries a flow elsewhere."""
    page = signed_in()
    page.goto("/console/connections/okta-prod")
    url = page.locator("dd code").first.inner_text()
    page.goto("/console/credentials/new")
    page.get_by_role("link", name="API key", exact=True).click()
    page.get_by_label("Name").fill("second-key")
    page.locator("#f-secret").fill("canary-00a-second-key")
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


PAUSE = """\
flow: short-pause
title: Wait a moment
trigger: { manual: { note: { type: text, says: What for. } } }
uses: {}
steps:
  - pause: { wait: 2s }
"""


def test_a_run_moves_by_itself_until_it_has_ended(signed_in):
    page = signed_in()
    page.goto("/console/flows/new")
    page.get_by_label("Flow file").fill(PAUSE)
    page.get_by_role("button", name="Create flow").click()
    page.get_by_role("link", name="Activate").click()
    page.get_by_role("button", name="Activate").click()
    page.get_by_role("link", name="Run", exact=True).click()
    page.get_by_label("Note").fill("a look")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".title .badge")).to_have_text("done", timeout=20_000)
    expect(page.get_by_label("Live")).to_have_count(0)
    assert "a look" in page.locator("main").inner_text()


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
    page.get_by_role("link", name="API key", exact=True).click()
    seal = page.locator("section", has_text="Seal a new credential")
    seal.get_by_label("Name").fill("fresh-key")
    seal.get_by_label("Secret").fill(key)
    page.get_by_role("button", name="Seal and go on").click()
    page.get_by_label("Name", exact=True).fill("okta-fresh")
    page.get_by_label("Base URL").fill(url)
    page.get_by_label("Allow http to this machine").check()
    page.locator("input[value=lookup_user]").check()
    look(page, "connect-2")
    page.get_by_role("button", name="Connect and go on").click()
    page.get_by_label("Name", exact=True).fill("okta-fresh")
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
    until(page, link.count)
    link.click()
    state = settle(page, "done", "failed")
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


def start(page, flow):
    """Makes a flow on the pages, activates it and runs it; the page is then its execution's."""
    page.goto("/console/flows/new")
    page.get_by_label("Flow file").fill(flow)
    page.get_by_role("button", name="Create flow").click()
    page.get_by_role("link", name="Activate").click()
    page.get_by_role("button", name="Activate").click()
    page.get_by_role("link", name="Run", exact=True).click()
    page.get_by_role("button", name="Run", exact=True).click()


@pytest.fixture(scope="session")
def mute():
    """The address of an outside system that takes a call and hangs up without a word."""

    class Mute(BaseHTTPRequestHandler):
        def do_POST(self):
            self.close_connection = True

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Mute)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


DOUBTFUL = """\
flow: doubtful
title: Activate a user of a system that does not answer
trigger: { manual: {} }
uses: { okta: mute }
steps:
  - activate: { action: okta.activate_user, with: { user_id: 00u1 } }
"""


def test_a_step_in_doubt_waits_for_a_person(signed_in, hub, mute):
    hub.command("credential", "create", "mute", stdin="canary-00a-mute\n")
    hub.command("connection", "create", "mute", "--spoke", "okta", "--url", mute, "--credential", "mute",
                "--action", "activate_user", "--allow-loopback-http")
    hub.command("alias", "create", "mute", "--connection", "mute")
    page = signed_in()
    start(page, DOUBTFUL)
    settle(page, "in doubt")
    execution = page.url
    look(page, "in-doubt")
    assert "nobody knows" in page.locator(".way .doubtful").inner_text()
    assert "▲" in page.locator(".graph .node.warn").text_content()
    page.goto("/console/overview")
    page.locator(".numbers a", has_text="In doubt").click()
    assert page.locator("tbody tr").count() == 1
    page.goto(execution)
    page.get_by_label("Outcome").select_option("done")
    page.get_by_role("button", name="Decide").click()
    settle(page, "done")
    assert "decided by ada" in page.locator("main").inner_text()
    assert page.get_by_role("button", name="Decide").count() == 0


LONG = """\
flow: long-pause
title: Wait for an hour
trigger: { manual: {} }
uses: {}
steps:
  - pause: { wait: 1h }
"""


def test_an_execution_is_cancelled_and_re_run(signed_in):
    page = signed_in()
    start(page, LONG)
    first = page.url
    for _ in range(2):
        until(page, page.get_by_role("table", name="Steps").count)
        page.get_by_role("link", name="Cancel execution").click()
        page.get_by_role("button", name="Cancel execution").click()
        settle(page, "cancelled")
        assert "cancelled by" in page.locator("main").inner_text().lower()
        look(page, "cancelled")
        if page.url.split("?")[0] == first:
            page.get_by_role("link", name="Re-run", exact=True).click()
            page.get_by_role("button", name="Re-run").click()
            assert page.url != first
            assert page.locator("dt:has-text('Re-run of') + dd a").get_attribute("href") in first
    page.goto(first)
    assert page.locator("dt:has-text('Re-run as') + dd a").count() == 1


def test_another_user_decides_an_approval(signed_in, open_page, hub, tmp_path):
    password = secrets.token_urlsafe(16)
    hub.command("user", "create", "bo")
    hub.command("role", "grant", "approver", "--user", "bo")
    hub.command("user", "set-password", "bo", stdin=password + "\n")
    page = signed_in()
    start(page, APPROVAL)
    execution = page.url
    other = open_page()
    other.goto("/console/sign-in")
    other.get_by_label("User name").fill("bo")
    other.get_by_label("Password").fill(password)
    other.get_by_role("button", name="Sign in").click()
    other.goto("/console/approvals")
    until(other, other.locator("tbody th a").count)
    look(other, "approvals")
    other.locator("tbody th a").first.click()
    look(other, "approval")
    other.get_by_role("link", name="Decide").click()
    other.get_by_label("Outcome").select_option("approve")
    other.get_by_role("button", name="Decide").click()
    assert "approved" in other.locator("main").inner_text()
    page.goto(execution)
    settle(page, "done")


def code_of(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238 section 4.2)."""
    digest = hmac.digest(base64.b32decode(secret), int(time.time() // 30).to_bytes(8, "big"), "sha1")
    place = digest[19] & 15
    return f"{(int.from_bytes(digest[place:place + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


@pytest.mark.parametrize("javascript", [True, False])
def test_a_second_factor_is_set_up_and_asked_for(open_page, hub, javascript):
    name, password = f"cleo-{javascript}", secrets.token_urlsafe(16)
    hub.command("user", "create", name)
    hub.command("user", "set-password", name, stdin=password + "\n")

    def sign_in(page):
        page.goto("/console/sign-in")
        page.get_by_label("User name").fill(name)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()

    page = open_page(javascript=javascript)
    sign_in(page)
    page.goto("/console/account")
    page.get_by_role("link", name="Set up", exact=True).click()
    page.get_by_role("button", name="Set up an authenticator app").click()
    look(page, "second-factor")
    page.get_by_label("Code").fill(code_of(page.locator("#secret").inner_text()))
    page.get_by_role("button", name="Set up", exact=True).click()
    codes = page.locator("#secret").inner_text().split()
    assert len(codes) == 10
    other = open_page(javascript=javascript)
    sign_in(other)
    look(other, "sign-in-code")
    other.get_by_label("Code").fill(codes[0])
    other.get_by_role("button", name="Sign in").click()
    other.goto("/console/account")
    assert other.get_by_role("table", name="Your sessions").locator("tbody tr").count() == 2
    look(other, "account-with-second-factor")
    other.get_by_role("table", name="Your sessions").get_by_role("link", name="End").click()
    other.get_by_role("button", name="End session").click()
    assert other.get_by_role("table", name="Your sessions").locator("tbody tr").count() == 1
    page.goto("/console/account")
    assert "/console/sign-in" in page.url


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


CAREFUL = """\
flow: careful
title: Suspend somebody whom two people agree on
trigger: { manual: { login: { type: text } } }
uses: { okta: okta-prod }
steps:
  - find: { action: okta.lookup_user, with: { login: { from: trigger.input.login } } }
  - agree:
      approval: { says: Suspend this user?, role: admin, expires: 1d, approves: [suspend] }
  - suspend: { action: okta.suspend_user, with: { user_id: { from: find.id } } }
"""


def test_a_second_person_sees_the_call_and_a_secret_is_rotated(signed_in, hub, tmp_path):
    hub.command("connection", "update", "okta-prod", "--needs-approval", "true")
    file = tmp_path / "careful.yaml"
    file.write_text(CAREFUL.replace(", approves: [suspend]", ""))
    checked = hub.command("flow", "check", str(file), status=1)
    assert "Put an approval step before it: approves: [suspend]" in checked
    file.write_text(CAREFUL)
    hub.command("flow", "create", str(file))
    hub.command("flow", "activate", "careful")
    hub.command("credential", "update", "okta-key", "--max-age-days", "90")
    hub.command("credential", "add-successor", "okta-key", stdin="canary-00a-successor\n")
    hub.command("flow", "run", "careful", "--input", "login=mara.lindqvist@acme.example")
    found, page = [], None
    for width, scheme in SCREENS:
        page = signed_in(width=width, scheme=scheme)
        page.goto("/console/approvals")
        until(page, lambda: page.locator("tbody th a").count() == 1)
        for path in [rows(page, "/console/approvals"), "/console/credentials/okta-key",
                     "/console/credentials/okta-key/add-successor", "/console/credentials/okta-key/switch",
                     "/console/connections/okta-prod", "/console/connections/okta-prod/edit"]:
            page.goto(path)
            found += wrong(page, f"{width}-{scheme}-two-{path.removeprefix('/console/')[:40]}")
    assert found == []
    page.goto(rows(page, "/console/approvals"))
    assert "Suspend User" in page.locator("main").inner_text()
    page.get_by_role("link", name="Decide").click()
    page.get_by_label("Outcome").select_option("approve")
    page.get_by_role("button", name="Decide").click()
    assert "approved" in page.locator("main").inner_text()
    hub.command("connection", "update", "okta-prod", "--needs-approval", "false")
    page.goto("/console/credentials/okta-key")
    page.get_by_role("link", name="Drop successor").click()
    page.get_by_role("button", name="Drop successor").click()
    assert json.loads(hub.command("credential", "get", "okta-key", "--json"))["rotation"]["stage"] == "idle"
    hub.command("credential", "update", "okta-key", "--any-age")
