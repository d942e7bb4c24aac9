"""OpenID Connect: the signed id_token that comes with the scope `openid`, and the public key to check it with."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from dray_qbo.simulator import exact

KEY_ID = "pretend-key-1"
SUBJECT = "b053d994-07d5-468d-b7ee-22e349d2e739"
LIFETIME = 3600


class IdTokens:
    """Signs with a key that is made when it is first needed and not kept."""

    def __init__(self) -> None:
        self._key: rsa.RSAPrivateKey | None = None

    def make(self, issuer: str, audience: str, realm_id: str, now: datetime) -> str:
        """A JWT, RS256."""
        moment = int(now.timestamp())
        claims = {
            "sub": SUBJECT,
            "aud": [audience],
            "realmid": realm_id,
            "auth_time": moment,
            "iss": issuer,
            "exp": moment + LIFETIME,
            "iat": moment,
        }
        signed = f"{_part({'kid': KEY_ID, 'alg': 'RS256'})}.{_part(claims)}"
        return f"{signed}.{_base64(self._private().sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    def jwks(self) -> dict[str, Any]:
        """The JSON Web Key Set."""
        numbers = self._private().public_key().public_numbers()
        key = {
            "kty": "RSA",
            "e": _number(numbers.e),
            "use": "sig",
            "kid": KEY_ID,
            "alg": "RS256",
            "n": _number(numbers.n),
        }
        return {"keys": [key]}

    def _private(self) -> rsa.RSAPrivateKey:
        if self._key is None:
            self._key = rsa.generate_private_key(65537, 2048)
        return self._key


def _part(value: dict[str, Any]) -> str:
    return _base64(exact.write(value).encode())


def _number(number: int) -> str:
    return _base64(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
