"""Two real processes, one login, and an Intuit that takes each refresh token exactly once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from dray.connections.oauth.models import GrantState
from dray.connections.oauth.tokens import access_token
from dray.installation import compose
from dray.settings import read_settings
from dray_qbo.simulator import Server
from tests.ground.tree import ROOT
from tests.platform.connections.online import Clock, Online, pretend_intuit

EACH = {"sqlite": 1_000, "postgresql": 200}
"""How often each process renews. A thousand on PostgreSQL was run by hand; here it would hold everybody up."""


def test_many_renewals_by_two_processes_never_end_the_login(migrated_database_url: str, tmp_path: Path) -> None:
    intuit = pretend_intuit()
    each = EACH[migrated_database_url.partition("+")[0].partition(":")[0]]
    with Server(intuit) as server:
        online = Online(tmp_path, migrated_database_url, server, Clock(intuit.now()))
        made = online.connect()
        before = len(intuit.grants.refreshes)
        command = [sys.executable, "-m", "tests.platform.connections.renewing"]
        arguments = [str(online.tenant), str(online.key_of(made)), str(each)]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DRAY_")}
        running = [
            subprocess.Popen(
                [*command, *arguments],
                env={**kept, **online.environment},
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        ended = [process.communicate(timeout=540) for process in running]
        assert [process.returncode for process in running] == [0, 0], ended
        assert [int(said) for said, _ in ended] == [each, each]
        renewals = len(intuit.grants.refreshes) - before
        assert renewals >= each
        login = online.login(made)
        assert login.state is GrantState.LIVE
        assert login.version == renewals + 1
        parts = compose(read_settings(online.environment))
        token = access_token(parts, online.tenant, online.key_of(made))
        assert intuit.grants.holder(token, intuit.now()) is not None
        assert not any(grant.revoked for grant in intuit.grants.grants)
        for engines in (parts.engines, online.parts.engines):
            engines.dispose()
