from datetime import timedelta

import pytest
from sqlalchemy import select

from dray_tenants import login
from dray_tenants.models import SessionStage, WebSession
from tests.tenants.company import NOW, Company


def test_a_cookie_finds_its_session_until_it_is_revoked(company: Company) -> None:
    with company.session() as session, session.begin():
        user = company.user(session, "ann@example.com")
        row, cookie = login.start(session, user, ip="2001:db8::1", user_agent="x" * 1000, now=NOW)
        assert cookie.encode() not in row.hash
        assert login.find(session, cookie, now=NOW) is row
        assert login.find(session, cookie + "x", now=NOW) is None
        assert login.find(session, "", now=NOW) is None
        login.revoke(session, row, now=NOW)
        assert login.find(session, cookie, now=NOW) is None


def test_a_rotated_cookie_is_worth_nothing(company: Company) -> None:
    with company.session() as session, session.begin():
        row, old = login.start(session, company.user(session, "a@b.c"), ip="", user_agent="", now=NOW)
        new = login.rotate(session, row)
        assert login.find(session, old, now=NOW) is None
        assert login.find(session, new, now=NOW) is row


def test_a_session_ends_by_itself(company: Company) -> None:
    with company.session() as session, session.begin():
        row, cookie = login.start(session, company.user(session, "a@b.c"), ip="", user_agent="", now=NOW)
        assert login.find(session, cookie, now=NOW + login.IDLE) is row
        assert login.find(session, cookie, now=NOW + login.IDLE + timedelta(seconds=1)) is None
        now = NOW
        while now - NOW < login.LONGEST:
            assert login.find(session, cookie, now=now) is row
            login.touch(session, row, now=now)
            now += login.IDLE
        assert login.find(session, cookie, now=now) is None


def test_use_is_noted_at_most_once_a_minute(company: Company) -> None:
    with company.session() as session, session.begin():
        row, _ = login.start(session, company.user(session, "a@b.c"), ip="", user_agent="", now=NOW)
        assert not login.touch(session, row, now=NOW + timedelta(seconds=59))
        assert login.touch(session, row, now=NOW + timedelta(seconds=60))
        assert row.last_seen_at == NOW + timedelta(seconds=60)


def test_every_browser_can_be_signed_out_but_this_one(company: Company) -> None:
    with company.session() as session, session.begin():
        ann, bob = company.user(session, "ann@b.c"), company.user(session, "bob@b.c")
        sessions = [login.start(session, user, ip="", user_agent="", now=NOW) for user in (ann, ann, ann, bob)]
        (first, kept), others, (_, bobs) = sessions[0], sessions[1:3], sessions[3]
        assert login.revoke_all(session, ann, now=NOW, keep=first) == 2
        assert login.find(session, kept, now=NOW) is first
        assert login.find(session, bobs, now=NOW) is not None
        assert all(login.find(session, cookie, now=NOW) is None for _, cookie in others)
        assert login.revoke_all(session, ann, now=NOW) == 1
        assert len(session.scalars(select(WebSession).where(WebSession.revoked_at.is_(None))).all()) == 1


@pytest.mark.parametrize("stage", [SessionStage.CODE, SessionStage.ENROLMENT])
def test_an_unfinished_session_opens_nothing_until_its_second_step(company: Company, stage: SessionStage) -> None:
    with company.session() as session, session.begin():
        user = company.user(session, "a@b.c")
        row, half = login.start(session, user, ip="", user_agent="", now=NOW, stage=stage)
        assert login.find(session, half, now=NOW) is None
        assert login.living(session, user, now=NOW) == []
        assert login.find_unfinished(session, half, now=NOW + login.UNFINISHED) is row
        assert login.find_unfinished(session, half, now=NOW + login.UNFINISHED + timedelta(seconds=1)) is None
        whole = login.finish(session, row, now=NOW)
        assert row.second_factor
        assert login.find(session, whole, now=NOW) is row
        assert login.find_unfinished(session, whole, now=NOW) is None
        assert login.find(session, half, now=NOW) is None
        assert login.find_unfinished(session, half, now=NOW) is None


def test_signing_everybody_out_ends_unfinished_sessions_too(company: Company) -> None:
    with company.session() as session, session.begin():
        user = company.user(session, "a@b.c")
        _, half = login.start(session, user, ip="", user_agent="", now=NOW, stage=SessionStage.CODE)
        login.revoke_all(session, user, now=NOW)
        assert login.find_unfinished(session, half, now=NOW) is None


def test_a_person_lists_and_ends_their_own_sessions_alone(company: Company) -> None:
    with company.session() as session, session.begin():
        ann, bob = company.user(session, "ann@b.c"), company.user(session, "bob@b.c")
        old, _ = login.start(session, ann, ip="", user_agent="", now=NOW)
        new, cookie = login.start(session, ann, ip="", user_agent="", now=NOW + timedelta(hours=1))
        now = NOW + timedelta(hours=2)
        assert login.living(session, ann, now=now) == [new, old]
        with pytest.raises(LookupError):
            login.end(session, bob, new.public_id, now=now)
        login.end(session, ann, new.public_id, now=now)
        assert login.find(session, cookie, now=now) is None
        assert login.living(session, ann, now=now) == [old]
        assert login.living(session, ann, now=now + login.IDLE) == []
        assert login.sweep(session, now=now + login.IDLE + timedelta(hours=1)) == 1
