"""The whole pretend Intuit: one application, the companies that it may be connected to, and what travels between."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dray_qbo.simulator import exact
from dray_qbo.simulator.company import Company, write_whole
from dray_qbo.simulator.deliveries import Deliveries, Post
from dray_qbo.simulator.faults import Faults
from dray_qbo.simulator.grants import ACCOUNTING, Grants, Rotation, Tokens
from dray_qbo.simulator.id_tokens import IdTokens
from dray_qbo.simulator.realm import Realm
from dray_qbo.simulator.throttle import Limits, Throttle
from dray_qbo.simulator.webhooks import Style


@dataclass(frozen=True, slots=True)
class App:
    """An application as it is entered in Intuit's developer portal.

    With no redirect addresses, any is taken; Intuit itself takes only those that are registered, to the letter.
    """

    client_id: str = "ABpretendClientId"
    client_secret: str = "pretend-client-secret"  # noqa: S105 a pretend one
    redirect_uris: tuple[str, ...] = ()
    rotation: Rotation = Rotation.STRICT
    reuse_revokes: bool = False
    webhook_url: str = ""
    verifier: str = "pretend-verifier-token"
    webhook_style: Style = Style.CLOUD_EVENTS


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Intuit:
    """Everything that the application reaches over HTTP. State is in memory; `save` and `load` keep it."""

    def __init__(
        self,
        *companies: Company,
        app: App | None = None,
        clock: Callable[[], datetime] = _utc_now,
        dice: random.Random | None = None,
        faults: Faults | None = None,
        limits: Limits | None = None,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self.app = app or App()
        self.faults = faults or Faults()
        self.dice = dice or random.SystemRandom()
        self.pause = pause
        self._clock = clock
        self.lock = threading.RLock()
        self.throttle = Throttle(limits or Limits())
        self.grants = Grants(self.dice, self.app.rotation, self.app.reuse_revokes)
        self.id_tokens = IdTokens()
        self.deliveries = Deliveries(
            self.app.webhook_url, self.app.verifier, self.app.webhook_style, self.faults, self.dice
        )
        self.realms: dict[str, Realm] = {}
        for company in companies or (Company.sample(),):
            self.add(company)

    def now(self) -> datetime:
        """The clock of QuickBooks Online, which may be ahead."""
        return self._clock() + timedelta(seconds=self.faults.clock_skew)

    def add(self, company: Company) -> Realm:
        """One more company that can be connected."""
        realm = Realm(company, self.now, self.faults, self.deliveries.add)
        self.realms[company.realm_id] = realm
        return realm

    def connect(self, realm_id: str = "", scope: str = ACCOUNTING) -> Tokens:
        """Consent and exchange in one step, without pages; the first company where none is named."""
        with self.lock:
            realm_id = realm_id or next(iter(self.realms))
            code = self.grants.consent(realm_id, scope, "", self.now())
            return self.grants.exchange(code, "", self.now())

    def send_webhooks(self, post: Post) -> int:
        """Sends those whose time has come; how many were taken."""
        return self.deliveries.send_due(self.now(), post)

    # ---- files ----

    def save(self, path: Path) -> None:
        """Writes companies and grants; a reader sees the old file or the new one, never a part."""
        write_whole(path, exact.write(self.to_plain()))

    def fingerprint(self) -> str:
        """Differs after anything changed that `save` would keep; cheaper than saving."""
        with self.lock:
            counted = [len(self.grants.accesses), len(self.grants.codes)]
            counted += [grant.revoked + 2 * grant.disconnected for grant in self.grants.grants]
            for realm in self.realms.values():
                with realm.lock:
                    counted += [realm.changes_made, len(realm.company.remembered)]
            return " ".join(map(str, counted))

    def to_plain(self) -> dict[str, Any]:
        """All that has to be kept, in types that JSON has."""
        with self.lock:
            companies = []
            for realm in self.realms.values():
                with realm.lock:
                    companies.append(exact.read(exact.write(realm.company.to_plain())))
            return {"companies": companies, "grants": self.grants.to_plain()}

    def restore(self, kept: Any) -> None:
        """Takes back what `save` wrote, or one company that `Company.save` wrote. ValueError for anything else."""
        if isinstance(kept, dict) and "realm_id" in kept:
            kept = {"companies": [kept], "grants": Grants(self.dice).to_plain()}
        if not isinstance(kept, dict) or "companies" not in kept:
            raise ValueError("That file holds no pretend companies of QuickBooks Online.")
        self.realms.clear()
        for company in kept["companies"]:
            self.add(Company.from_plain(company))
        self.grants.restore(kept["grants"])

    def load(self, path: Path) -> None:
        """`restore` from a file."""
        self.restore(exact.read(path.read_text(encoding="utf-8")))
