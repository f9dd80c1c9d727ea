"""The certificates that servers are checked against."""

import ssl
from pathlib import Path

import httpx


def trust(ca: Path | None = None) -> ssl.SSLContext:
    """A verifying client context: the bundled authorities, the system's, and those in `ca`.

    A slim container has no authorities of its own, a company's host has more than the bundle: both are wanted.
    """
    context = httpx.create_ssl_context()
    context.load_default_certs()
    if ca is not None:
        context.load_verify_locations(cafile=ca)
    return context
