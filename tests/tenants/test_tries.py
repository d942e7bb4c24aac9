from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from dray_tenants import tries
from dray_tenants.people_models import TryCount
from dray_tenants.tries import Counted, Pace, network_of
from tests.tenants.company import NOW, Company

PACE = Pace(free=3, first_wait=timedelta(seconds=10), longest_wait=timedelta(minutes=5))
ANN = Counted("sign in", ("ann@example.com", "192.0.2.0/24"), PACE)
NET = Counted("network", ("192.0.2.0/24",), Pace(5, timedelta(seconds=20), timedelta(minutes=5)))


def attempt(company: Company, now: datetime, *counted: Counted) -> timedelta | None:
    with company.session() as session:
        wait = tries.take(session, counted or (ANN,), now=now)
        session.commit()
        return wait


def test_after_the_free_tries_each_waits_twice_as_long_up_to_minutes(company: Company) -> None:
    now, waits = NOW, []
    for _ in range(12):
        wait = attempt(company, now)
        if wait is not None:
            waits.append(wait.total_seconds())
            now += wait
            assert attempt(company, now) is None
    assert waits == [10, 20, 40, 80, 160, 300, 300, 300, 300]


def test_hammering_makes_no_wait_longer(company: Company) -> None:
    for _ in range(3):
        assert attempt(company, NOW) is None
    end = NOW + timedelta(seconds=10)
    for second in range(10):
        now = NOW + timedelta(seconds=second)
        assert [attempt(company, now) for _ in range(3)] == [end - now] * 3
    assert attempt(company, end) is None


def test_what_is_refused_for_one_count_is_not_counted_for_another(company: Company) -> None:
    for _ in range(3):
        assert attempt(company, NOW, ANN, NET) is None
    for _ in range(20):
        assert attempt(company, NOW, ANN, NET) is not None
    with company.session() as session:
        counts = dict(session.execute(select(TryCount.name, TryCount.tries)).all())
    assert counts == {ANN.name: 3, NET.name: 3}


def test_a_good_try_forgives_its_own_count_and_gives_back_one_of_the_others(company: Company) -> None:
    for _ in range(2):
        assert attempt(company, NOW, ANN, NET) is None
    with company.session() as session, session.begin():
        tries.forgive(session, [ANN])
        tries.give_back(session, [NET])
    with company.session() as session:
        assert session.execute(select(TryCount.name, TryCount.tries)).all() == [(NET.name, 1)]


def test_an_hour_of_peace_is_forgotten(company: Company) -> None:
    for _ in range(3):
        attempt(company, NOW)
    later = NOW + timedelta(hours=1, seconds=1)
    assert [attempt(company, later) for _ in range(3)] == [None] * 3
    with company.session() as session, session.begin():
        assert tries.sweep(session, now=later + timedelta(hours=1)) == 0
        assert tries.sweep(session, now=later + timedelta(hours=2)) == 1


def test_however_many_come_at_once_no_more_are_judged_than_are_free(company: Company) -> None:
    together = Barrier(8)

    def one(_: int) -> bool:
        together.wait()
        return attempt(company, NOW) is None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(8))) == 3


def test_counts_hold_no_address_and_are_kept_apart(company: Company) -> None:
    attempt(company, NOW)
    with company.session() as session:
        (name,) = session.scalars(select(TryCount.name))
        assert "ann" not in name
        assert session.scalar(select(func.count()).select_from(TryCount)) == 1
    assert Counted("a", ("b", "c"), PACE).name != Counted("a", ("bc",), PACE).name
    assert Counted("a", ("b", ""), PACE).name != Counted("a", ("b",), PACE).name


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2ff:3:4:5:6", "2001:db8:1:200::/56"),
        ("fe80::1%eth0", "fe80::/56"),
        ("unix", "unix"),
        ("", ""),
    ],
)
def test_an_address_belongs_to_the_network_that_one_customer_has(address: str, network: str) -> None:
    assert network_of(address) == network
