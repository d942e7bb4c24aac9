"""Parcels in warehouses, tenant-owned, with metadata of their own: what the tests of the scope break into."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Column, Connection, ForeignKey, MetaData, String, Table, UniqueConstraint, insert
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from dray_tenants.database import Base, BigKey, Engines
from dray_tenants.row_security import ensure_role, protect
from dray_tenants.scope import ScopedSession, TenantOwned, tenant_key

RED, BLUE = 1, 2


class Warehouses(DeclarativeBase):
    metadata = MetaData(naming_convention=Base.metadata.naming_convention)


tenants = Table("tenants", Warehouses.metadata, Column("id", BigKey, primary_key=True), info={"directory": True})
visits = Table(
    "visits",
    Warehouses.metadata,
    Column("tenant_id", ForeignKey("tenants.id")),
    Column("note", String(40)),
    info={"directory": True},
)


class Warehouse(TenantOwned, Warehouses):
    __tablename__ = "warehouses"

    name: Mapped[str]
    parcels: Mapped[list["Parcel"]] = relationship(
        primaryjoin="Warehouse.id == foreign(Parcel.warehouse_id)", back_populates="warehouse"
    )


class Parcel(TenantOwned, Warehouses):
    __tablename__ = "parcels"
    __table_args__ = (tenant_key("warehouse_id", "warehouses"), UniqueConstraint("tenant_id", "label"))

    label: Mapped[str]
    warehouse_id: Mapped[int | None] = mapped_column(BigKey)
    warehouse: Mapped[Warehouse | None] = relationship(
        primaryjoin="foreign(Parcel.warehouse_id) == Warehouse.id", back_populates="parcels"
    )


@contextmanager
def stocked(url: str) -> Iterator[Engines]:
    """Two tenants with a warehouse each; red has the parcels r1 and r2, blue has b1."""
    with Engines(url) as engines:
        with engines.write.begin() as connection:
            build(connection, Warehouses.metadata)
            connection.execute(insert(tenants), [{"id": RED}, {"id": BLUE}])
        with ScopedSession(engines) as session, session.begin():
            for tenant, labels in ((RED, ("r1", "r2")), (BLUE, ("b1",))):
                with session.tenant(tenant):
                    session.add(Warehouse(name=f"of {tenant}", parcels=[Parcel(label=label) for label in labels]))
        yield engines


def build(connection: Connection, metadata: MetaData) -> None:
    """Make the tables, as a migration would, and on PostgreSQL the role and the policies."""
    metadata.create_all(connection)
    if connection.dialect.name == "postgresql":
        ensure_role(connection)
        protect(connection, metadata)
