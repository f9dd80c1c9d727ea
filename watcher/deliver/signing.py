"""Signatures of webhooks, as Standard Webhooks has them (https://www.standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"


def decode_secret(secret: str) -> bytes:
    """The key in `whsec_` + base64 (the prefix may be missing); ValueError says what is wrong, never the secret."""
    text = secret.strip().removeprefix(PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"not a webhook secret: {PREFIX} followed by base64 is wanted") from None
    if not key:
        raise ValueError(f"an empty webhook secret: {PREFIX} followed by base64 is wanted")
    return key


def signature(keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: one `v1,` signature a key, so that a receiver may rotate its secret."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    made = (base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in keys)
    return " ".join(f"v1,{text}" for text in made)
