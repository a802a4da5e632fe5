"""Gets tokens from a hub over TLS with libraries that applications use, each through every grant that it supports.

Every step says what was seen; the first that fails ends the run.
"""

import json
import os
import secrets
import sys
import time
import urllib.parse

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import AssertionSession, OAuth2Session as AuthlibSession
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from idpyoidc.client.rp_handler import RPHandler
from joserfc import jwk, jwt
from oauthlib.oauth2 import (
    BackendApplicationClient, DeviceClient, InvalidGrantError, LegacyApplicationClient,
    MobileApplicationClient, WebApplicationClient)
from oauthlib.oauth2.rfc6749.errors import CustomOAuth2Error
from requests_oauthlib import OAuth2Session

from hub import PASSWORD, Hub, Person

WORK = os.environ["LINCHPIN_WORK"]
# idpyoidc writes keys to where it is run.
os.chdir(WORK)
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


def openid(name, *options):
    return hub.client(
        name, "--scope", "openid", "--scope", "profile", "--scope", "email", "--scope", SCOPE, "--grant",
        "authorization_code", "--grant", "refresh_token", "--redirect-uri", CALLBACK, *options)


def authlib_openid():
    name, secret = openid("authlib-openid")
    about = requests.get(hub.url + "/.well-known/openid-configuration", timeout=30).json()
    session = AuthlibSession(
        name, secret, scope=f"openid profile email {SCOPE}", redirect_uri=CALLBACK, code_challenge_method="S256")
    verifier, nonce = generate_token(48), generate_token(20)
    url, _ = session.create_authorization_url(
        about["authorization_endpoint"], code_verifier=verifier, nonce=nonce, max_age=600)
    token = session.fetch_token(
        about["token_endpoint"], authorization_response=Person(hub).goes(url, to=CALLBACK), code_verifier=verifier)
    keys = jwk.KeySet.import_key_set(requests.get(about["jwks_uri"], timeout=30).json())
    signed = jwt.decode(token["id_token"], keys, algorithms=about["id_token_signing_alg_values_supported"])
    claims = CodeIDToken(
        signed.claims, signed.header, {"iss": {"value": about["issuer"]}, "aud": {"value": name}},
        {"nonce": nonce, "client_id": name, "access_token": token["access_token"], "max_age": 600})
    claims.validate(leeway=10)
    person = session.get(about["userinfo_endpoint"]).json()
    assert person["sub"] == claims["sub"] and person["email"] == "mara@example.com", person
    reads(token)
    ok("Authlib: OpenID Connect with nonce, at_hash, max_age and userinfo")


def idpyoidc_relying_party():
    name, secret = openid("idpyoidc")
    handler = RPHandler(
        base_url="https://app.example", client_configs={"hub": {
            "issuer": hub.metadata["issuer"], "client_id": name, "client_secret": secret, "client_type": "oidc",
            "redirect_uris": [CALLBACK], "response_types_supported": ["code"],
            "scopes_supported": ["openid", "profile", "email"], "client_authn_methods": ["client_secret_basic"],
            "add_ons": {"pkce": {
                "function": "idpyoidc.client.oauth2.add_on.pkce.add_support",
                "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"}}}}})
    answer = urllib.parse.urlsplit(Person(hub).goes(handler.begin("hub"), to=CALLBACK))
    session = handler.finalize(hub.metadata["issuer"], dict(urllib.parse.parse_qsl(answer.query)))
    assert "error" not in session, session
    assert session["userinfo"]["email"] == "mara@example.com", session["userinfo"]
    assert session["id_token"]["iss"] == hub.metadata["issuer"], session["id_token"]
    handler.refresh_access_token(session["state"])
    ok("idpyoidc: an OpenID Connect relying party from discovery to refresh")


def oauthlib_device():
    name, secret = hub.client("oauthlib-device", "--scope", SCOPE, "--grant", DeviceClient.grant_type)
    begun = requests.post(
        hub.metadata["device_authorization_endpoint"], data={"scope": SCOPE}, auth=(name, secret), timeout=30).json()
    session = OAuth2Session(client=DeviceClient(name, scope=[SCOPE]))
    # Nobody has been asked yet.
    error = raises(CustomOAuth2Error, lambda: session.fetch_token(
        token_url, device_code=begun["device_code"], auth=(name, secret)))
    assert error.error == "authorization_pending", error.error
    Person(hub).goes(begun["verification_uri_complete"])
    time.sleep(begun["interval"])
    reads(session.fetch_token(token_url, device_code=begun["device_code"], auth=(name, secret)))
    ok("oauthlib with requests-oauthlib: device code")


def oauthlib_legacy():
    name, secret = hub.client("oauthlib-password", "--scope", SCOPE, "--grant", "password")
    session = OAuth2Session(client=LegacyApplicationClient(name, scope=[SCOPE]))
    reads(session.fetch_token(token_url, username="mara", password=PASSWORD, auth=(name, secret)))
    ok("oauthlib with requests-oauthlib: password, where it is switched on")

    name, _ = hub.client(
        "oauthlib-implicit", "--scope", SCOPE, "--grant", "implicit", "--public", "true", "--redirect-uri", CALLBACK,
        secret=False)
    session = OAuth2Session(client=MobileApplicationClient(name), scope=[SCOPE], redirect_uri=CALLBACK)
    url, _ = session.authorization_url(authorize_url)
    reads(session.token_from_fragment(Person(hub).goes(url, to=CALLBACK)))
    ok("oauthlib with requests-oauthlib: implicit, where it is switched on")


def authlib_exchange():
    exchange = "urn:ietf:params:oauth:grant-type:token-exchange"
    name, secret = hub.client("authlib-exchange", "--scope", SCOPE, "--grant", exchange, "--grant", "client_credentials")
    session = AuthlibSession(name, secret, scope=SCOPE)
    own = session.fetch_token(token_url, grant_type="client_credentials")
    token = session.fetch_token(
        token_url, grant_type=exchange, subject_token=own["access_token"],
        subject_token_type="urn:ietf:params:oauth:token-type:access_token")
    assert token["issued_token_type"] == "urn:ietf:params:oauth:token-type:access_token", token
    reads(token)
    ok("Authlib: token exchange")


STEPS = [
    authlib_code, authlib_credentials, authlib_keys, authlib_exchange, authlib_openid, oauthlib_code, oauthlib_public,
    oauthlib_credentials, oauthlib_device, oauthlib_legacy, idpyoidc_relying_party,
]

hub.run("user", "create", "mara", "--display-name", "Mara Lind", "--email", "mara@example.com")
hub.run("user", "set-password", "mara", says=PASSWORD + "\n")
hub.run("role", "grant", "hr_leaver_reader", "--user", "mara")
for step in STEPS:
    if len(sys.argv) == 1 or step.__name__ in sys.argv[1:]:
        step()
