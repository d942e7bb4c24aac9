"""The tables of connections.

`installs` and `connection_status` are directory tables: they are read before a tenant is known, and hold nothing of
any invoice.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dray_tenants.database import Base, BigKey, Json, UtcDateTime
from dray_tenants.scope import TenantOwned, tenant_key


class Connection(TenantOwned, Base):
    """A tenant's tie to one set of books through one connector.

    `state`: setting_up, active, paused, removed. `books` is the canonical JSON of the `dray_sdk.Books` that it is
    bound to, None until first contact; `books_id` their lasting id. `batch_size` is how many writes one request may
    carry now: it grows as answers come back whole and falls to one after a lost answer. `write_ms`: milliseconds that
    the books took for one write, as last measured. `to_forget`: keys of settled batches that the books still remember.
    `seen_books`: other books than its own that were open when it last stopped, for a person to look at; None when all
    is well. `question`: why posting stands still until an administrator answers (`connections.questions`).
    `restored_at`: when this database was last put back from a backup. `choices`: what was chosen for its invoices
    (`connections.choices`); None where nobody chose anything. `paused_for`: why it was paused, where no person did.
    `followed_from`, `followed_until`: between these the books told of every change of invoices and payments; they were
    asked at `changes_asked_at`, and said themselves at `changes_wanted_at` that there is something to ask for.
    """

    __tablename__ = "connections"

    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    connector: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20), default="setting_up")
    books: Mapped[dict[str, Any] | None] = mapped_column(Json)
    books_id: Mapped[str | None] = mapped_column(Text)
    bound_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    bound_by: Mapped[str | None] = mapped_column(Text)
    confirmed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    batch_size: Mapped[int] = mapped_column(Integer, default=1)
    write_ms: Mapped[int | None] = mapped_column(Integer)
    to_forget: Mapped[list[str] | None] = mapped_column(Json)
    seen_books: Mapped[dict[str, Any] | None] = mapped_column(Json)
    question: Mapped[dict[str, Any] | None] = mapped_column(Json)
    restored_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    choices: Mapped[dict[str, Any] | None] = mapped_column(Json)
    paused_for: Mapped[str | None] = mapped_column(Text)
    followed_from: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    followed_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    changes_asked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    changes_wanted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(Text)

    __table_args__ = (UniqueConstraint("tenant_id", "name"),)


class Install(Base):
    """One computer's way in: the last part of its address, the name it logs in with, keyed hashes of its passwords.

    `passwords` is a list of {"digest", "made_at"}, newest first; an older one stays until the newer was seen.
    `ended_passwords` are the last few that open nothing any more: who still types one is told so. `opened_at`:
    when a program over there first fetched its pages, as it does when the file is added, and somebody watched;
    `first_called_at`: when one first used it. `program` and `machine`: the version of the program there, and the name
    of the computer, as they last said so themselves.
    `replaces_id`: the way in before it, which is retired when this one is first used. A retired one says so to its
    caller, and why: `retired_for` is "removed", "replaced" or "left" (the company asked to be deleted).
    """

    __tablename__ = "installs"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    tenant_id: Mapped[int] = mapped_column(BigKey, ForeignKey("tenants.id"))
    connection_id: Mapped[int] = mapped_column(BigKey)
    connector: Mapped[str] = mapped_column(String(40))
    user_name: Mapped[str] = mapped_column(String(64), unique=True)
    passwords: Mapped[list[dict[str, str]]] = mapped_column(Json)
    ended_passwords: Mapped[list[dict[str, str]] | None] = mapped_column(Json)
    file_id: Mapped[str] = mapped_column(String(38))
    program: Mapped[str | None] = mapped_column(String(40))
    machine: Mapped[str | None] = mapped_column(Text)
    invited_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    first_called_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    replaces_id: Mapped[int | None] = mapped_column(BigKey)
    retired_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    retired_for: Mapped[str | None] = mapped_column(String(10))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index("ix_installs_connection", "tenant_id", "connection_id"),
        {"info": {"directory": True}},
    )


class IssuedFile(TenantOwned, Base):
    """One set-up file that was handed out: which way in is in it, by whom, and for whom (an address, or empty).
    `public_url` is the public address that it names."""

    __tablename__ = "issued_files"

    install_id: Mapped[int] = mapped_column(BigKey)
    connection_id: Mapped[int] = mapped_column(BigKey)
    file: Mapped[str] = mapped_column(Text)
    public_url: Mapped[str] = mapped_column(Text)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    issued_by: Mapped[str] = mapped_column(Text)
    issued_to: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        Index("ix_issued_files_connection", "tenant_id", "connection_id", "id"),
        tenant_key("connection_id", "connections"),
    )


class ConnectionStatus(Base):
    """What is asked at every poll and by every sweep: one small row a connection.

    `due_at` is when the connection next has work; a caller that comes earlier is told there is none. `lease` is the
    fence: it grows by one whenever an exchange takes over, and every write of an exchange names the one it holds;
    `lease_until` is when the holder is presumed dead; `holder` is the
    machine that spoke last under it, at `holder_seen_at`. `last_contact_at`
    with `idle_since` and `idle_polls` is the streak of polls that found nothing to do.
    `books_id` tells which books are taken, over all tenants.
    """

    __tablename__ = "connection_status"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    connection_id: Mapped[int] = mapped_column(BigKey)
    tenant_id: Mapped[int] = mapped_column(BigKey, ForeignKey("tenants.id"))
    connector: Mapped[str] = mapped_column(String(40))
    due_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    lease: Mapped[int] = mapped_column(BigInteger, default=0)
    lease_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    holder: Mapped[str | None] = mapped_column(Text)
    holder_seen_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    books_id: Mapped[str | None] = mapped_column(Text)
    last_contact_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    idle_since: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    idle_polls: Mapped[int] = mapped_column(BigInteger, default=0)
    denied_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    denials: Mapped[int] = mapped_column(BigInteger, default=0)
    trouble: Mapped[dict[str, Any] | None] = mapped_column(Json)

    __table_args__ = (
        UniqueConstraint("connection_id"),
        Index("ix_connection_status_due_at", "connector", "due_at"),
        Index("ix_connection_status_books", "connector", "books_id"),
        {"info": {"directory": True}},
    )


class Brake(Base):
    """One pull of the brake: until it is released, nothing is handed out to the books that it covers.

    `scope` and `subject`: see `connections.brakes`. A released one stays, as the record of who did what when.
    """

    __tablename__ = "brakes"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    scope: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(120))
    pulled_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    pulled_by: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    released_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    released_by: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index(
            "uq_brakes_on",
            "scope",
            "subject",
            unique=True,
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
        {"info": {"directory": True}},
    )


class ConnectorOffer(Base):
    """That a connector is for chosen companies only (a row without a tenant), and which those are (a row for each)."""

    __tablename__ = "connector_offers"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    connector: Mapped[str] = mapped_column(String(40))
    tenant_id: Mapped[int | None] = mapped_column(BigKey, ForeignKey("tenants.id"))
    offered_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    offered_by: Mapped[str] = mapped_column(Text)

    __table_args__ = (UniqueConstraint("connector", "tenant_id"), {"info": {"directory": True}})


class Link(TenantOwned, Base):
    """One thing of ours and what one set of books calls it.

    `key` is what identifies ours: a customer's public id, or the folded name of what is known by name only. `state`:
    linked (`books_id` is known), absent (looked for and not there), creating (a batch that makes it has left).
    """

    __tablename__ = "links"

    connection_id: Mapped[int] = mapped_column(BigKey)
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    books_id: Mapped[str | None] = mapped_column(Text)
    books_name: Mapped[str | None] = mapped_column(Text)
    chosen_by: Mapped[str | None] = mapped_column(Text)
    batch_id: Mapped[int | None] = mapped_column(BigKey)
    position: Mapped[int | None] = mapped_column(Integer)
    problem: Mapped[dict[str, Any] | None] = mapped_column(Json)
    checked_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("tenant_id", "connection_id", "kind", "key"),
        Index("ix_links_batch", "tenant_id", "batch_id"),
        Index("ix_links_books", "tenant_id", "connection_id", "kind", "books_id"),
        tenant_key("connection_id", "connections"),
    )
