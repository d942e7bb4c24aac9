from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from dray_tenants import invitations
from dray_tenants.invitations import AlreadyMember, Invited
from dray_tenants.members import add_member, member_of
from dray_tenants.models import Membership, User
from dray_tenants.people_models import Invitation
from dray_tenants.roles import Role
from dray_tenants.scope import ScopedSession
from dray_tenants.users import Unacceptable
from tests.tenants.company import NOW, Company


def invited(
    company: Company, session: ScopedSession, email: str = "ann@example.com", role: Role = Role.BILLING
) -> Invited:
    red = company.tenant(session, company.red)
    return invitations.invite(session, red, email, role, by="owner@red.example", now=NOW)


def test_an_invitation_makes_a_member_once(company: Company) -> None:
    with company.session() as session, session.begin():
        made = invited(company, session, " Ann@Example.com ")
        ann = company.user(session, "ann@example.com")
        row = invitations.find(session, made.secret, now=NOW)
        assert row is made.invitation
        assert made.secret.encode() not in row.hash
        assert made.secret not in repr(made)
        membership = invitations.accept(session, row, ann, now=NOW)
        assert membership is not None
        assert (membership.role, membership.tenant_id) == (Role.BILLING, company.red)
        assert invitations.find(session, made.secret, now=NOW) is None
        assert invitations.accept(session, row, ann, now=NOW) is None


def test_looking_at_an_invitation_uses_nothing_up(company: Company) -> None:
    with company.session() as session, session.begin():
        made = invited(company, session)
        assert [invitations.find(session, made.secret, now=NOW) is not None for _ in range(3)] == [True] * 3
        assert not session.dirty


def test_an_invitation_runs_out_after_seven_days(company: Company) -> None:
    with company.session() as session, session.begin():
        made, ann = invited(company, session), company.user(session, "ann@example.com")
        last = NOW + timedelta(days=7)
        assert invitations.find(session, made.secret, now=last - timedelta(seconds=1)) is made.invitation
        assert invitations.find(session, made.secret, now=last) is None
        assert invitations.accept(session, made.invitation, ann, now=last) is None
        assert invitations.find(session, "no such secret", now=NOW) is None


def test_a_new_letter_ends_the_link_before(company: Company) -> None:
    with company.session() as session, session.begin():
        first = invited(company, session)
        again = invitations.renew(session, first.invitation, by="other@red.example", now=NOW + timedelta(days=6))
        assert invitations.find(session, first.secret, now=NOW) is None
        assert invitations.find(session, again.secret, now=NOW + timedelta(days=12)) is not None
        third = invited(company, session, role=Role.VIEWER)
        assert invitations.find(session, again.secret, now=NOW) is None
        assert session.scalar(select(func.count()).select_from(Invitation)) == 1
        assert third.invitation.role is Role.VIEWER


def test_an_invitation_that_was_taken_back_is_worth_nothing(company: Company) -> None:
    with company.session() as session, session.begin():
        made, ann = invited(company, session), company.user(session, "ann@example.com")
        assert invitations.revoke(session, made.invitation, now=NOW)
        assert not invitations.revoke(session, made.invitation, now=NOW)
        assert invitations.accept(session, made.invitation, ann, now=NOW) is None
        assert invitations.open_invitations(session, company.tenant(session, company.red)) == []
        assert invited(company, session).invitation.id != made.invitation.id


def test_nobody_joins_by_another_persons_invitation(company: Company) -> None:
    with company.session() as session, session.begin():
        made, eve = invited(company, session), company.user(session, "eve@example.com")
        with pytest.raises(LookupError):
            invitations.accept(session, made.invitation, eve, now=NOW)
        assert member_of(session, company.tenant(session, company.red), eve) is None


def test_who_belongs_already_is_not_invited_and_who_came_another_way_keeps_their_role(company: Company) -> None:
    with company.session() as session, session.begin():
        red, ann = company.tenant(session, company.red), company.user(session, "ann@example.com")
        made = invited(company, session, role=Role.VIEWER)
        add_member(session, red, ann, Role.OWNER, now=NOW)
        with pytest.raises(AlreadyMember, match="belongs to Red already"):
            invited(company, session)
        membership = invitations.accept(session, made.invitation, ann, now=NOW)
        assert membership is not None
        assert membership.role is Role.OWNER


def test_a_person_of_another_company_joins_with_the_account_they_have(company: Company) -> None:
    with company.session() as session, session.begin():
        ann = company.user(session, "ann@example.com")
        add_member(session, company.tenant(session, company.blue), ann, Role.ADMIN, now=NOW)
        assert invitations.accept(session, invited(company, session).invitation, ann, now=NOW)
        roles = session.execute(select(Membership.tenant_id, Membership.role).where(Membership.user_id == ann.id)).all()
        assert dict(roles) == {company.blue: Role.ADMIN, company.red: Role.BILLING}


@pytest.mark.parametrize("email", ["ann", "a@b.c,eve@example.com", "<ann@b.c>", "ann@b.c\r\nBcc: eve@b.c", 'a"@b.c'])
def test_what_is_no_single_address_is_not_invited(company: Company, email: str) -> None:
    with company.session() as session, session.begin(), pytest.raises(Unacceptable, match="not an e-mail address"):
        invited(company, session, email)


def test_of_two_who_take_up_an_invitation_at_the_same_moment_one_does(company: Company) -> None:
    with company.session() as session, session.begin():
        made, ann = invited(company, session), company.user(session, "ann@example.com")
        secret, user_id = made.secret, ann.id
    together = Barrier(4)

    def take_up(_: int) -> bool:
        with company.session() as session:
            with session.begin():
                row = invitations.find(session, secret, now=NOW)
                assert row is not None
                key = row.id
            together.wait()
            with session.begin():
                row, user = session.get_one(Invitation, key), session.get_one(User, user_id)
                return invitations.accept(session, row, user, now=NOW) is not None

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(take_up, range(4))) == 1
    with company.session() as session:
        assert session.scalar(select(func.count()).select_from(Membership)) == 1


def test_two_who_invite_the_same_address_at_the_same_moment_make_one_invitation(company: Company) -> None:
    together = Barrier(3)

    def ask(place: int) -> str:
        with company.session() as session:
            together.wait()
            with session.begin():
                return invited(company, session, role=list(Role)[place]).secret

    with ThreadPoolExecutor(3) as pool:
        secrets = list(pool.map(ask, range(3)))
    with company.session() as session:
        assert session.scalar(select(func.count()).select_from(Invitation)) == 1
        assert sum(invitations.find(session, each, now=NOW) is not None for each in secrets) == 1
