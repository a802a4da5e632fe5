"""An application sends a person to the hub and gets them back: what no header says, only a browser does."""

import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from test_console import look, wrong

STATE = '&=+"<é%26' * 50


@pytest.fixture
def application(hub):
    """An application on this machine: its address, the query that sends a person to the hub, and what came back."""
    came = []

    class Callback(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path.startswith("/cb"):
                came.append(parse_qs(urlsplit(self.path).query))
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!DOCTYPE html><link rel=icon href=data:,><title>application</title><h1>Back</h1>")

        def do_POST(self):
            came.append(parse_qs(self.rfile.read(int(self.headers["content-length"])).decode()))
            self.path = "/posted"
            self.do_GET()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Callback)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made = json.loads(subprocess.run(
        ["curl", "-sS", "--fail-with-body", "--unix-socket", f"{hub.data}/hub.sock", "-H",
         "content-type: application/json", "-d", json.dumps({
             "name": f"app-{server.server_port}", "user": "hr-system", "scopes": ["hr.leavers.write"], "public": True,
             "native": True, "grants": ["authorization_code"], "redirect_uris": ["http://127.0.0.1/cb"]}),
         "http://hub/api/linchpin/v1/clients"], check=True, capture_output=True, text=True).stdout)
    address = f"http://127.0.0.1:{server.server_port}"
    query = {
        "response_type": "code", "client_id": made["client_id"], "redirect_uri": f"{address}/cb",
        "scope": "hr.leavers.write", "state": STATE, "code_challenge_method": "S256",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}
    yield address, query, came
    server.shutdown()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_person_signs_in_on_the_way_and_allows_or_refuses(open_page, hub, application, javascript):
    address, query, came = application
    page = open_page(also=[address], javascript=javascript)
    page.goto(f"/oauth2/authorize?{urlencode(query)}")
    if javascript:
        assert wrong(page, "authorize-sign-in") == []
    page.get_by_label("User name").fill(hub.user)
    page.get_by_label("Password").fill(hub.password)
    page.get_by_role("button", name="Sign in").click()
    if javascript:
        assert wrong(page, "authorize-consent") == []
    assert "hr.leavers.write" in page.locator("main").inner_text()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{address}/**")
    assert came[-1]["state"] == [STATE] and came[-1]["code"] and came[-1]["iss"] == [hub.url]
    page.goto(f"/oauth2/authorize?{urlencode(query | {'prompt': 'consent'})}")
    page.get_by_role("button", name="Refuse").click()
    page.wait_for_url(f"{address}/**")
    assert came[-1]["error"] == ["access_denied"] and came[-1]["state"] == [STATE]
    page.goto("/console/account")
    look(page, "account-consents")
    page.get_by_role("link", name=f"app-{urlsplit(address).port}").click()
    page.get_by_role("button", name="Withdraw").click()
    page.wait_for_url("**/console/account")
    assert page.get_by_role("link", name=f"app-{urlsplit(address).port}").count() == 0


@pytest.mark.parametrize("javascript", [True, False])
def test_a_pushed_request_is_answered_by_a_form(open_page, hub, application, javascript):
    address, query, came = application
    pushed = json.loads(subprocess.run(
        ["curl", "-sS", "--fail-with-body", "-d", urlencode(query | {"response_mode": "form_post"}),
         f"{hub.url}/oauth2/par"], check=True, capture_output=True, text=True).stdout)
    page = open_page(also=[address], javascript=javascript)
    page.goto("/oauth2/authorize?" + urlencode({"client_id": query["client_id"], "request_uri": pushed["request_uri"]}))
    page.get_by_label("User name").fill(hub.user)
    page.get_by_label("Password").fill(hub.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Allow").click()
    if not javascript:
        page.get_by_role("button", name="Go on").click()
    page.wait_for_url(f"{address}/**")
    assert came[-1]["state"] == [STATE] and came[-1]["code"] and came[-1]["iss"] == [hub.url]
    assert set(came[-1]) == {"state", "code", "iss"}


def test_an_address_that_is_not_the_applications_gets_nothing(open_page, application):
    address, query, came = application
    page = open_page(expected=[400])
    page.goto(f"/oauth2/authorize?{urlencode(query | {'redirect_uri': f'{address}/other'})}")
    assert "registered" in page.locator("main").inner_text()
    assert came == []
