"""A certified OpenID provider for tests: npm's `oidc-provider`, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

from accounts.single_sign_on.providers import Provider, SignInRules
from tests.free_ports import free_port

PROGRAM = Path(__file__).with_name("openid_provider.mjs")
KEY, CLIENT, SECRET = "northfield", "attune", "a secret of forty-eight letters that is only here"
CALLBACK = f"/accounts/sso/{KEY}/callback/"
SIGN_IN = "/accounts/login/"
LOG_OUT = f"/accounts/sso/{KEY}/log-out/"


def rules(issuer, *, by_password=True, **more):
    """What the site's file would say of this provider."""
    provider = Provider(KEY, "Northfield account", issuer, CLIENT, SECRET, **more)
    return SignInRules((provider,), by_password)


@contextmanager
def running(site, people, *, log_out=False, named=None):
    """The provider while the block runs; answers its issuer.

    `people`: the claims of each, by the name that they type there. `named`: a name, an address and
    a certificate, for a provider that other computers reach by TLS.
    """
    port = free_port()
    name, address, certificate = named or ("127.0.0.1", "127.0.0.1", "")
    told = {
        "issuer": f"{'https' if named else 'http'}://{name}:{port}",
        "port": port,
        "address": address,
        "certificate": str(certificate),
        "client_id": CLIENT,
        "client_secret": SECRET,
        "redirect_uris": [site + CALLBACK],
        "post_logout_redirect_uris": [site + SIGN_IN],
        "log_out": site + LOG_OUT if log_out else "",
        "people": people,
    }
    process = subprocess.Popen(
        ["node", PROGRAM],
        env={**os.environ, "OPENID_TEST": json.dumps(told)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        while (line := process.stdout.readline()) != "ready\n":
            assert line, "the provider did not start"
        yield told["issuer"]
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
