from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from dray_tenants.members import LastOwner, add_member, change_role, member_of, remove_member
from dray_tenants.models import Membership, Tenant, User
from dray_tenants.roles import Role
from dray_tenants.scope import ScopedSession
from tests.tenants.company import NOW, Company


def test_a_tenant_keeps_its_last_owner(company: Company) -> None:
    with company.session() as session, session.begin():
        red = company.tenant(session, company.red)
        ann, bob = company.user(session, "ann@b.c"), company.user(session, "bob@b.c")
        add_member(session, red, ann, Role.OWNER, now=NOW)
        add_member(session, company.tenant(session, company.blue), bob, Role.OWNER, now=NOW)
        for change in (
            lambda: change_role(session, red, ann, Role.ADMIN),
            lambda: remove_member(session, red, ann),
            lambda: add_member(session, red, ann, Role.VIEWER, now=NOW),
        ):
            with pytest.raises(LastOwner, match="only owner"):
                change()
        assert change_role(session, red, ann, Role.OWNER).role is Role.OWNER
        add_member(session, red, bob, Role.OWNER, now=NOW)
        assert change_role(session, red, ann, Role.ADMIN).role is Role.ADMIN
        remove_member(session, red, ann)
        assert member_of(session, red, ann) is None
        with pytest.raises(LookupError):
            remove_member(session, red, ann)


Change = Callable[[ScopedSession, Tenant, User], object]


@pytest.mark.parametrize(
    "change", [lambda s, t, u: change_role(s, t, u, Role.VIEWER), remove_member], ids=["demoted", "removed"]
)
def test_owners_who_end_each_other_at_the_same_moment_leave_one(company: Company, change: Change) -> None:
    with company.session() as session, session.begin():
        red = company.tenant(session, company.red)
        users = [company.user(session, f"u{n}@b.c") for n in range(4)]
        for user in users:
            add_member(session, red, user, Role.OWNER, now=NOW)
        ids = [user.id for user in users]
    together = Barrier(len(ids))

    def end(user_id: int) -> bool:
        with company.session() as session:
            with session.begin():
                # What each has seen before: everybody is an owner.
                seen = session.scalars(select(Membership).where(Membership.tenant_id == company.red)).all()
                assert len(seen) == len(ids)
            together.wait()
            try:
                with session.begin():
                    change(session, session.get_one(Tenant, company.red), session.get_one(User, user_id))
            except LastOwner:
                return False
            return True

    with ThreadPoolExecutor(len(ids)) as pool:
        assert sum(pool.map(end, ids)) == len(ids) - 1
    with company.session() as session:
        owners = session.scalars(
            select(Membership).where(Membership.tenant_id == company.red, Membership.role == Role.OWNER)
        )
        assert len(owners.all()) == 1


@pytest.mark.parametrize(
    "change", [lambda s, t, u: change_role(s, t, u, Role.VIEWER), remove_member], ids=["demoted", "removed"]
)
def test_an_owner_is_ended_only_after_whoever_ends_another_has_finished(company: Company, change: Change) -> None:
    """Otherwise each would still see the other as an owner. SQLite's writers wait for each other anyway."""
    if company.engines.write.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    with company.session() as session, session.begin():
        red, users = company.tenant(session, company.red), [company.user(session, f"u{n}@b.c") for n in range(2)]
        for user in users:
            add_member(session, red, user, Role.OWNER, now=NOW)
        first, second = (user.id for user in users)
    with company.session() as one, company.session() as other:
        change(one, one.get_one(Tenant, company.red), one.get_one(User, first))
        other.execute(text("set local lock_timeout = '50ms'"), execution_options={"unscoped_sql": "a setting"})
        with pytest.raises(OperationalError, match="lock timeout"):
            change(other, other.get_one(Tenant, company.red), other.get_one(User, second))
        other.rollback()
        one.commit()
        with pytest.raises(LastOwner):
            change(other, other.get_one(Tenant, company.red), other.get_one(User, second))
