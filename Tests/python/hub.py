"""A running hub as the checks of its OAuth clients use it: its command line, and a person with a browser."""

import html.parser
import json
import os
import subprocess
import urllib.parse

import requests

PASSWORD = "correct horse battery staple"


class Hub:
    """The hub at LINCHPIN_URL; its command line is LINCHPIN. Its certificate is in REQUESTS_CA_BUNDLE."""

    def __init__(self):
        self.url = os.environ["LINCHPIN_URL"]
        self.metadata = requests.get(
            self.url + "/.well-known/oauth-authorization-server", timeout=30).json()

    def run(self, *words, says=None):
        """What a command answers, as JSON; says goes to its standard input."""
        done = subprocess.run(
            [os.environ["LINCHPIN"], *words, "--json"], input=says, capture_output=True, text=True, check=False)
        if done.returncode:
            raise AssertionError(f"linchpin {' '.join(words)}: {done.stderr or done.stdout}")
        return json.loads(done.stdout) if done.stdout.strip().startswith(("{", "[")) else {}

    def client(self, name, *options, secret=True):
        """A new client: its id, and its secret or None."""
        made = self.run("client", "create", name, "--user", "tester", *options)
        if not secret:
            return made["client_id"], None
        return made["client_id"], self.run("client", "add-secret", name)["client_secret"]


class Form(html.parser.HTMLParser):
    """The first form of a page that is sent by POST and is not for leaving."""

    def __init__(self, page):
        super().__init__()
        self.action, self.fields, self._inside = None, {}, False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        if tag == "form" and self.action is None and (named.get("method") or "").lower() == "post" \
                and "sign-out" not in named.get("action", ""):
            self.action, self._inside = named["action"], True
        if self._inside and tag == "input" and named.get("name"):
            self.fields[named["name"]] = named.get("value") or ""

    def handle_endtag(self, tag):
        if tag == "form":
            self._inside = False


class Person:
    """Somebody with a browser who signs in where asked and allows what is asked."""

    def __init__(self, hub, name="mara"):
        self.hub, self.name = hub, name
        self.browser = requests.Session()

    def goes(self, url, to=None):
        """Follows an address until the browser is sent to another one that begins so: that. Without to: the last page."""
        reply = self.browser.get(url, allow_redirects=False, timeout=30)
        for _ in range(12):
            if reply.is_redirect:
                target = urllib.parse.urljoin(reply.url, reply.headers["location"])
                if to and target.startswith(to):
                    return target
                reply = self.browser.get(target, allow_redirects=False, timeout=30)
                continue
            form = Form(reply.text)
            if form.action is None and to is None:
                return reply
            if form.action is None or reply.status_code >= 400:
                raise AssertionError(f"{reply.status_code} at {reply.url}: {reply.text[:2000]}")
            reply = self.sends(reply, form)
        raise AssertionError(f"no end of pages: {reply.url}")

    def sends(self, page, form, **more):
        """Fills a form in as a person does, and presses its main button, which has no name."""
        fields = dict(form.fields, **more)
        if "password" in fields:
            fields["user"], fields["password"] = self.name, PASSWORD
        return self.browser.post(
            urllib.parse.urljoin(page.url, form.action), data=fields, allow_redirects=False, timeout=30,
            headers={"Origin": self.hub.url, "Sec-Fetch-Site": "same-origin"})
