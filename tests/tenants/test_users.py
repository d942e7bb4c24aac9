from datetime import timedelta
from typing import Literal

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from dray_tenants.models import User
from dray_tenants.users import EmailTaken, Unacceptable, authenticate, create_user, find_user, set_password
from tests.tenants.company import NOW, PASSWORD, QUICK, Company


def test_a_person_is_known_by_address_in_any_case_and_by_password(company: Company) -> None:
    with company.session() as session, session.begin():
        user = company.user(session, " Ann@Example.COM ")
        assert user.email == "ann@example.com"
        assert authenticate(session, "ANN@example.com", PASSWORD, hasher=QUICK) is user
        assert authenticate(session, "ann@example.com", PASSWORD + "x", hasher=QUICK) is None
        assert authenticate(session, "bob@example.com", PASSWORD, hasher=QUICK) is None
        assert authenticate(session, "no address", PASSWORD, hasher=QUICK) is None
        assert authenticate(session, "bob@example.com", "the password of nobody", hasher=QUICK) is None
        assert PASSWORD not in user.password_hash


class Watched(PasswordHasher):
    """Keeps which hashes a password was compared with."""

    compared: list[str | bytes]

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
        self.compared.append(hash)
        return super().verify(hash, password)


@pytest.mark.parametrize("email", ["ann@example.com", "nobody@example.com", "no address"])
def test_an_unknown_address_costs_as_much_as_a_wrong_password(company: Company, email: str) -> None:
    hasher = Watched(time_cost=1, memory_cost=64, parallelism=1)
    hasher.compared = []
    with company.session() as session, session.begin():
        create_user(session, "ann@example.com", PASSWORD, now=NOW, hasher=hasher)
        assert authenticate(session, email, "wrong password", hasher=hasher) is None
    (compared,) = hasher.compared
    assert str(compared).startswith("$argon2id$v=19$m=64,t=1,p=1$")


def test_one_address_is_one_person(company: Company) -> None:
    with company.session() as session, session.begin():
        company.user(session, "ann@example.com")
        with pytest.raises(EmailTaken, match="already registered"):
            company.user(session, "Ann@example.com")
        assert session.scalar(select(func.count()).select_from(User)) == 1


@pytest.mark.parametrize("password", ["", "short", "x" * 1025])
def test_a_password_that_cannot_be_used_says_why(company: Company, password: str) -> None:
    with company.session() as session, session.begin():
        with pytest.raises(Unacceptable, match=f"has {len(password)} characters"):
            create_user(session, "ann@example.com", password, now=NOW, hasher=QUICK)
        assert find_user(session, "ann@example.com") is None


@pytest.mark.parametrize("email", ["", "ann", "@example.com", "ann@", "ann smith@example.com", "a" * 320 + "@b.c"])
def test_what_is_no_address_is_refused(company: Company, email: str) -> None:
    with company.session() as session, pytest.raises(Unacceptable, match="not an e-mail address"):
        company.user(session, email)


def test_a_hash_is_renewed_when_its_parameters_change(company: Company) -> None:
    stronger = PasswordHasher(time_cost=2, memory_cost=64, parallelism=1)
    with company.session() as session, session.begin():
        user = company.user(session, "ann@example.com")
        old = user.password_hash
        assert authenticate(session, user.email, "wrong password", hasher=stronger) is None
        assert user.password_hash == old
        assert authenticate(session, user.email, PASSWORD, hasher=stronger) is user
        assert user.password_hash != old
        assert not stronger.check_needs_rehash(user.password_hash)
        assert authenticate(session, user.email, PASSWORD, hasher=stronger) is user


def test_a_new_password_replaces_the_old_one(company: Company) -> None:
    with company.session() as session, session.begin():
        user = company.user(session, "ann@example.com")
        set_password(session, user, "another horse", now=NOW + timedelta(1), hasher=QUICK)
        assert authenticate(session, user.email, PASSWORD, hasher=QUICK) is None
        assert authenticate(session, user.email, "another horse", hasher=QUICK) is user
        assert user.password_changed_at == NOW + timedelta(1)
