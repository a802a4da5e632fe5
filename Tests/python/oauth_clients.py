"""Gets tokens from a hub over TLS with libraries that applications use, each through every grant that it supports.

Every step says what was seen; the first that fails ends the run.
"""

import json
import os
import secrets
import sys
import urllib.parse

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import AssertionSession, OAuth2Session as AuthlibSession
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc import jwk
from oauthlib.oauth2 import BackendApplicationClient, InvalidGrantError, WebApplicationClient
from requests_oauthlib import OAuth2Session

from hub import PASSWORD, Hub, Person

WORK = os.environ["LINCHPIN_WORK"]
CALLBACK = "https://app.example/cb"
SCOPE = "tested"
TABLE = "/api/now/table/hr_leaver"

hub = Hub()
token_url = hub.metadata["token_endpoint"]
authorize_url = hub.metadata["authorization_endpoint"]


def ok(what):
    print("ok", what, flush=True)


def reads(token, status=200):
    """The token reads what its scope names."""
    reply = requests.get(
        hub.url + TABLE, headers={"Authorization": "Bearer " + token["access_token"]}, timeout=30)
    assert reply.status_code == status, (reply.status_code, reply.text)


def raises(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


def is_from_here(address):
    """RFC 9207 §2.4: what a client compares before it uses a code."""
    assert urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)["iss"] == [hub.metadata["issuer"]], address
    return address


def authlib_code():
    name, secret = hub.client(
        "authlib-web", "--scope", SCOPE, "--grant", "authorization_code", "--grant", "refresh_token",
        "--redirect-uri", CALLBACK)
    session = AuthlibSession(
        name, secret, scope=SCOPE, redirect_uri=CALLBACK, code_challenge_method="S256", token_endpoint=token_url)
    verifier = generate_token(48)
    url, state = session.create_authorization_url(authorize_url, code_verifier=verifier)
    answer = is_from_here(Person(hub).goes(url, to=CALLBACK))
    token = session.fetch_token(token_url, authorization_response=answer, code_verifier=verifier, state=state)
    reads(token)
    raises(Exception, lambda: session.fetch_token(token_url, authorization_response=answer, code_verifier=verifier))
    reads(token, 401)
    ok("Authlib: authorization code with PKCE; a code that comes twice ends what it gave")

    url, state = session.create_authorization_url(authorize_url, code_verifier=verifier)
    token = session.fetch_token(
        token_url, authorization_response=Person(hub).goes(url, to=CALLBACK), code_verifier=verifier)
    renewed = session.refresh_token(token_url, token["refresh_token"])
    assert renewed["refresh_token"] != token["refresh_token"]
    reads(renewed)
    seen = session.introspect_token(hub.metadata["introspection_endpoint"], renewed["access_token"]).json()
    assert seen["active"] and seen["username"] == "mara" and seen["scope"] == SCOPE, seen
    session.revoke_token(hub.metadata["revocation_endpoint"], renewed["refresh_token"])
    reads(renewed, 401)
    ok("Authlib: refresh, introspection, revocation")


def authlib_credentials():
    for method in ["client_secret_basic", "client_secret_post"]:
        name, secret = hub.client(f"authlib-{method}", "--scope", SCOPE)
        session = AuthlibSession(name, secret, scope=SCOPE, token_endpoint_auth_method=method)
        reads(session.fetch_token(token_url, grant_type="client_credentials"))
        ok(f"Authlib: client credentials by {method}")


def keyed(name, *options):
    """A client that proves itself by a key of its own."""
    key = jwk.ECKey.generate_key("P-256", {"kid": name, "use": "sig"})
    path = f"{WORK}/{name}.json"
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"keys": [dict(key.as_dict(private=False), kid=name)]}, file)
    client, _ = hub.client(name, "--scope", SCOPE, "--keys", path, *options, secret=False)
    return client, key


def authlib_keys():
    name, key = keyed("authlib-key", "--grant", "client_credentials")
    session = AuthlibSession(
        name, key, scope=SCOPE, token_endpoint_auth_method=PrivateKeyJWT(
            token_url, alg="ES256", headers={"kid": "authlib-key"}))
    reads(session.fetch_token(token_url, grant_type="client_credentials"))
    ok("Authlib: client credentials by private_key_jwt")

    name, key = keyed(
        "authlib-bearer", "--grant", "urn:ietf:params:oauth:grant-type:jwt-bearer", "--acts-for-users", "true")
    secret = hub.run("client", "add-secret", "authlib-bearer")["client_secret"]
    session = AssertionSession(
        token_url, issuer=name, subject="mara", audience=token_url, header={"alg": "ES256", "kid": "authlib-bearer"},
        claims={"jti": secrets.token_urlsafe()}, key=key, scope=SCOPE, client_id=name, client_secret=secret)
    session.auth = (name, secret)
    session.refresh_token()
    reads(session.token)
    ok("Authlib: JWT bearer for a person")


def oauthlib_code():
    name, secret = hub.client(
        "oauthlib-web", "--scope", SCOPE, "--grant", "authorization_code", "--grant", "refresh_token",
        "--redirect-uri", CALLBACK)
    session = OAuth2Session(client=WebApplicationClient(name), scope=[SCOPE], redirect_uri=CALLBACK, pkce="S256")
    url, _ = session.authorization_url(authorize_url)
    token = session.fetch_token(
        token_url, client_secret=secret, authorization_response=is_from_here(Person(hub).goes(url, to=CALLBACK)))
    reads(token)
    renewed = session.refresh_token(token_url, auth=(name, secret))
    reads(renewed)
    # The answer may have been lost: the same request again gives its like; after the newest was used it is a theft.
    again = session.refresh_token(token_url, refresh_token=token["refresh_token"], auth=(name, secret))
    assert again["refresh_token"] == renewed["refresh_token"]
    session.refresh_token(token_url, refresh_token=again["refresh_token"], auth=(name, secret))
    raises(InvalidGrantError, lambda: session.refresh_token(
        token_url, refresh_token=token["refresh_token"], auth=(name, secret)))
    reads(renewed, 401)
    ok("oauthlib with requests-oauthlib: authorization code with PKCE, refresh, its repeat, its theft")


def oauthlib_public():
    name, _ = hub.client(
        "oauthlib-native", "--scope", SCOPE, "--public", "true", "--native", "true", "--grant", "authorization_code",
        "--grant", "refresh_token", "--redirect-uri", "http://127.0.0.1/cb", secret=False)
    session = OAuth2Session(name, scope=[SCOPE], redirect_uri="http://127.0.0.1:50123/cb", pkce="S256")
    url, _ = session.authorization_url(authorize_url)
    answer = Person(hub).goes(url, to="http://127.0.0.1:50123/cb")
    token = session.fetch_token(
        token_url, include_client_id=True, code=urllib.parse.parse_qs(urllib.parse.urlsplit(answer).query)["code"][0])
    reads(token)
    reads(session.refresh_token(token_url, client_id=name))
    ok("oauthlib with requests-oauthlib: a native program at loopback")


def oauthlib_credentials():
    name, secret = hub.client("oauthlib-service", "--scope", SCOPE)
    session = OAuth2Session(client=BackendApplicationClient(name, scope=[SCOPE]))
    reads(session.fetch_token(token_url, auth=(name, secret)))
    session = OAuth2Session(client=BackendApplicationClient(name, scope=[SCOPE]))
    reads(session.fetch_token(token_url, client_secret=secret, include_client_id=True))
    ok("oauthlib with requests-oauthlib: client credentials by Basic and in the body")


STEPS = [
    authlib_code, authlib_credentials, authlib_keys, oauthlib_code, oauthlib_public, oauthlib_credentials,
]

hub.run("user", "create", "mara", "--display-name", "Mara Lind", "--email", "mara@example.com")
hub.run("user", "set-password", "mara", says=PASSWORD + "\n")
hub.run("role", "grant", "hr_leaver_reader", "--user", "mara")
for step in STEPS:
    if len(sys.argv) == 1 or step.__name__ in sys.argv[1:]:
        step()
