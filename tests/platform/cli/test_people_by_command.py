"""Inviting people, forgotten passwords, mail and the audit, by command."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from sqlalchemy import update

from dray_tenants import audit
from dray_tenants.companies import find_tenant
from dray_tenants.database import Engines
from dray_tenants.models import AuditEntry
from dray_tenants.people_models import SecondFactor
from dray_tenants.scope import ScopedSession
from dray_tenants.users import find_user
from tests.platform.cli.shell import Shell


def test_an_invitation_prints_its_link_and_writes_the_letter(shell: Shell, tenant: str) -> None:
    facts = shell.json("user", "invite", "Nell@Paper.example", "--tenant", tenant, "--role", "billing")
    assert set(facts) == {"id", "email", "role", "url", "expires_at"}
    assert (facts["email"], facts["role"]) == ("nell@paper.example", "billing")
    (mail,) = shell.json("mail", "list")["mail"]
    assert (mail["to"], mail["state"]) == ("nell@paper.example", "waiting")
    assert facts["url"] in shell.json("mail", "show", mail["id"])["text"]
    assert facts["url"] in shell.run("mail", "show", mail["id"]).stdout
    again = shell.json("user", "invite", "nell@paper.example", "--tenant", tenant)
    assert again["id"] == facts["id"]
    assert again["url"] != facts["url"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("user", "invite", "ann@paper.example", "--tenant", "paperworks"), "belongs to Paperworks already"),
        (("user", "invite", "nell", "--tenant", "paperworks"), "not an e-mail address"),
        (("user", "invite", "nell@paper.example", "--tenant", "nobody"), "there is no tenant 'nobody'"),
        (("user", "reset-password", "nobody@paper.example"), "nobody is registered as nobody@paper.example"),
        (("mail", "show", "mail_x"), "there is no mail mail_x"),
        (("audit", "verify", "--tenant", "nobody"), "there is no tenant 'nobody'"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(
    shell: Shell, tenant: str, arguments: tuple[str, ...], reason: str
) -> None:
    result = shell.run(*arguments, "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert reason in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_link_for_a_forgotten_password_is_printed_and_nothing_mailed(shell: Shell, tenant: str) -> None:
    facts = shell.json("user", "reset-password", "ANN@paper.example")
    assert set(facts) == {"email", "url", "minutes"}
    assert urlsplit(facts["url"]).path.startswith("/reset/")
    assert shell.json("mail", "list")["mail"] == []
    plain = shell.run("user", "reset-password", "ann@paper.example")
    assert plain.stdout.startswith("http://localhost:8000/reset/")
    assert "works once, for 60 minutes" in plain.stderr


def test_a_letter_that_waits_can_be_hurried(shell: Shell, tenant: str) -> None:
    shell.json("user", "invite", "nell@paper.example", "--tenant", tenant)
    (mail,) = shell.json("mail", "list", "--waiting")["mail"]
    assert shell.json("mail", "retry", mail["id"])["state"] == "waiting"
    assert "nell@paper.example" in shell.run("mail", "list").stdout


def test_a_whole_audit_is_verified_and_a_broken_one_refused(shell: Shell, tenant: str) -> None:
    shell.json("user", "invite", "nell@paper.example", "--tenant", tenant)
    before = shell.json("audit", "verify", "--tenant", tenant)
    assert (before["whole"], before["rows"], before["waiting"]) == (True, 0, 1)
    assert shell.run("worker", "--once").exit_code == 0
    sealed = shell.json("audit", "verify", "--tenant", tenant)
    assert (sealed["whole"], sealed["rows"], sealed["waiting"], len(sealed["hash"])) == (True, 1, 0, 64)
    assert "1 sealed entry is as written" in shell.run("audit", "verify", "--tenant", tenant).stdout
    with Engines(shell.database_url) as engines, ScopedSession(engines) as session:
        company = find_tenant(session, tenant)
        assert company is not None
        assert audit.head(session, company.id).sequence == 1
        with session.tenant(company.id):
            session.execute(update(AuditEntry).values(actor="nobody"))
            session.commit()
    broken = shell.run("audit", "verify", "--tenant", tenant, "--json")
    assert broken.exit_code == 1
    facts = json.loads(broken.stdout)
    assert (facts["whole"], facts["broken_at"]) == (False, 1)
    assert "The record was altered: at entry 1" in broken.stderr


def test_lost_codes_are_turned_off_by_an_operator(shell: Shell, tenant: str) -> None:
    refused = shell.run("user", "reset-codes", "ann@paper.example")
    assert (refused.exit_code, "has no sign-in codes" in refused.stderr) == (1, True)
    assert "nobody is registered" in shell.run("user", "reset-codes", "nobody@paper.example").stderr
    with Engines(shell.database_url) as engines, ScopedSession(engines) as session:
        user = find_user(session, "ann@paper.example")
        assert user is not None
        session.add(
            SecondFactor(user_id=user.id, sealed=b"x", created_at=user.created_at, confirmed_at=user.created_at)
        )
        session.commit()
    assert shell.json("user", "reset-codes", "ann@paper.example") == {"email": "ann@paper.example", "codes": False}
    assert [each["subject"] for each in shell.json("mail", "list")["mail"]] == [
        "Sign-in codes for Dray were turned off"
    ]
