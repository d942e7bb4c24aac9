"""One tenant at a time: the session that adds the tenant to every statement and refuses what it cannot scope.

The first wall between tenants. The second is PostgreSQL's row-level security (`row_security`), which this session
tells at the start of each transaction who is asking.

    with session.tenant(invoice_tenant_id):
        session.scalars(select(Invoice))            # only this tenant's
    with session.every_tenant("nightly count"):     # said aloud; reads only
        session.scalars(select(Invoice))
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, NoReturn, TypeVar, cast

from psycopg.pq import TransactionStatus
from sqlalchemy import (
    Connection,
    Engine,
    Executable,
    Insert,
    bindparam,
    event,
)
from sqlalchemy.orm import (
    Mapper,
    ORMExecuteState,
    Session,
    SessionTransaction,
    object_session,
    with_loader_criteria,
)
from sqlalchemy.orm.attributes import get_history
from sqlalchemy.sql.base import ExecutableOption

from dray_tenants.database import BigKey, Engines
from dray_tenants.inserts import ForeignRow, changes_tenant, own_insert
from dray_tenants.owned import TenantOwned, Unscoped, WrongTenant, tenant_key
from dray_tenants.statements import Reach, reach_of

__all__ = [
    "APP_ROLE",
    "Scoped",
    "ScopedSession",
    "TenantOwned",
    "Unscoped",
    "WrongTenant",
    "directory",
    "tenant_key",
]

_Row = TypeVar("_Row", bound=object)

APP_ROLE: Final = "dray_app"
_ANNOUNCE: Final = (
    "select set_config('role', %s, true), set_config('app.tenant', %s, true),"
    " set_config('app.every_tenant', %s, true), set_config('app.owner', %s, true)"
)


class Scoped(Session):
    """What makes a session tenant-scoped; mix it in before another Session class.

    `info` may hold `engines` (an `Engines`; without it the session's own bind is used), `read_only` (use the read
    engine), `notes` (the engine for notes) and `owner` (on PostgreSQL stay the login that owns the tables: migrations
    and tenant deletion only).

    - ORM statements on tenant-owned classes get the tenant's criterion, in every place the class appears.
    - Without a scope they raise `Unscoped`; so do statements on bare tenant tables and SQL as text, unless they carry
      the execution option `unscoped_sql="why"`.
    - Rows written get the scope's tenant, or raise `WrongTenant` when they name another.
    - `every_tenant` reads only: a write always belongs to one tenant.
    """

    _tenant_id: int | None = None
    _every_tenant: str | None = None
    _announced: tuple[Connection, ...] = ()

    @property
    def tenant_id(self) -> int | None:
        """The internal id of the tenant in scope, or None."""
        return self._tenant_id

    @contextmanager
    def tenant(self, tenant_id: int) -> Iterator[None]:
        """Enter the scope of one tenant; the scope before it comes back afterwards.

        Pending changes are flushed on entering and on leaving, each under the scope that they were made in.
        """
        with self._scope(tenant_id, None):
            yield

    @contextmanager
    def every_tenant(self, reason: str) -> Iterator[None]:
        """Read over all tenants, on purpose. `reason` says why, for whoever reads the calling code."""
        if not reason.strip():
            raise ValueError("say why every tenant is read")
        with self._scope(None, reason):
            yield

    @contextmanager
    def _scope(self, tenant_id: int | None, reason: str | None) -> Iterator[None]:
        before = (self._tenant_id, self._every_tenant)
        try:
            self._enter(tenant_id, reason)
            yield
            self.flush()
        finally:
            self._enter(*before, flush=False)

    def _enter(self, tenant_id: int | None, reason: str | None, *, flush: bool = True) -> None:
        if (tenant_id, reason) == (self._tenant_id, self._every_tenant):
            return
        if flush:
            self.flush()
        self._tenant_id, self._every_tenant = tenant_id, reason
        for connection in self._announced:
            _announce(self, connection)

    def require_tenant(self) -> int:
        """The tenant in scope; raises `Unscoped` when there is none."""
        if self._tenant_id is None:
            raise Unscoped("no tenant is in scope; enter one with session.tenant(id)")
        return self._tenant_id

    def require_every_tenant(self) -> None:
        """Raises `Unscoped` unless the code said that it reads every tenant."""
        if self._every_tenant is None:
            self.require_tenant()

    def get_bind(self, *args: Any, **options: Any) -> Engine | Connection:
        engines = cast(Engines | None, self.info.get("engines"))
        if engines is None:
            return super().get_bind(*args, **options)
        if self.info.get("read_only"):
            return engines.read
        return engines.notes if self.info.get("notes") else engines.write

    def connection(self, bind_arguments: Any = None, execution_options: Mapping[str, Any] | None = None) -> Connection:
        """The session's connection, on which nothing is scoped: asks for execution option `unscoped_sql="why"`."""
        options = dict(execution_options or {})
        if not options.pop("unscoped_sql", None):
            raise Unscoped('statements on a bare connection are not scoped; pass execution option unscoped_sql="why"')
        return super().connection(bind_arguments, options or None)

    def get(self, entity: type[_Row] | Mapper[_Row], ident: Any, **options: Any) -> _Row | None:
        """As Session.get; a row of another tenant is None even when the session already holds it."""
        found = super().get(entity, ident, **options)
        if isinstance(found, TenantOwned) and self._every_tenant is None and found.tenant_id != self.require_tenant():
            return None
        return found

    def bulk_save_objects(self, *args: Any, **options: Any) -> NoReturn:
        """Refused: the bulk methods ask no listener, so nothing could check the tenant."""
        raise Unscoped("the bulk methods are not scoped; use session.execute(insert(Class), rows) or add_all")

    bulk_insert_mappings = bulk_update_mappings = bulk_save_objects


# One criterion for every SELECT: built once, so that it adds little to SQLAlchemy's cache key; the tenant travels as
# a parameter, and a statement that lacks it cannot run.
_TENANT: Final = "dray_tenant"
_TENANT_PARAMETER: Final = bindparam(_TENANT, type_=BigKey)
_FOR_SELECT: Final = with_loader_criteria(
    TenantOwned,
    lambda owned: owned.tenant_id == _TENANT_PARAMETER,
    include_aliases=True,
    track_closure_variables=False,
)


def _for_write(tenant_id: int) -> ExecutableOption:
    """The criterion of UPDATE, DELETE and INSERT … SELECT, where a parameter would be taken for a column."""
    return with_loader_criteria(TenantOwned, lambda owned: owned.tenant_id == tenant_id, include_aliases=True)


@event.listens_for(Scoped, "do_orm_execute")
def _scope_statement(state: ORMExecuteState) -> None:
    if state.execution_options.get("unscoped_sql"):
        return
    session = cast(Scoped, state.session)
    if state.is_select and state.is_orm_statement:
        _scope_select(state, session)
        return
    reach = reach_of(state.statement)
    if reach.text:
        raise Unscoped('SQL as text is not scoped; pass execution option unscoped_sql="why" from a module named for it')
    if not reach.mapped and not reach.bare:
        return
    if not state.is_orm_statement or reach.bare:
        raise _bare(reach)
    tenant_id = session.require_tenant()
    if reach.writes_from:
        raise Unscoped(f"a write that joins {_names(reach.writes_from)} is not scoped; use a subquery")
    _scope_write(state, tenant_id)


def _scope_select(state: ORMExecuteState, session: Scoped) -> None:
    statement = state.statement
    tenant_id = session.tenant_id
    if tenant_id is not None and _FOR_SELECT not in statement._with_options:
        statement = statement.options(_FOR_SELECT)
    reach = reach_of(statement)
    if reach.text:
        raise Unscoped('SQL as text is not scoped; pass execution option unscoped_sql="why" from a module named for it')
    if reach.bare:
        raise _bare(reach)
    if not reach.mapped:
        return
    if tenant_id is None:
        session.require_every_tenant()
        state.statement = _without_criterion(statement)
        return
    if state.lazy_loaded_from is not None:
        _check_owner(state.lazy_loaded_from.obj(), tenant_id)
    if state.is_column_load and state.bind_mapper is not None and issubclass(state.bind_mapper.class_, TenantOwned):
        # SQLAlchemy leaves criteria out where it reads an object again by its key.
        statement = cast(Any, statement).where(state.bind_mapper.class_.tenant_id == _TENANT_PARAMETER)
    state.statement = statement
    parameters = cast(Mapping[str, Any] | None, state.parameters)
    state.parameters = {**parameters, _TENANT: tenant_id} if parameters else {_TENANT: tenant_id}


def _scope_write(state: ORMExecuteState, tenant_id: int) -> None:
    if state.is_insert:
        statement = cast(Insert, state.statement)
        try:
            state.statement, state.parameters = own_insert(statement, state.parameters, tenant_id)
        except ForeignRow as foreign:
            raise WrongTenant(str(foreign)) from None
        if statement.select is None and not statement._values:
            return
    elif isinstance(state.parameters, list | tuple):
        raise Unscoped("an UPDATE by a list of primary keys has no tenant criterion; use update(…).where(…)")
    elif changes_tenant(state.statement, tenant_id):
        raise WrongTenant("an UPDATE may not move a row to another tenant")
    state.statement = cast(Any, state.statement).options(_for_write(tenant_id))


def _check_owner(owner: object, tenant_id: int) -> None:
    if isinstance(owner, TenantOwned) and owner.tenant_id != tenant_id:
        raise WrongTenant(
            f"a {type(owner).__name__} of tenant {owner.tenant_id} was asked for its rows in the scope of {tenant_id}"
        )


def _without_criterion(statement: Executable) -> Executable:
    """The statement without an option that an object loaded in some tenant's scope has carried along."""
    if _FOR_SELECT not in statement._with_options:
        return statement
    plain = cast(Any, statement)._generate()
    plain._with_options = tuple(option for option in statement._with_options if option is not _FOR_SELECT)
    return cast(Executable, plain)


def _bare(reach: Reach) -> Unscoped:
    return Unscoped(
        f"{_names(reach.bare or reach.mapped)} can only be reached through mapped classes,"
        ' or with execution option unscoped_sql="why"'
    )


def _names(tables: frozenset[str]) -> str:
    return ", ".join(sorted(tables))


@event.listens_for(Scoped, "after_begin")
def _tell_database(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    scoped = cast(Scoped, session)
    if connection.dialect.name != "postgresql" or connection in scoped._announced:
        return
    scoped._announced = (*scoped._announced, connection)
    _announce(scoped, connection)


@event.listens_for(Scoped, "after_transaction_end")
def _forget_connections(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        cast(Scoped, session)._announced = ()


@event.listens_for(Scoped, "after_soft_rollback")
def _tell_database_again(session: Session, previous: SessionTransaction) -> None:
    # Rolling back to a savepoint also takes back a set_config that was made after it.
    scoped = cast(Scoped, session)
    for connection in scoped._announced:
        _announce(scoped, connection)


# IDLE: the driver says BEGIN with the first statement, which is the one that is sent here.
_USABLE: Final = (TransactionStatus.IDLE, TransactionStatus.INTRANS)


@contextmanager
def directory(engine: Engine) -> Iterator[Connection]:
    """A bare transaction for the busiest statements of all, over directory tables only: committed at the end, rolled
    back by an exception. No tenant is in scope, so PostgreSQL shows no row of any tenant's table.

    A session does the same at twice the cost. Raises whatever the database does.
    """
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(_ANNOUNCE, (APP_ROLE, "", "", ""))
        yield connection


def _announce(session: Scoped, connection: Connection) -> None:
    """Tell PostgreSQL, until the end of this transaction, who is asking."""
    if connection.invalidated or not connection.in_transaction():
        return
    if cast(Any, connection.connection.dbapi_connection).info.transaction_status not in _USABLE:
        # Broken: nothing more runs in it, and a rollback to a savepoint comes back here.
        return
    owner = bool(session.info.get("owner"))
    connection.exec_driver_sql(
        _ANNOUNCE,
        (
            "none" if owner else APP_ROLE,
            "" if session._tenant_id is None else str(session._tenant_id),
            "" if session._every_tenant is None else "on",
            "on" if owner else "",
        ),
    )


@event.listens_for(TenantOwned, "before_insert", propagate=True)
def _own_new_row(mapper: Mapper[Any], connection: Connection, row: TenantOwned) -> None:
    session = object_session(row)
    if isinstance(session, Scoped):
        tenant_id = session.require_tenant()
        if cast(int | None, row.tenant_id) is None:
            row.tenant_id = tenant_id
        _check_row(row, tenant_id)


@event.listens_for(TenantOwned, "before_update", propagate=True)
@event.listens_for(TenantOwned, "before_delete", propagate=True)
def _check_known_row(mapper: Mapper[Any], connection: Connection, row: TenantOwned) -> None:
    session = object_session(row)
    if isinstance(session, Scoped):
        tenant_id = session.require_tenant()
        if any(old != tenant_id for old in get_history(row, "tenant_id").deleted):
            raise WrongTenant(f"a {type(row).__name__} may not move to another tenant")
        _check_row(row, tenant_id)


def _check_row(row: TenantOwned, tenant_id: int) -> None:
    if row.tenant_id != tenant_id:
        raise WrongTenant(f"a {type(row).__name__} of tenant {row.tenant_id} was written in the scope of {tenant_id}")


class ScopedSession(Scoped):
    """A tenant-scoped session over `Engines`, for commands and workers; `read_only` never takes the writer's lock, and
    `notes` writes what a power cut may take back."""

    def __init__(
        self, engines: Engines, *, read_only: bool = False, notes: bool = False, owner: bool = False, **options: Any
    ) -> None:
        info = {"engines": engines, "read_only": read_only, "notes": notes, "owner": owner, **options.pop("info", {})}
        super().__init__(info=info, **options)
