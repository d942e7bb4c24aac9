"""The tokens of a consent, as the vault keeps them: one sealed secret, which also remembers where they are renewed."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field

from dray.connections.oauth.discovery import Endpoints
from dray.connections.oauth.models import Grant
from dray.connections.oauth.token_endpoint import Given
from dray_tenants.models import Tenant
from dray_tenants.scope import Scoped
from dray_tenants.vault import Vault

__all__ = ["Kept", "forget", "keep", "kept"]


@dataclass(frozen=True, slots=True)
class Kept:
    """Both tokens, and the endpoints that were known when they were given: with those a login can be renewed while the
    discovery document is out of reach."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    endpoints: Endpoints


def keep(session: Scoped, vault: Vault, grant: Grant, given: Given, endpoints: Endpoints, *, at: dt.datetime) -> None:
    """Seal tokens and note when they end, in the caller's transaction and the tenant's scope. Nothing may use them
    before it is committed."""
    plain = {
        "access": given.access,
        "refresh": given.refresh,
        "authorization": endpoints.authorization,
        "token": endpoints.token,
        "revocation": endpoints.revocation,
    }
    vault.put(session, _tenant(session), grant.purpose, json.dumps(plain).encode(), now=at)
    grant.version += 1
    grant.renewed_at = at
    grant.access_ends_at = given.access_ends_at
    grant.refresh_ends_at = given.refresh_ends_at
    # said only to who asks: once known it is not forgotten by an answer that leaves it out
    grant.grant_ends_at = given.grant_ends_at or grant.grant_ends_at


def kept(session: Scoped, vault: Vault, grant: Grant) -> Kept | None:
    """The tokens; None where there are none (any more). SealBroken where the vault cannot open them."""
    plain = vault.get(session, _tenant(session), grant.purpose)
    if plain is None:
        return None
    said = json.loads(plain)
    endpoints = Endpoints(said["authorization"], said["token"], said["revocation"])
    return Kept(said["access"], said["refresh"], endpoints)


def forget(session: Scoped, vault: Vault, grant: Grant) -> None:
    """Nothing is left of the tokens here."""
    vault.delete(session, _tenant(session), grant.purpose)


def _tenant(session: Scoped) -> Tenant:
    tenant = session.get(Tenant, session.require_tenant())
    if tenant is None:
        raise LookupError(f"there is no tenant {session.tenant_id}")
    return tenant
