"""The demo's hub with an administrator, and pages of a real Chromium that complain about whatever they should not do."""

import os
import re
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

LINCHPIN = Path(__file__).parents[2] / ".build/debug/linchpin"


@dataclass
class Hub:
    url: str
    data: str
    user: str
    password: str

    def command(self, *words: str, stdin: str | None = None, status: int = 0) -> str:
        """Runs the command line against this hub; returns what it says."""
        done = subprocess.run(
            [LINCHPIN, *words, "--data", self.data], input=stdin, text=True, capture_output=True, timeout=60
        )
        assert done.returncode == status, done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def hub(tmp_path_factory):
    data = str(tmp_path_factory.mktemp("hub") / "demo")
    words = [LINCHPIN, "demo", "--data", data, "--port", "0", "--sandbox-port", "0"]
    running = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=os.environ | {"NO_COLOR": "1"})
    try:
        url = next(found[1] for line in running.stdout if (found := re.match(r"hub (http\S+) stays up", line)))
        hub = Hub(url, data, "ada", secrets.token_urlsafe(16))
        hub.command("user", "create", hub.user)
        hub.command("role", "grant", "admin", "--user", hub.user)
        hub.command("user", "set-password", hub.user, stdin=hub.password + "\n")
        yield hub
    finally:
        running.terminate()
        running.wait(timeout=30)


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        # A container's root has no user namespaces for Chromium's own sandbox.
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, hub):
    """Makes pages; at the end none may have had an error or have asked another origin."""
    contexts, complaints = [], []

    def complain(page: Page, expected: set[int], origins: tuple[str, ...]):
        # Chromium calls every status from 400 on an error; those that a test expects are none.
        page.on("console", lambda message: message.type == "error" and not any(
            f"status of {status}" in message.text for status in expected) and complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: request.url.startswith(origins) or complaints.append(request.url))
        page.on("response", lambda answer: answer.status in expected or answer.status < 400 or complaints.append(
            f"{answer.status} {answer.url}"))

    def open_page(width=1280, scheme="light", javascript=True, expected=(), also=()) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=javascript,
            base_url=hub.url)
        contexts.append(context)
        page = context.new_page()
        complain(page, set(expected), (hub.url, *also))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def signed_in(open_page, hub):
    def signed_in(**how) -> Page:
        page = open_page(**how)
        page.goto("/console/sign-in")
        page.get_by_label("User name").fill(hub.user)
        page.get_by_label("Password").fill(hub.password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/console/overview")
        return page

    return signed_in
