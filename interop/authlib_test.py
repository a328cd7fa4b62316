"""Does Authlib, a client library in another language, get through the device grant?"""

import http.cookiejar
import os
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.request
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # loopback only: the demo has no TLS

import requests  # noqa: E402
from authlib.integrations.base_client import OAuthError  # noqa: E402
from authlib.integrations.requests_client import OAuth2Session  # noqa: E402
from joserfc import jwt  # noqa: E402
from joserfc.jwk import KeySet  # noqa: E402

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SCOPE = "openid profile email offline_access"


class Forms(HTMLParser):
    """The forms of a page: where each goes and what it carries."""

    def __init__(self, text):
        super().__init__()
        self.forms = {}
        self.fields = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.fields = self.forms.setdefault(urlsplit(attrs["action"]).path, {})
        elif tag == "input" and self.fields is not None and attrs.get("name"):
            self.fields[attrs["name"]] = attrs.get("value") or ""

    def handle_endtag(self, tag):
        if tag == "form":
            self.fields = None


class Person:
    """Somebody with a browser, in as far as this needs one."""

    def __init__(self, issuer, username):
        self.issuer, self.username = issuer, username
        # Browsers send Secure cookies to loopback without TLS; so does this one.
        policy = http.cookiejar.DefaultCookiePolicy(secure_protocols=("http", "https"))
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar(policy))
        self.browser = urllib.request.build_opener(cookies)
        self.url, self.text, self.forms = issuer, "", {}

    def visit(self, url, fields=None):
        body = None if fields is None else urlencode(fields).encode()
        headers = {} if fields is None else {"Origin": self.issuer}
        request = urllib.request.Request(urljoin(self.url, url), body, headers)
        with self.browser.open(request, timeout=15) as answer:
            self.url, self.text = answer.url, answer.read().decode()
        self.forms = Forms(self.text).forms

    def submit(self, action, **fields):
        self.visit(action, self.forms[action] | fields)

    def answer(self, uri, decision):
        self.visit(uri)
        for _ in range(4):
            if "/device/decision" in self.forms:
                return self.submit("/device/decision", decision=decision)
            if "/sign-in" in self.forms:
                self.submit("/sign-in", username=self.username, password=f"{self.username}-demo-password")
            else:
                self.submit("/device")
        raise AssertionError(f"no question at {uri}: {self.text}")


class DeviceGrant(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="tandem-authlib-")
        cls.log = os.path.join(cls.folder, "log")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        environment = {"PATH": os.environ["PATH"], "TANDEM_DEVICE_AUTHORIZATION__INTERVAL": "1"}
        data = os.path.join(cls.folder, "data")
        command = [os.environ["TANDEM_BIN"], "demo", "--listen", f"127.0.0.1:{port}", "--data-dir", data]
        with open(cls.log, "wb") as log:
            cls.server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        cls.addClassCleanup(cls.stop)
        cls.issuer = f"http://localhost:{port}"
        cls.metadata = cls.discover()

    @classmethod
    def stop(cls):
        cls.server.terminate()
        try:
            cls.server.wait(5)
        except subprocess.TimeoutExpired:
            cls.server.kill()
            cls.server.wait()

    @classmethod
    def discover(cls):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and cls.server.poll() is None:
            try:
                return requests.get(f"{cls.issuer}/.well-known/openid-configuration", timeout=5).json()
            except requests.ConnectionError:
                time.sleep(0.05)
        with open(cls.log, encoding="utf-8") as log:
            raise AssertionError(f"the server did not become ready:\n{log.read()}")

    def initiate(self, session, **fields):
        url = self.metadata["device_authorization_endpoint"]
        answer = session.request("POST", url, withhold_token=True, data=fields, timeout=15)
        self.assertEqual(answer.status_code, 200, answer.text)
        return answer.json()

    def poll(self, session, codes):
        """Asks until there is an answer, as slowly as the server wishes."""
        interval = codes["interval"]
        while True:
            time.sleep(interval)
            try:
                return session.fetch_token(
                    self.metadata["token_endpoint"], grant_type=DEVICE_GRANT, device_code=codes["device_code"]
                )
            except OAuthError as error:
                if error.error == "slow_down":
                    interval += 5
                elif error.error != "authorization_pending":
                    raise

    def public_client(self):
        return OAuth2Session("tv", scope=SCOPE, token_endpoint_auth_method="none")

    def test_public_client(self):
        session = self.public_client()
        codes = self.initiate(session, client_id="tv", scope=SCOPE)
        Person(self.issuer, "alice").answer(codes["verification_uri_complete"], "allow")
        token = self.poll(session, codes)
        keys = KeySet.import_key_set(requests.get(self.metadata["jwks_uri"], timeout=15).json())
        claims = jwt.decode(token["id_token"], keys, algorithms=["ES256"]).claims
        registry = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": "tv"},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        registry.validate(claims)
        person = session.get(self.metadata["userinfo_endpoint"], timeout=15).json()
        self.assertEqual((person["sub"], person["preferred_username"]), (claims["sub"], "alice"))
        self.refresh_and_revoke(session, token)

    def refresh_and_revoke(self, session, token):
        old = token["refresh_token"]
        renewed = session.refresh_token(self.metadata["token_endpoint"], refresh_token=old)
        self.assertNotEqual(renewed["refresh_token"], old)
        kiosk = OAuth2Session("kiosk", "kiosk-demo-secret", token_endpoint_auth_method="client_secret_basic")
        introspect = self.metadata["introspection_endpoint"]
        self.assertTrue(kiosk.introspect_token(introspect, token=renewed["access_token"]).json()["active"])
        revoked = session.revoke_token(self.metadata["revocation_endpoint"], token=renewed["refresh_token"])
        self.assertEqual(revoked.status_code, 200)
        self.assertEqual(kiosk.introspect_token(introspect, token=renewed["access_token"]).json(), {"active": False})
        with self.assertRaises(OAuthError) as refused:
            session.refresh_token(self.metadata["token_endpoint"], refresh_token=renewed["refresh_token"])
        self.assertEqual(refused.exception.error, "invalid_grant")

    def test_confidential_client(self):
        session = OAuth2Session("kiosk", "kiosk-demo-secret", token_endpoint_auth_method="client_secret_basic")
        url = self.metadata["device_authorization_endpoint"]
        codes = requests.post(url, data={"scope": "openid"}, auth=("kiosk", "kiosk-demo-secret"), timeout=15).json()
        Person(self.issuer, "bob").answer(codes["verification_uri_complete"], "allow")
        self.assertIn("access_token", self.poll(session, codes))

    def test_denial(self):
        session = self.public_client()
        codes = self.initiate(session, client_id="tv", scope="openid")
        Person(self.issuer, "alice").answer(codes["verification_uri_complete"], "deny")
        with self.assertRaises(OAuthError) as refused:
            self.poll(session, codes)
        self.assertEqual(refused.exception.error, "access_denied")


if __name__ == "__main__":
    unittest.main()
