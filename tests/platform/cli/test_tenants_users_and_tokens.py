"""Companies, support staff and tokens by command."""

from __future__ import annotations

import datetime as dt

import pytest

from dray_tenants import tokens
from dray_tenants.database import Engines
from dray_tenants.scope import ScopedSession
from tests.platform.cli.shell import PASSWORD, Shell


def test_a_tenant_is_made_with_its_first_owner(shell: Shell) -> None:
    facts = shell.json(
        "tenant", "create", "Paperworks Ltd", "--admin", "ann@paper.example", "--password-stdin", stdin=f"{PASSWORD}\n"
    )
    assert set(facts) == {"id", "slug"}
    assert facts["slug"] == "paperworks-ltd"
    assert shell.json("tenant", "list")["tenants"] == [{**facts, "name": "Paperworks Ltd", "test": False}]


def test_a_short_name_is_used_once(shell: Shell, tenant: str) -> None:
    assert "already uses the short name paperworks" in shell.refused("tenant", "create", "Paperworks")
    assert len(shell.json("tenant", "list")["tenants"]) == 1


def test_nothing_is_made_when_the_owners_password_is_weak(shell: Shell) -> None:
    said = shell.refused("tenant", "create", "Paper", "--admin", "a@b.example", "--password-stdin", stdin="short\n")
    assert "Use at least 10" in said
    assert shell.json("tenant", "list") == {"tenants": []}


@pytest.mark.parametrize(
    "arguments",
    [
        ("tenant", "create"),
        ("tenant", "create", "Paper", "--password-stdin"),
        ("tenant", "create", "Paper", "--admin", "ann@paper.example"),
        ("user", "create", "eve@dray.example", "--staff", "king", "--password-stdin"),
        ("token", "create", "--tenant", "paper"),
        ("no-such-command",),
        ("tenant", "destroy"),
    ],
)
def test_wrong_usage_is_status_2_and_never_asks(small_shell: Shell, arguments: tuple[str, ...]) -> None:
    result = small_shell.run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""


def test_a_member_of_staff_is_registered(shell: Shell) -> None:
    facts = shell.json(
        "user", "create", "Eve@Dray.example", "--staff", "agent", "--password-stdin", stdin=f"{PASSWORD}\n"
    )
    assert (facts["email"], facts["staff"]) == ("eve@dray.example", "agent")
    said = shell.refused(
        "user", "create", "eve@dray.example", "--staff", "agent", "--password-stdin", stdin=f"{PASSWORD}\n"
    )
    assert "already registered" in said


def test_a_token_is_shown_once(shell: Shell, tenant: str) -> None:
    facts = shell.json("token", "create", "--tenant", tenant, "--name", "billing", "--scope", "write")
    assert set(facts) == {"token"}
    assert facts["token"].startswith("dray_")
    assert "there is no tenant 'nobody'" in shell.refused("token", "create", "--tenant", "nobody", "--name", "x")


def test_a_token_ends_when_it_is_told_to(shell: Shell, tenant: str) -> None:
    for given, days in ((("--days", "30"), 30), ((), None)):
        bearer = shell.json("token", "create", "--tenant", tenant, "--name", "billing", *given)["token"]
        with Engines(shell.database_url) as engines, ScopedSession(engines, read_only=True) as session:
            found = tokens.find(session, bearer, now=dt.datetime.now(dt.UTC))
            assert found is not None
            lasts = found.expires_at - found.created_at if found.expires_at else None
        assert lasts == (dt.timedelta(days=days) if days else None)
    assert shell.run("token", "create", "--tenant", tenant, "--name", "x", "--days", "0").exit_code == 2


def test_a_database_that_was_never_migrated_is_said_to_be_so(small_shell: Shell) -> None:
    empty = Shell(small_shell.home, small_shell.database_url.replace("dray.db", "empty.db"))
    assert "run `dray migrate`" in empty.refused("tenant", "list")


def test_a_test_company_has_tokens_of_its_own_and_can_be_emptied(shell: Shell, tenant: str) -> None:
    made = shell.json("tenant", "create", "Try It", "--test")
    assert [one["test"] for one in shell.json("tenant", "list")["tenants"]] == [False, True]
    assert shell.json("token", "create", "--tenant", made["slug"], "--name", "billing")["token"].startswith("test_")
    assert shell.json("token", "create", "--tenant", tenant, "--name", "billing")["token"].startswith("dray_")
    shell.json("connection", "create", "--tenant", made["slug"], "--connector", "qbd", "--name", "Pretend")
    assert "say --yes" in shell.refused("tenant", "reset", made["slug"])
    assert shell.json("tenant", "reset", made["slug"], "--yes")["deleted"]["connections"] == 1
    assert "is no test company" in shell.refused("tenant", "reset", tenant, "--yes")


def test_a_connector_is_offered_to_chosen_companies(shell: Shell, tenant: str) -> None:
    shell.json("tenant", "create", "Chosen")
    connect = ("connection", "create", "--connector", "qbd", "--name", "Books", "--tenant")
    assert shell.json("connector", "offer", "qbd", "--tenant", "chosen") == {"name": "qbd", "tenants": ["chosen"]}
    assert "is not offered to your company" in shell.refused(*connect, tenant)
    shell.json(*connect, "chosen")
    assert shell.json("connector", "offer", "qbd", "--everyone")["tenants"] is None
    shell.json(*connect, tenant)
    assert "there is no tenant 'nobody'" in shell.refused("connector", "offer", "qbd", "--tenant", "nobody")
    assert "no connector 'nothing' is enabled" in shell.refused("connector", "offer", "nothing", "--everyone")
    assert shell.run("connector", "offer", "qbd").exit_code == 2
