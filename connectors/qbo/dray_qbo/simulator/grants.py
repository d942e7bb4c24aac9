"""What companies have granted an application: codes, access tokens, and refresh tokens that rotate."""

from __future__ import annotations

import base64
import random
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

CODE_SECONDS = 600
ACCESS_SECONDS = 3600
REFRESH_SECONDS = 8_726_400
CAP_SECONDS = 157_680_000
WINDOW = timedelta(hours=24)

ACCOUNTING = "com.intuit.quickbooks.accounting"


class Rotation(StrEnum):
    """STRICT: every refresh gives a new refresh token and ends the old one. LENIENT: as Intuit describes it, the value
    changes when it is a day old, and the one before it is good for another day."""

    STRICT = "strict"
    LENIENT = "lenient"


@dataclass(slots=True)
class Grant:
    """A consent of one company. Times are seconds since 1970."""

    realm_id: str
    scope: str
    given: float
    refresh: str = ""
    refresh_made: float = 0
    refresh_ends: float = 0
    spent: dict[str, float] = field(default_factory=dict)
    code: str = ""
    revoked: bool = False
    disconnected: bool = False


@dataclass(slots=True)
class Code:
    realm_id: str
    scope: str
    redirect_uri: str
    ends: float


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the token endpoint gives."""

    access: str
    refresh: str
    refresh_seconds: int
    cap_seconds: int
    scope: str
    realm_id: str


class GrantRefused(Exception):
    """`invalid_grant`, with its description."""


@dataclass(slots=True)
class Grants:
    """All grants of one application. Hold a lock around calls."""

    dice: random.Random
    rotation: Rotation = Rotation.STRICT
    reuse_revokes: bool = False
    codes: dict[str, Code] = field(default_factory=dict)
    grants: list[Grant] = field(default_factory=list)
    accesses: dict[str, tuple[int, float]] = field(default_factory=dict)
    refreshes: dict[str, int] = field(default_factory=dict)

    # ---- codes ----

    def consent(self, realm_id: str, scope: str, redirect_uri: str, now: datetime) -> str:
        """A code for one exchange within ten minutes."""
        code = "AB1" + self._token(30)
        self.codes[code] = Code(realm_id, scope, redirect_uri, now.timestamp() + CODE_SECONDS)
        return code

    def exchange(self, code: str, redirect_uri: str, now: datetime) -> Tokens:
        """Tokens for a code. A code that comes twice ends what the first exchange gave. GrantRefused."""
        found = self.codes.pop(code, None)
        if found is None:
            for grant in self.grants:
                grant.revoked = grant.revoked or (bool(code) and grant.code == code)
            raise GrantRefused("Invalid authorization code")
        if found.ends < now.timestamp() or found.redirect_uri != redirect_uri:
            raise GrantRefused("Invalid authorization code")
        grant = Grant(found.realm_id, found.scope, now.timestamp(), code=code)
        self.grants.append(grant)
        self._renew(len(self.grants) - 1, now)
        return self._tokens(len(self.grants) - 1, now)

    # ---- tokens ----

    def refresh(self, token: str, now: datetime) -> Tokens:
        """New tokens for a refresh token. GrantRefused."""
        at = self.refreshes.get(token)
        if at is None:
            raise GrantRefused("Incorrect Token type or clientID" if token in self.accesses else "Token invalid")
        grant = self.grants[at]
        over = (
            grant.revoked or grant.disconnected or now.timestamp() > min(grant.refresh_ends, grant.given + CAP_SECONDS)
        )
        if over:
            raise GrantRefused("Incorrect or invalid refresh token")
        if token != grant.refresh:
            good_until = grant.spent.get(token, 0)
            if self.rotation is Rotation.STRICT or good_until < now.timestamp():
                grant.revoked = grant.revoked or self.reuse_revokes
                raise GrantRefused("Incorrect or invalid refresh token")
        elif self.rotation is Rotation.STRICT or now.timestamp() - grant.refresh_made >= WINDOW.total_seconds():
            self._renew(at, now)
        grant.refresh_ends = now.timestamp() + REFRESH_SECONDS
        return self._tokens(at, now)

    def revoke(self, token: str) -> bool:
        """Ends a grant by its access or refresh token; False for one that nobody has."""
        at = self.refreshes.get(token)
        if at is None and token in self.accesses:
            at = self.accesses[token][0]
        if at is None or self.grants[at].revoked:
            return False
        self.grants[at].revoked = True
        return True

    def disconnect(self, realm_id: str) -> None:
        """A person disconnects the application in QuickBooks Online."""
        for grant in self.grants:
            grant.disconnected = grant.disconnected or grant.realm_id == realm_id

    def expire_access(self) -> None:
        """Every access token is over now."""
        self.accesses = {token: (at, 0.0) for token, (at, _) in self.accesses.items()}

    def holder(self, token: str, now: datetime) -> Grant | None:
        """Whose access token this is; None for one that is unknown, expired or revoked."""
        at, ends = self.accesses.get(token, (-1, 0.0))
        if at < 0 or ends <= now.timestamp() or self.grants[at].revoked:
            return None
        return self.grants[at]

    # ---- files ----

    def to_plain(self) -> dict[str, Any]:
        """All that has to be kept, in types that JSON has."""
        return {
            "codes": {code: {**asdict(one), "ends": int(one.ends)} for code, one in self.codes.items()},
            "grants": [_whole_seconds(asdict(grant)) for grant in self.grants],
            "accesses": {token: [at, int(ends)] for token, (at, ends) in self.accesses.items()},
            "refreshes": self.refreshes,
        }

    def restore(self, kept: dict[str, Any]) -> None:
        """Takes back what `to_plain` gave."""
        self.codes = {code: Code(**one) for code, one in kept["codes"].items()}
        self.grants = [Grant(**one) for one in kept["grants"]]
        self.accesses = {token: (at, ends) for token, (at, ends) in kept["accesses"].items()}
        self.refreshes = dict(kept["refreshes"])

    # ---- inside ----

    def _renew(self, at: int, now: datetime) -> None:
        grant = self.grants[at]
        if grant.refresh:
            grant.spent[grant.refresh] = now.timestamp() + WINDOW.total_seconds()
        grant.refresh = f"RT1-39-H0-{int(now.timestamp()) + REFRESH_SECONDS}{self._token(15)}"
        grant.refresh_made = now.timestamp()
        grant.refresh_ends = now.timestamp() + REFRESH_SECONDS
        self.refreshes[grant.refresh] = at

    def _tokens(self, at: int, now: datetime) -> Tokens:
        grant = self.grants[at]
        access = (
            f"eyJlbmMiOiJBMTI4Q0JDLUhTMjU2IiwiYWxnIjoiZGlyIn0..{self._token(16)}.{self._token(420)}.{self._token(16)}"
        )
        self.accesses[access] = (at, now.timestamp() + ACCESS_SECONDS)
        left = int(grant.given + CAP_SECONDS - now.timestamp())
        lasts = int(grant.refresh_ends - now.timestamp())
        return Tokens(access, grant.refresh, min(lasts, left), left, grant.scope, grant.realm_id)

    def _token(self, size: int) -> str:
        return base64.urlsafe_b64encode(self.dice.randbytes(size)).decode().rstrip("=")


def _whole_seconds(grant: dict[str, Any]) -> dict[str, Any]:
    """JSON here has no floats."""
    times = {name: int(grant[name]) for name in ("given", "refresh_made", "refresh_ends")}
    return {**grant, **times, "spent": {token: int(ends) for token, ends in grant["spent"].items()}}
