"""The people of the scenarios, signed in with Mastodon.py through the pages."""

import os

from mastodon import Mastodon

from checks import check
from pages import authorization_code

URL = os.environ["FERRODON_URL"]
SCOPES = ["read", "write", "follow", "push"]


def sign_in(name):
    client_id, client_secret = Mastodon.create_app("Mastodon.py test", scopes=SCOPES, api_base_url=URL, website="https://app.test/")
    check(f"an app is registered for {name}", client_id and client_secret)
    client = Mastodon(client_id=client_id, client_secret=client_secret, api_base_url=URL, ratelimit_method="throw", request_timeout=30)
    url = client.auth_request_url(scopes=SCOPES, allow_http=True)
    code = authorization_code(url, os.environ[f"{name.upper()}_EMAIL"], os.environ[f"{name.upper()}_PASSWORD"])
    client.log_in(code=code, scopes=SCOPES, allow_http=True)
    me = client.account_verify_credentials()
    check(f"{name} is signed in", me.username == name, me)
    return client, me
