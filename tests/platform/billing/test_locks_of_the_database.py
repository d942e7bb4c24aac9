"""What the books have accepted cannot be changed, by whatever door: ORM, Core, SQL as the application's own role."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from dray.billing import amending, invoices, locks, not_sent
from dray.billing.given import NotNow
from dray.billing.models import Invoice, InvoiceLine, Posting
from dray_tenants.database import Engines
from dray_tenants.scope import ScopedSession
from tests.platform.shop import ACTOR, NOW, Shop

POSTED = (
    "UPDATE invoices SET memo = 'x' WHERE id = :invoice",
    "UPDATE invoices SET state = 'draft' WHERE id = :invoice",
    "UPDATE invoices SET deleted_at = '2026-01-01' WHERE id = :invoice",
    "UPDATE invoices SET total_minor = 1, version = 9 WHERE id = :invoice",
    "DELETE FROM invoices WHERE id = :invoice",
    "UPDATE invoice_lines SET amount_minor = 1 WHERE invoice_id = :invoice",
    "UPDATE invoice_lines SET invoice_id = :invoice WHERE invoice_id = :other",
    "UPDATE invoice_lines SET invoice_id = :other, position = position + 10 WHERE invoice_id = :invoice",
    "DELETE FROM invoice_lines WHERE invoice_id = :invoice",
    "INSERT INTO invoice_lines (tenant_id, invoice_id, position, kind) VALUES (:tenant, :invoice, 99, 'text')",
    (
        "INSERT INTO invoice_lines (tenant_id, invoice_id, position, kind)"
        " SELECT tenant_id, :invoice, position + 50, kind FROM invoice_lines WHERE invoice_id = :other"
    ),
    "UPDATE postings SET state = 'withdrawn' WHERE invoice_id = :invoice",
    "UPDATE postings SET invoice_id = :other WHERE invoice_id = :invoice",
    "UPDATE postings SET problem = NULL WHERE invoice_id = :invoice",
    "DELETE FROM postings WHERE invoice_id = :invoice",
)
ON_SQLITE = (
    (
        "REPLACE INTO invoice_lines (id, tenant_id, invoice_id, position, kind)"
        " SELECT id, tenant_id, :other, position + 70, 'text' FROM invoice_lines WHERE invoice_id = :invoice"
    ),
    "INSERT OR REPLACE INTO invoices SELECT * FROM invoices WHERE id = :invoice",
    "INSERT OR REPLACE INTO postings SELECT * FROM postings WHERE invoice_id = :invoice",
    "UPDATE OR REPLACE invoices SET id = :invoice WHERE id = :other",
)
QUEUED = (
    "UPDATE postings SET document = :bytes WHERE invoice_id = :other",
    "UPDATE postings SET document_hash = 'x' WHERE invoice_id = :other",
    "UPDATE postings SET connection_id = connection_id + 1 WHERE invoice_id = :other",
)


class Vault:
    """A posted invoice, a queued one, and a way to run SQL as the application's role in the tenant's scope."""

    def __init__(self, engines: Engines, shop: Shop) -> None:
        self.shop = shop
        shop.connect()
        self.posted, self.queued = shop.invoice("1"), shop.invoice("2")
        shop.post(self.posted)
        shop.send(self.queued)
        with shop.session() as session:
            ids = invoices.ids_of(session, [self.posted, self.queued])
        self.values = {
            "invoice": ids[self.posted],
            "other": ids[self.queued],
            "tenant": shop.tenant_id,
            "bytes": b"x",
        }

    def attempt(self, sql: str) -> None:
        """Run one statement as the application would, and commit it."""
        with self.shop.session() as session:
            session.execute(text(sql), self.values, execution_options={"unscoped_sql": "an attack"})
            session.commit()

    def picture(self) -> list[list[tuple[object, ...]]]:
        """Everything that must stay as it is."""
        with self.shop.session() as session:
            return [
                [tuple(row) for row in session.execute(text(f"SELECT * FROM {table} ORDER BY id"),
                                                       execution_options={"unscoped_sql": "a picture"})]
                for table in ("invoices", "invoice_lines", "postings")
            ]  # fmt: skip


@pytest.fixture
def vault(engines: Engines, shop: Shop) -> Vault:
    """A posted and a queued invoice."""
    return Vault(engines, shop)


def test_no_sql_changes_what_was_accepted(vault: Vault, engines: Engines) -> None:
    before = vault.picture()
    attacks = POSTED + QUEUED + (ON_SQLITE if engines.write.dialect.name == "sqlite" else ())
    for sql in attacks:
        with pytest.raises(DBAPIError) as refused:
            vault.attempt(sql)
        assert locks.refused_by_lock(refused.value), sql
        assert vault.picture() == before, sql


@pytest.mark.postgresql
def test_the_applications_role_lifts_no_lock(vault: Vault, engines: Engines) -> None:
    if engines.write.dialect.name != "postgresql":
        pytest.skip("SQLite has no roles")
    before = vault.picture()
    for sql in (
        "TRUNCATE invoices CASCADE",
        "TRUNCATE postings",
        "ALTER TABLE invoices DISABLE TRIGGER ALL",
        "DROP TRIGGER lock_invoice_update ON invoices",
        "DROP FUNCTION lock_invoice_update() CASCADE",
        "SET LOCAL session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION lock_invoice_update() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    ):
        with pytest.raises(DBAPIError):
            vault.attempt(sql)
    assert vault.picture() == before


def test_the_orm_changes_nothing_that_was_accepted(vault: Vault) -> None:
    before = vault.picture()
    with vault.shop.session() as session:
        session.scalars(select(Invoice).where(Invoice.public_id == vault.posted)).one().memo = "x"
        with pytest.raises(DBAPIError, match=locks.LOCKED):
            session.flush()
        session.rollback()
        session.delete(
            session.scalars(select(InvoiceLine).where(InvoiceLine.invoice_id == vault.values["invoice"])).first()
        )
        with pytest.raises(DBAPIError, match=locks.LOCKED):
            session.flush()
        session.rollback()
        for statement in (
            update(Invoice).values(memo="x"),
            delete(InvoiceLine),
            update(Posting).values(document=b"x"),
            insert(InvoiceLine).values(invoice_id=vault.values["invoice"], position=9, kind="text"),
        ):
            with pytest.raises(DBAPIError, match=locks.LOCKED):
                session.execute(statement)
            session.rollback()
    assert vault.picture() == before


def test_the_code_says_no_first_and_in_words(vault: Vault) -> None:
    before = vault.picture()
    with vault.shop.session() as session:
        with pytest.raises(NotNow, match="accepted it"):
            amending.amend(session, vault.posted, {"memo": "x"}, version=None, at=NOW, actor=ACTOR)
        session.rollback()
        with pytest.raises(NotNow, match="accepted it"):
            invoices.delete(session, vault.posted, version=None, at=NOW, actor=ACTOR)
        session.rollback()
        (result,) = not_sent.mark(session, [vault.posted], "cash", at=NOW, actor=ACTOR)
        session.commit()
    assert result.done is False
    assert vault.picture() == before


def test_the_locks_come_back_after_a_deletion_of_a_tenant(vault: Vault, engines: Engines) -> None:
    with _owner(engines) as connection, connection.begin():
        if engines.write.dialect.name == "postgresql":
            connection.execute(text("select set_config('app.owner', 'on', true)"))
        with locks.lifted(connection):
            for table in ("receipts", "postings", "invoice_words", "invoice_lines", "timeline_entries", "invoices"):
                connection.execute(text(f"DELETE FROM {table} WHERE tenant_id = :t"), {"t": vault.shop.tenant_id})
        remaining = connection.execute(text("SELECT count(*) FROM invoices")).scalar()
    assert remaining == 0
    invoice = vault.shop.invoice("9")
    vault.shop.post(invoice)
    with pytest.raises(DBAPIError, match=locks.LOCKED):
        vault.attempt("UPDATE invoices SET memo = 'x'")


def test_a_deletion_that_breaks_leaves_locks_and_rows(vault: Vault, engines: Engines) -> None:
    before = vault.picture()
    with pytest.raises(ZeroDivisionError), _owner(engines) as connection, connection.begin(), locks.lifted(connection):
        raise ZeroDivisionError
    with pytest.raises(DBAPIError, match=locks.LOCKED):
        vault.attempt("DELETE FROM invoices WHERE id = :invoice")
    assert vault.picture() == before


def _owner(engines: Engines) -> Connection:
    return engines.write.connect()


def test_another_tenants_posting_locks_nothing_here(vault: Vault, other_shop: Shop) -> None:
    mine = other_shop.invoice("1")
    with other_shop.session() as session:
        amending.amend(session, mine, {"memo": "mine"}, version=1, at=NOW, actor=ACTOR)
        session.commit()
    assert other_shop.version(mine) == 2


@pytest.fixture
def session(shop: Shop) -> Iterator[ScopedSession]:
    """A session in the shop's scope."""
    with shop.session() as session:
        yield session


def test_an_error_that_is_no_lock_is_not_taken_for_one(session: ScopedSession) -> None:
    with pytest.raises(DBAPIError) as other:
        session.execute(text("SELECT nonsense"), execution_options={"unscoped_sql": "a mistake"})
    assert locks.refused_by_lock(other.value) is None
