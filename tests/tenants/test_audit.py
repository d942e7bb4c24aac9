from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from dray_tenants import audit
from dray_tenants.models import AuditEntry
from dray_tenants.scope import ScopedSession, Unscoped
from tests.tenants.company import NOW, Company

DETAILS = {"number": "1001", "total": "425.00", "größe": ["ä", 1, None, True], "deep": {"b": 2**60, "a": {}}}


def note(company: Company, session: ScopedSession, tenant: int, count: int) -> None:
    with session.tenant(tenant):
        for n in range(count):
            audit.record(
                session, actor="user:usr_a", action="invoice.sent", subject=f"invoice:{n}", details=DETAILS, now=NOW
            )


def test_an_action_is_recorded_exactly_when_it_is_committed(company: Company) -> None:
    with company.session() as session:
        note(company, session, company.red, 1)
        session.rollback()
        note(company, session, company.red, 2)
        session.commit()
        with session.tenant(company.red):
            assert len(session.scalars(select(AuditEntry)).all()) == 2
        with pytest.raises(Unscoped):
            audit.record(session, actor="dray", action="a", subject="s", now=NOW)
        with session.tenant(company.red), pytest.raises(TypeError):
            audit.record(session, actor="dray", action="a", subject="s", now=NOW, details={"total": 1.5})


def test_a_sealed_chain_is_whole(company: Company) -> None:
    with company.session() as session:
        note(company, session, company.red, 5)
        note(company, session, company.blue, 2)
        session.commit()
        assert audit.verify(session, company.red) is None
        assert audit.seal(session, company.red, limit=3) == 3
        session.commit()
        note(company, session, company.red, 1)
        assert audit.seal(session, company.red) == 3
        assert audit.seal(session, company.red) == 0
        session.commit()
        assert audit.verify(session, company.red) is None
        assert audit.head(session, company.red).sequence == 6
        assert audit.head(session, company.blue) == audit.Head(0, bytes(32))


FORGERIES: dict[str, tuple[Any, int, str]] = {
    "another actor": (update(AuditEntry).where(AuditEntry.sequence == 2).values(actor="user:usr_b"), 2, "changed"),
    "other details": (update(AuditEntry).where(AuditEntry.sequence == 3).values(details={}), 3, "changed"),
    "another time": (
        update(AuditEntry).where(AuditEntry.sequence == 1).values(at=NOW.replace(year=2025)),
        1,
        "changed",
    ),
    "a row less": (delete(AuditEntry).where(AuditEntry.sequence == 2), 2, "missing"),
    "another hash": (update(AuditEntry).where(AuditEntry.sequence == 4).values(hash=bytes(32)), 4, "changed"),
    "another row before": (
        update(AuditEntry).where(AuditEntry.sequence == 4).values(previous=bytes(32)),
        4,
        "before it",
    ),
}


@pytest.mark.parametrize(("forgery", "sequence", "reason"), FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forgery_breaks_the_chain_where_it_was_made(
    company: Company, forgery: Any, sequence: int, reason: str
) -> None:
    with company.session() as session:
        note(company, session, company.red, 5)
        audit.seal(session, company.red)
        session.commit()
        with session.tenant(company.red):
            session.execute(forgery)
        session.commit()
        found = audit.verify(session, company.red)
    assert found is not None
    assert found.sequence == sequence
    assert reason in found.reason


def test_two_that_seal_at_once_make_one_chain(company: Company) -> None:
    with company.session() as session:
        note(company, session, company.red, 40)
        session.commit()
    together = Barrier(4)

    def seal(_: int) -> int:
        done = 0
        together.wait()
        for _ in range(6):
            with company.session() as session, session.begin():
                done += audit.seal(session, company.red, limit=5)
        return done

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(seal, range(4))) == 40
    with company.session() as session:
        assert audit.verify(session, company.red) is None
        assert audit.head(session, company.red).sequence == 40
