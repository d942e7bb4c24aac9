from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from sqlalchemy import func, select

from dray_tenants import mailed_links
from dray_tenants.people_models import LinkPurpose, MailedLink
from tests.tenants.company import NOW, Company

RESET, CHANGE = LinkPurpose.RESET_PASSWORD, LinkPurpose.CHANGE_EMAIL


def test_a_link_works_once_for_an_hour_and_for_its_purpose(company: Company) -> None:
    with company.session() as session, session.begin():
        ann = company.user(session, "ann@example.com")
        secret = mailed_links.make(session, ann, RESET, ann.email, now=NOW)
        assert mailed_links.find(session, secret, CHANGE, now=NOW) is None
        assert mailed_links.find(session, secret, RESET, now=NOW + timedelta(minutes=60)) is None
        row = mailed_links.find(session, secret, RESET, now=NOW + timedelta(minutes=59))
        assert row is not None
        assert row.user is ann
        assert secret.encode() not in row.hash
        assert not mailed_links.use(session, row, now=NOW + timedelta(minutes=60))
        assert mailed_links.use(session, row, now=NOW)
        assert not mailed_links.use(session, row, now=NOW)
        assert mailed_links.find(session, secret, RESET, now=NOW) is None


def test_a_newer_link_ends_the_one_before_and_no_other(company: Company) -> None:
    with company.session() as session, session.begin():
        ann, bob = company.user(session, "ann@example.com"), company.user(session, "bob@example.com")
        first = mailed_links.make(session, ann, RESET, ann.email, now=NOW)
        change = mailed_links.make(session, ann, CHANGE, "new@example.com", now=NOW)
        others = mailed_links.make(session, bob, RESET, bob.email, now=NOW)
        second = mailed_links.make(session, ann, RESET, ann.email, now=NOW)
        assert mailed_links.find(session, first, RESET, now=NOW) is None
        assert mailed_links.find(session, second, RESET, now=NOW) is not None
        assert mailed_links.find(session, change, CHANGE, now=NOW) is not None
        mailed_links.end_all(session, ann, now=NOW)
        assert mailed_links.find(session, second, RESET, now=NOW) is None
        assert mailed_links.find(session, change, CHANGE, now=NOW) is None
        assert mailed_links.find(session, others, RESET, now=NOW) is not None


def test_a_link_of_nobody_is_written_and_good_for_nothing(company: Company) -> None:
    with company.session() as session, session.begin():
        secret = mailed_links.make(session, None, RESET, "nobody@example.com", now=NOW)
        assert session.scalar(select(func.count()).select_from(MailedLink)) == 1
        assert mailed_links.find(session, secret, RESET, now=NOW) is None


def test_of_many_who_use_a_link_at_the_same_moment_one_does(company: Company) -> None:
    with company.session() as session, session.begin():
        ann = company.user(session, "ann@example.com")
        secret = mailed_links.make(session, ann, RESET, ann.email, now=NOW)
    together = Barrier(4)

    def use(_: int) -> bool:
        with company.session() as session:
            with session.begin():
                row = mailed_links.find(session, secret, RESET, now=NOW)
                assert row is not None
                key = row.id
            together.wait()
            with session.begin():
                return mailed_links.use(session, session.get_one(MailedLink, key), now=NOW)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(use, range(4))) == 1


def test_old_links_are_dropped(company: Company) -> None:
    with company.session() as session, session.begin():
        mailed_links.make(session, company.user(session, "a@b.c"), RESET, "a@b.c", now=NOW)
        assert mailed_links.sweep(session, now=NOW + timedelta(days=1)) == 0
        assert mailed_links.sweep(session, now=NOW + timedelta(days=2)) == 1
