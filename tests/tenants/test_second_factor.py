from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pyotp
import pytest
from sqlalchemy import func, select

from dray_tenants import second_factor
from dray_tenants.models import User
from dray_tenants.people_models import RecoveryCode, SecondFactor
from dray_tenants.scope import ScopedSession
from dray_tenants.second_factor import AlreadyOn
from dray_tenants.vault import SealBroken
from tests.tenants.company import NOW, Company

STEP = timedelta(seconds=30)


def enrolled(company: Company, session: ScopedSession, email: str = "ann@example.com") -> tuple[User, pyotp.TOTP]:
    """Somebody whose codes count since a minute before now."""
    user = company.user(session, email)
    begun = second_factor.begin(session, company.vault.keys, user, now=NOW, issuer="Dray")
    generator = pyotp.TOTP(begun.secret)
    before = NOW - 2 * STEP
    assert second_factor.confirm(session, company.vault.keys, user, generator.at(before), now=before)
    return user, generator


def test_a_secret_counts_once_its_first_code_was_given(company: Company) -> None:
    keys = company.vault.keys
    with company.session() as session, session.begin():
        user = company.user(session, "ann@example.com")
        begun = second_factor.begin(session, keys, user, now=NOW, issuer="Dray")
        assert begun.address.startswith("otpauth://totp/Dray:ann%40example.com?secret=")
        assert begun.grouped.replace(" ", "") == begun.secret
        assert begun.secret not in repr(begun)
        assert second_factor.enrolment(session, keys, user, issuer="Dray") == begun
        assert not second_factor.has_one(session, user)
        code = pyotp.TOTP(begun.secret).at(NOW)
        assert not second_factor.check(session, keys, user, code, now=NOW)
        assert second_factor.confirm(session, keys, user, "000000", now=NOW) is None
        codes = second_factor.confirm(session, keys, user, code, now=NOW)
        assert codes is not None
        assert len(set(codes)) == 10
        assert second_factor.has_one(session, user)
        assert second_factor.enrolment(session, keys, user, issuer="Dray") is None
        assert second_factor.confirm(session, keys, user, code, now=NOW) is None
        with pytest.raises(AlreadyOn, match="on already"):
            second_factor.begin(session, keys, user, now=NOW, issuer="Dray")


def test_a_code_is_taken_once(company: Company) -> None:
    with company.session() as session, session.begin():
        user, generator = enrolled(company, session)

        def take(code: str, now: datetime) -> bool:
            return second_factor.check(session, company.vault.keys, user, code, now=now)

        assert take(generator.at(NOW), NOW)
        assert not take(generator.at(NOW), NOW)
        assert not take(generator.at(NOW), NOW + STEP), "the same code in the next step"
        assert not take(generator.at(NOW - STEP), NOW), "an older one than the newest taken"
        assert take(generator.at(NOW + STEP), NOW + STEP)


def test_the_code_that_turned_the_factor_on_opens_nothing_afterwards(company: Company) -> None:
    with company.session() as session, session.begin():
        user = company.user(session, "ann@example.com")
        begun = second_factor.begin(session, company.vault.keys, user, now=NOW, issuer="Dray")
        code = pyotp.TOTP(begun.secret).at(NOW)
        assert second_factor.confirm(session, company.vault.keys, user, code, now=NOW)
        assert not second_factor.check(session, company.vault.keys, user, code, now=NOW)


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(company: Company, steps: int, good: bool) -> None:
    with company.session() as session, session.begin():
        user = company.user(session, "ann@example.com")
        begun = second_factor.begin(session, company.vault.keys, user, now=NOW, issuer="Dray")
        code = pyotp.TOTP(begun.secret).at(NOW + steps * STEP)
        assert (second_factor.confirm(session, company.vault.keys, user, code, now=NOW) is not None) is good


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "１２３４５６", "\0", "0" * 1000])
def test_what_is_no_code_is_refused(company: Company, code: str) -> None:
    with company.session() as session, session.begin():
        user, _ = enrolled(company, session)
        assert not second_factor.check(session, company.vault.keys, user, code, now=NOW)
        assert not second_factor.use_recovery_code(session, user, code, now=NOW)


def test_a_code_may_be_typed_with_spaces(company: Company) -> None:
    with company.session() as session, session.begin():
        user, generator = enrolled(company, session)
        code = generator.at(NOW)
        assert second_factor.check(session, company.vault.keys, user, f" {code[:3]} {code[3:]} ", now=NOW)


def test_of_many_who_give_the_same_code_at_the_same_moment_one_comes_in(company: Company) -> None:
    with company.session() as session, session.begin():
        user, generator = enrolled(company, session)
        user_id, code = user.id, generator.at(NOW)

    def try_it(session: ScopedSession, user: User) -> bool:
        return second_factor.check(session, company.vault.keys, user, code, now=NOW)

    assert sum(at_once(company, user_id, try_it)) == 1


def test_of_many_who_give_the_same_recovery_code_one_comes_in(company: Company) -> None:
    with company.session() as session, session.begin():
        user, _ = enrolled(company, session)
        user_id, (code, *_) = user.id, second_factor.new_recovery_codes(session, user)

    def try_it(session: ScopedSession, user: User) -> bool:
        return second_factor.use_recovery_code(session, user, code, now=NOW)

    assert sum(at_once(company, user_id, try_it)) == 1


def test_a_recovery_code_works_once_however_it_is_typed(company: Company) -> None:
    with company.session() as session, session.begin():
        user, _ = enrolled(company, session)
        other, _ = enrolled(company, session, "bob@example.com")
        code, second, *_ = second_factor.new_recovery_codes(session, user)
        assert not second_factor.use_recovery_code(session, other, code, now=NOW)
        assert second_factor.use_recovery_code(session, user, code.lower().replace("-", " "), now=NOW)
        assert not second_factor.use_recovery_code(session, user, code, now=NOW)
        assert second_factor.codes_left(session, user) == 9
        second_factor.new_recovery_codes(session, user)
        assert not second_factor.use_recovery_code(session, user, second, now=NOW), "those before are replaced"
        assert second_factor.codes_left(session, user) == 10
        hashes = session.scalars(select(RecoveryCode.hash)).all()
        assert not any(code.encode() in each for each in hashes)


def test_turned_off_nothing_is_left(company: Company) -> None:
    with company.session() as session, session.begin():
        user, generator = enrolled(company, session)
        assert second_factor.remove(session, user)
        assert not second_factor.remove(session, user)
        assert not second_factor.has_one(session, user)
        assert not second_factor.check(session, company.vault.keys, user, generator.at(NOW), now=NOW)
        for table in (SecondFactor, RecoveryCode):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_a_secret_moved_to_another_person_does_not_open(company: Company) -> None:
    with company.session() as session, session.begin():
        _user, generator = enrolled(company, session)
        thief, _ = enrolled(company, session, "eve@example.com")
        rows = {row.user_id: row for row in session.scalars(select(SecondFactor))}
        rows[thief.id].sealed = next(row.sealed for key, row in rows.items() if key != thief.id)
        session.flush()
        with pytest.raises(SealBroken):
            second_factor.check(session, company.vault.keys, thief, generator.at(NOW), now=NOW)


def at_once(company: Company, user_id: int, attempt: Callable[[ScopedSession, User], bool]) -> list[bool]:
    """The same attempt by four at the same moment."""
    together = Barrier(4)

    def one(_: int) -> bool:
        with company.session() as session:
            together.wait()
            with session.begin():
                return attempt(session, session.get_one(User, user_id))

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(one, range(4)))
