"""A token that is good, however many processes ask, and whatever becomes of the answers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import select, update

from dray.connections.oauth import tokens
from dray.connections.oauth.models import Grant, GrantState
from dray.connections.oauth.tokens import LoginEnded, LoginUnreachable, access_token
from dray_qbo.simulator import Rotation
from tests.platform.connections.online import Online, online_at


def quick(_seconds: float) -> None:
    """Waits for nobody."""


def token_of(online: Online, public_id: str, refused: str | None = None) -> str:
    return access_token(online.parts, online.tenant, online.key_of(public_id), refused=refused, pause=quick)


def is_good(online: Online, token: str) -> bool:
    return online.intuit.grants.holder(token, online.clock()) is not None


def test_a_token_is_used_until_it_is_near_its_end_and_then_renewed(online: Online) -> None:
    made = online.connect()
    first = token_of(online, made)
    assert is_good(online, first)
    online.clock.pass_(minutes=50)
    assert token_of(online, made) == first
    online.clock.pass_(minutes=6)
    second = token_of(online, made)
    assert second != first
    assert is_good(online, second)
    assert token_of(online, made) == second


def test_a_token_that_the_books_refused_is_renewed_at_once_and_an_older_one_only_replaced(online: Online) -> None:
    made = online.connect()
    first = token_of(online, made)
    second = token_of(online, made, refused=first)
    assert second != first
    renewals = online.login(made).version
    # somebody else comes late with the same complaint
    assert token_of(online, made, refused=first) == second
    assert online.login(made).version == renewals


def test_both_ends_of_a_login_are_known_and_the_first_moves_with_each_use(online: Online) -> None:
    made = online.connect()
    before = online.login(made)
    assert before.refresh_ends_at == online.clock() + dt.timedelta(seconds=8_726_400)
    assert before.grant_ends_at == online.clock() + dt.timedelta(seconds=157_680_000)
    online.clock.pass_(days=20)
    token_of(online, made)
    after = online.login(made)
    assert after.refresh_ends_at == online.clock() + dt.timedelta(seconds=8_726_400)
    assert after.grant_ends_at == before.grant_ends_at


def test_a_login_that_runs_out_unused_is_over_and_says_so(online: Online) -> None:
    made = online.connect()
    online.clock.pass_(days=102)
    with pytest.raises(LoginEnded, match="no longer lets Dray in"):
        token_of(online, made)
    assert online.login(made).state is GrantState.ENDED
    assert online.trouble(made) == "login_ended"
    with pytest.raises(LoginEnded, match="Reconnect"):
        token_of(online, made)


def test_ended_at_intuit_by_a_person_is_found_at_the_next_renewal(online: Online) -> None:
    made = online.connect()
    first = token_of(online, made)
    online.intuit.grants.disconnect("9130350000000001")
    with pytest.raises(LoginEnded):
        token_of(online, made, refused=first)
    assert online.trouble(made) == "login_ended"


@pytest.mark.parametrize("times", [1, 5])
def test_a_busy_server_is_no_dead_login(online: Online, times: int) -> None:
    made = online.connect()
    token = token_of(online, made)
    online.intuit.faults.token_unavailable = times
    if times > 1:
        with pytest.raises(LoginUnreachable, match="could not be asked"):
            token_of(online, made, refused=token)
        assert online.login(made).state is GrantState.LIVE
        online.intuit.faults.token_unavailable = 0
    renewed = token_of(online, made, refused=token)
    assert renewed != token
    assert is_good(online, renewed)


def test_while_it_lasts_a_token_is_used_though_it_cannot_be_renewed(online: Online) -> None:
    made = online.connect()
    token = token_of(online, made)
    online.clock.pass_(minutes=57)
    online.intuit.faults.token_unavailable = 2
    assert token_of(online, made) == token


def test_nobody_at_the_address_is_no_dead_login(migrated_database_url: str, tmp_path: Path) -> None:
    with online_at(tmp_path, migrated_database_url) as online:
        made = online.connect()
        token = token_of(online, made)
        online.server.__exit__(None, None, None)
        with pytest.raises(LoginUnreachable):
            token_of(online, made, refused=token)
        assert online.login(made).state is GrantState.LIVE
        assert online.login(made).turn_until is None
        online.server.__exit__ = lambda *_: None  # type: ignore[method-assign]


def test_a_lost_answer_is_asked_for_again_with_the_same_token(migrated_database_url: str, tmp_path: Path) -> None:
    with online_at(tmp_path, migrated_database_url, Rotation.LENIENT) as online:
        made = online.connect()
        before = token_of(online, made)
        online.clock.pass_(hours=25)
        online.intuit.faults.refresh_lost = 1
        after = token_of(online, made)
        assert after != before
        assert is_good(online, after)
        online.clock.pass_(hours=25)
        assert is_good(online, token_of(online, made))


def test_an_answer_lost_for_good_under_strict_rotation_ends_the_login_and_nothing_else(online: Online) -> None:
    made = online.connect()
    token = token_of(online, made)
    online.intuit.faults.refresh_lost = 1
    with pytest.raises(LoginEnded):
        token_of(online, made, refused=token)
    # a person signs in again, and it goes on
    online.come_back(online.consent(online.set_out(again=made)))
    assert is_good(online, token_of(online, made))
    assert online.trouble(made) == ""


def test_our_own_wrong_secret_ends_no_companys_login(online: Online) -> None:
    made = online.connect()
    token = token_of(online, made)
    object.__setattr__(online.intuit.app, "client_secret", "another one")
    with pytest.raises(LoginUnreachable, match="An operator has to check"):
        token_of(online, made, refused=token)
    assert online.login(made).state is GrantState.LIVE


def test_who_comes_while_another_renews_waits_or_uses_what_is_still_good(online: Online) -> None:
    made = online.connect()
    token = token_of(online, made)
    online.clock.pass_(minutes=57)
    with online.session() as session:
        session.execute(update(Grant).values(turn=7, turn_until=online.clock() + dt.timedelta(seconds=60)))
        session.commit()
    assert token_of(online, made) == token
    waits: list[float] = []
    with pytest.raises(LoginUnreachable, match="Another process"):
        access_token(online.parts, online.tenant, online.key_of(made), refused=token, pause=waits.append)
    assert sum(waits) >= 19

    def finished(_seconds: float) -> None:
        online.clock.pass_(minutes=2)  # whoever had the turn died in it

    assert is_good(
        online, access_token(online.parts, online.tenant, online.key_of(made), refused=token, pause=finished)
    )


def test_invalid_grant_of_a_token_that_was_overtaken_is_no_end(online: Online) -> None:
    made = online.connect()
    token = token_of(online, made)
    real = tokens._ask

    def slow(*given: object) -> object:
        # while this process dawdles past the end of its turn, another one renews
        tokens._ask = real
        online.clock.pass_(minutes=2)
        newer.append(token_of(online, made, refused=token))
        return real(*given)  # type: ignore[arg-type]

    newer: list[str] = []
    tokens._ask = slow  # type: ignore[assignment]
    try:
        assert token_of(online, made, refused=token) == newer[0]
    finally:
        tokens._ask = real
    assert online.login(made).state is GrantState.LIVE


def test_the_good_answer_of_who_was_overtaken_undoes_an_end_that_was_none(online: Online) -> None:
    made = online.connect()
    token = token_of(online, made)
    real = tokens._store

    def late(*given: object) -> str:
        tokens._store = real
        online.clock.pass_(minutes=2)
        with pytest.raises(LoginEnded):
            token_of(online, made, refused=token)
        return real(*given)  # type: ignore[arg-type]

    tokens._store = late  # type: ignore[assignment]
    try:
        renewed = token_of(online, made, refused=token)
    finally:
        tokens._store = real
    assert is_good(online, renewed)
    assert online.login(made).state is GrantState.LIVE
    assert online.trouble(made) == ""


def test_tokens_are_stored_nowhere_in_clear(online: Online, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    made = online.connect()
    tokens_seen = [token_of(online, made)]
    online.clock.pass_(hours=2)
    tokens_seen.append(token_of(online, made))
    tokens_seen += list(online.intuit.grants.refreshes)
    said = caplog.text
    with online.session() as session:
        grant = session.scalars(select(Grant)).one()
        row = repr({column.name: getattr(grant, column.name) for column in Grant.__table__.columns})
    for token in tokens_seen:
        assert token not in said
        assert token not in row
    url = online.environment["DRAY_DATABASE_URL"]
    if url.startswith("sqlite"):
        file = Path(url.removeprefix("sqlite:///"))
        everything = b"".join(each.read_bytes() for each in file.parent.glob("dray.db*"))
        for token in [*tokens_seen, *(code for code in online.intuit.grants.codes)]:
            assert token.encode() not in everything
