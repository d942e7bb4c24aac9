"""What makes a table a tenant's: the mixin of its class, the key that refers to it, the errors of a broken scope."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Table, UniqueConstraint, event
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from dray_tenants.database import BigKey
from dray_tenants.statements import TENANT_OWNED, strays_of

__all__ = ["TenantOwned", "Unscoped", "WrongTenant", "tenant_key"]


class Unscoped(RuntimeError):
    """A statement would have touched tenants' rows without saying whose. Always a bug in the calling code."""


class WrongTenant(RuntimeError):
    """A row of one tenant would have been read or written in another tenant's scope. Always a bug or an attack."""


class TenantOwned:
    """Mixin of every table whose rows belong to a tenant.

    Gives `id`, `tenant_id` and UNIQUE (tenant_id, id), so that a foreign key between two such tables can carry the
    tenant (see `tenant_key`) and a reference across tenants cannot be stored.
    """

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, sort_order=-2)
    # active_history: who sets it on a row that is not loaded is told what it was, so that no row moves unseen.
    tenant_id: Mapped[int] = mapped_column(
        BigKey, ForeignKey("tenants.id"), nullable=False, sort_order=-1, active_history=True
    )


def tenant_key(column: str, table: str, *, ondelete: str | None = None) -> ForeignKeyConstraint:
    """The foreign key (tenant_id, `column`) → `table` (tenant_id, id), for `__table_args__`.

    A relationship over it names its join by the id alone, e.g.
    `relationship(primaryjoin="foreign(Invoice.customer_id) == Customer.id")`: the constraint already promises the
    tenant, and SQLAlchemy can then take the row from the session without asking the database.
    """
    return ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], ondelete=ondelete)


@event.listens_for(TenantOwned, "instrument_class", propagate=True)
def _mark_table(mapper: Mapper[Any], owned: type[Any]) -> None:
    table = mapper.local_table
    if isinstance(table, Table) and TENANT_OWNED not in table.info and {"tenant_id", "id"} <= set(table.c.keys()):
        table.info[TENANT_OWNED] = True
        table.append_constraint(UniqueConstraint("tenant_id", "id"))


@event.listens_for(Mapper, "mapper_configured")
def _check_mapped_expressions(mapper: Mapper[Any], mapped: type[Any]) -> None:
    # They become part of a statement when its SQL is written, after the session has looked at it.
    own_table = getattr(mapper.local_table, "name", "")
    for attribute in mapper.column_attrs:
        expression = attribute.expression
        if not isinstance(expression, Column) and (strays := strays_of(cast(Any, expression), own_table)):
            raise Unscoped(
                f"{mapped.__name__}.{attribute.key} reads {', '.join(sorted(strays))}, which nothing would scope;"
                " build it from the mapped class"
            )
