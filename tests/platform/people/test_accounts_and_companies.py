"""What people do with their accounts and admins with their people, on both engines: letters, audit, sessions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from dray.installation import Dray, compose
from dray.mail.models import Mail
from dray.people import accounts, companies
from dray.settings import read_settings
from dray_tenants import login, mailed_links, second_factor, users
from dray_tenants.companies import create_tenant
from dray_tenants.members import LastOwner, add_member, member_of
from dray_tenants.models import AuditEntry, Tenant, User
from dray_tenants.people_models import LinkPurpose
from dray_tenants.roles import Role
from dray_tenants.scope import ScopedSession
from dray_tenants.users import EmailTaken, Unacceptable
from tests.platform.cli.shell import KEYS, PASSWORD

NOW = dt.datetime(2026, 11, 24, 10, 42, tzinfo=dt.UTC)
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
CHOSEN = "orchard-violin-73"


@pytest.fixture
def parts(tmp_path: Path, migrated_database_url: str) -> Iterator[Dray]:
    """An installation with two companies: Ann owns the red one and reads in the blue one."""
    given = KEYS | {"DRAY_HOME": str(tmp_path), "DRAY_DATABASE_URL": migrated_database_url}
    parts = compose(read_settings(given), clock=lambda: NOW)
    with parts.engines:
        with ScopedSession(parts.engines) as session:
            ann = users.create_user(session, "ann@red.example", PASSWORD, now=NOW, hasher=QUICK)
            for name, role in (("Red", Role.OWNER), ("Blue", Role.VIEWER), ("Grey", None)):
                tenant = create_tenant(session, parts.vault, name=name, now=NOW)
                if role:
                    add_member(session, tenant, ann, role, now=NOW)
            session.commit()
        yield parts


@pytest.fixture
def session(parts: Dray) -> Iterator[ScopedSession]:
    with ScopedSession(parts.engines) as session:
        yield session


def ann(session: ScopedSession) -> User:
    return session.scalars(select(User).where(User.email.like("ann%"))).one()


def company(session: ScopedSession, name: str = "Red") -> Tenant:
    return session.scalars(select(Tenant).where(Tenant.name == name)).one()


def recorded(session: ScopedSession) -> dict[str, list[str]]:
    """Company → its actions."""
    with session.every_tenant("look at all"):
        rows = session.execute(
            select(Tenant.name, AuditEntry.action)
            .join(Tenant, Tenant.id == AuditEntry.tenant_id)
            .order_by(AuditEntry.id)
        ).all()
    found: dict[str, list[str]] = {}
    for name, action in rows:
        found.setdefault(name, []).append(action)
    return found


def mail(session: ScopedSession) -> list[tuple[str, bool]]:
    """To whom, and whether it leaves."""
    rows = session.execute(select(Mail.recipient, Mail.given_up_at).order_by(Mail.id)).all()
    return [(recipient, given_up is None) for recipient, given_up in rows]


def test_a_reset_is_all_or_nothing(parts: Dray, session: ScopedSession) -> None:
    secret = accounts.ask_to_reset(session, parts, "Ann@Red.example")
    assert secret is not None
    _row, cookie = login.start(session, ann(session), ip="", user_agent="", now=NOW)
    session.commit()
    link = mailed_links.find(session, secret, LinkPurpose.RESET_PASSWORD, now=NOW)
    assert link is not None
    with pytest.raises(Unacceptable):
        accounts.reset_password(session, parts, link, "short")
    session.rollback()
    assert login.find(session, cookie, now=NOW) is not None
    link = mailed_links.find(session, secret, LinkPurpose.RESET_PASSWORD, now=NOW)
    assert link is not None, "a password that cannot be used leaves the link good"
    assert accounts.reset_password(session, parts, link, CHOSEN)
    session.commit()
    assert users.authenticate(session, "ann@red.example", CHOSEN) is not None
    assert login.find(session, cookie, now=NOW) is None
    assert recorded(session) == {"Red": ["person.password_reset"], "Blue": ["person.password_reset"]}
    assert mail(session) == [("ann@red.example", True)] * 2


def test_asking_for_nobody_writes_the_same_and_gives_nothing(parts: Dray, session: ScopedSession) -> None:
    assert accounts.ask_to_reset(session, parts, "nobody@red.example") is None
    session.commit()
    assert mail(session) == [("nobody@red.example", False)]
    (row,) = session.scalars(select(Mail)).all()
    assert row.sealed is None


def test_a_changed_password_ends_open_links_and_other_sessions(parts: Dray, session: ScopedSession) -> None:
    secret = accounts.ask_to_reset(session, parts, "ann@red.example")
    assert secret is not None
    kept, _ = login.start(session, ann(session), ip="", user_agent="", now=NOW)
    login.start(session, ann(session), ip="", user_agent="", now=NOW)
    assert accounts.change_password(session, parts, ann(session), CHOSEN, keep=kept) == 1
    session.commit()
    assert mailed_links.find(session, secret, LinkPurpose.RESET_PASSWORD, now=NOW) is None


def test_a_new_address_is_proved_before_it_counts(parts: Dray, session: ScopedSession) -> None:
    reset = accounts.ask_to_reset(session, parts, "ann@red.example")
    secret = accounts.ask_to_change_email(session, parts, ann(session), "ann@new.example")
    session.commit()
    assert ann(session).email == "ann@red.example"
    link = mailed_links.find(session, secret, LinkPurpose.CHANGE_EMAIL, now=NOW)
    assert link is not None
    assert accounts.change_email(session, parts, link)
    session.commit()
    assert ann(session).email == "ann@new.example"
    assert mail(session)[-2:] == [("ann@new.example", True), ("ann@red.example", True)]
    assert reset is not None
    assert mailed_links.find(session, reset, LinkPurpose.RESET_PASSWORD, now=NOW) is None
    assert not accounts.change_email(session, parts, link)
    assert recorded(session)["Red"] == ["person.email_change_asked", "person.email_changed"]


def test_an_address_taken_meanwhile_stays_with_who_has_it(parts: Dray, session: ScopedSession) -> None:
    secret = accounts.ask_to_change_email(session, parts, ann(session), "bob@red.example")
    users.create_user(session, "bob@red.example", PASSWORD, now=NOW, hasher=QUICK)
    session.commit()
    link = mailed_links.find(session, secret, LinkPurpose.CHANGE_EMAIL, now=NOW)
    assert link is not None
    with pytest.raises(EmailTaken, match="belongs to somebody else"):
        accounts.change_email(session, parts, link)
    session.rollback()
    assert ann(session).email == "ann@red.example"


def test_codes_end_every_session_that_came_without_one(parts: Dray, session: ScopedSession) -> None:
    keys, user = parts.vault.keys, ann(session)
    begun = second_factor.begin(session, keys, user, now=NOW, issuer="Dray")
    kept, cookie = login.start(session, user, ip="", user_agent="", now=NOW)
    _, other = login.start(session, user, ip="", user_agent="", now=NOW)
    assert accounts.turn_on_codes(session, parts, user, "000000", keep=kept) is None
    assert login.find(session, other, now=NOW) is not None
    assert accounts.turn_on_codes(session, parts, user, pyotp.TOTP(begun.secret).at(NOW), keep=kept)
    session.commit()
    assert login.find(session, cookie, now=NOW) is not None
    assert login.find(session, other, now=NOW) is None
    assert accounts.turn_off_codes(session, parts, ann(session), keep=None, actor="command line")
    session.commit()
    assert not accounts.turn_off_codes(session, parts, ann(session), keep=None)
    assert login.find(session, cookie, now=NOW) is None
    with session.tenant(company(session).id):
        actors = session.scalars(select(AuditEntry.actor).order_by(AuditEntry.id)).all()
    assert actors == ["ann@red.example", "command line"]


def test_inviting_and_joining_stand_in_that_companys_audit_alone(parts: Dray, session: ScopedSession) -> None:
    red = company(session)
    invited = companies.invite(session, parts, red, "bob@red.example", Role.ADMIN, actor="ann@red.example", by="Ann")
    bob = users.create_user(session, "bob@red.example", PASSWORD, now=NOW, hasher=QUICK)
    membership = companies.join(session, invited.invitation, bob, now=NOW)
    session.commit()
    assert membership is not None
    assert recorded(session) == {"Red": ["person.invited", "person.joined"]}
    (row,) = session.scalars(select(Mail)).all()
    assert (row.tenant_id, row.useful_until) == (red.id, NOW + dt.timedelta(days=7))


def test_a_change_that_is_refused_is_not_recorded(parts: Dray, session: ScopedSession) -> None:
    red, user = company(session), ann(session)
    with pytest.raises(LastOwner):
        companies.change_role(session, red, user, Role.VIEWER, actor="ann@red.example", now=NOW)
    with pytest.raises(LastOwner):
        companies.remove(session, red, user, actor="ann@red.example", now=NOW)
    session.commit()
    found = member_of(session, red, user)
    assert found is not None
    assert found.role is Role.OWNER
    assert recorded(session) == {}


def test_a_companys_name_is_one_line_so_that_its_letters_can_be_written(parts: Dray, session: ScopedSession) -> None:
    made = create_tenant(session, parts.vault, name=" Green\r\nBcc: eve@green.example\u2028Inc ", now=NOW)
    assert made.name == "Green Bcc: eve@green.example Inc"
