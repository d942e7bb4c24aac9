"""Books that somebody signs in to: a command says where, and an operator may allow a company twice."""

from __future__ import annotations

import json
from pathlib import Path

from dray.connections.oauth import taking
from tests.platform.cli.shell import Shell
from tests.platform.connections.online import KEYS, online_at

CREDENTIALS = {"DRAY_QBO_CLIENT_ID": "an-id", "DRAY_QBO_CLIENT_SECRET": "a-secret"}
CREATE = ("connection", "create", "--connector", "qbo", "--name", "Main  company", "--tenant")


def test_the_command_says_where_an_admin_connects_and_makes_nothing(shell: Shell, tenant: str) -> None:
    result = shell.run(*CREATE, tenant, "--json", settings=CREDENTIALS)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {
        "id": None,
        "connector": "qbo",
        "name": "Main company",
        "url": "http://localhost:8000/connections/new?connector=qbo&name=Main+company",
    }
    assert shell.json("connection", "list", "--tenant", tenant) == {"connections": []}


def test_without_our_own_credentials_it_names_the_setting(shell: Shell, tenant: str) -> None:
    assert "DRAY_QBO_CLIENT_ID is not set" in shell.refused(*CREATE, tenant)


def test_an_operator_allows_one_more_connection_to_the_same_company(migrated_database_url: str, tmp_path: Path) -> None:
    with online_at(tmp_path, migrated_database_url) as online:
        made = online.connect()
        shell = Shell(tmp_path, migrated_database_url)
        keys = {"DRAY_VAULT_KEYS": KEYS}
        result = shell.run("connection", "share", made, settings=keys)
        assert result.exit_code == 0, result.output
        assert "allowed already" in shell.run("connection", "share", made, settings=keys).stderr
        second = online.connect(name="Second")
        keys_of = [online.key_of(each) for each in (made, second)]
        with online.session() as session:
            assert all(taking.holds(session, key) for key in keys_of)
            assert "connected already, as “Second”" in taking.holder(session, "qbo", "9130350000000001", "Larkspur")
        # the first comes back to its own seat
        online.come_back(online.consent(online.set_out(again=made)))
