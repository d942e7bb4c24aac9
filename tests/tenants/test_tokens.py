from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import event

from dray_tenants import tokens
from dray_tenants.models import TokenScope
from dray_tenants.scope import ScopedSession
from tests.tenants.company import NOW, Company


def minted(company: Company, session: ScopedSession, expires_at: datetime | None = None) -> tokens.Minted:
    tenant = company.tenant(session, company.red)
    return tokens.mint(session, tenant, "billing", scope=TokenScope.WRITE, now=NOW, expires_at=expires_at)


def test_a_bearer_finds_its_token_and_tenant(company: Company) -> None:
    with company.session() as session, session.begin():
        new = minted(company, session)
        assert new.bearer.startswith(new.token.prefix)
        assert new.bearer not in repr(new)
        assert new.bearer.encode() not in new.token.hash
        found = tokens.find(session, new.bearer, now=NOW)
        assert found is new.token
        assert found.tenant_id == company.red
        assert found.scope is TokenScope.WRITE
        for wrong in ("", "dray_", new.bearer[:-1], new.bearer + "x", new.token.prefix, "\ud800"):
            assert tokens.find(session, wrong, now=NOW) is None


def test_a_revoked_or_expired_token_is_not_found(company: Company) -> None:
    with company.session() as session, session.begin():
        short = minted(company, session, expires_at=NOW + timedelta(hours=1))
        assert tokens.find(session, short.bearer, now=NOW + timedelta(minutes=59)) is short.token
        assert tokens.find(session, short.bearer, now=NOW + timedelta(hours=1)) is None
        new = minted(company, session)
        tokens.revoke(session, new.token, now=NOW)
        assert tokens.find(session, new.bearer, now=NOW) is None


def test_finding_a_token_is_one_read(company: Company) -> None:
    with company.session() as session, session.begin():
        bearer = minted(company, session).bearer
    statements: list[str] = []
    event.listen(company.engines.read, "before_cursor_execute", lambda *args: statements.append(args[2]))
    with ScopedSession(company.engines, read_only=True) as session:
        found = tokens.find(session, bearer, now=NOW)
        assert found is not None
        assert found.tenant.name == "Red"
    assert len([s for s in statements if not s.startswith(("BEGIN", "select set_config"))]) == 1


def test_use_is_noted_once_a_minute_however_many_ask_at_once(company: Company) -> None:
    with company.session() as session, session.begin():
        bearer = minted(company, session).bearer
    together = Barrier(6)

    def use(_: int) -> bool:
        with company.session() as session:
            token = tokens.find(session, bearer, now=NOW)
            assert token is not None
            session.expunge_all()
            session.rollback()
            together.wait()
            with session.begin():
                return tokens.touch(session, token, now=NOW)

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(use, range(6))) == 1


@pytest.mark.parametrize(("seconds", "noted"), [(59, False), (60, True)])
def test_use_is_noted_again_after_a_minute(company: Company, seconds: int, noted: bool) -> None:
    with company.session() as session, session.begin():
        token = minted(company, session).token
        assert tokens.touch(session, token, now=NOW)
        assert tokens.touch(session, token, now=NOW + timedelta(seconds=seconds)) is noted
