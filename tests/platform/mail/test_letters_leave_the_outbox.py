"""Mail over a real SMTP server: sent once, put off when it cannot be, given up when it never will be."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import update

from dray.mail.letters import Letter
from dray.mail.models import Mail
from dray.mail.outbox import Sent, forget_old, letter_of, post, reseal, send_due, sender_of, try_again, wait_before
from dray.mail.transport import MailServer, Transport
from dray_tenants.scope import ScopedSession
from dray_tenants.vault import MasterKeys, SealBroken
from tests.platform.mail.mail_desk import LETTER, Desk
from tests.platform.mail.mail_server import open_post_office


def text_of(letter: EmailMessage, kind: str) -> str:
    body = letter.get_body((kind,))
    assert body is not None
    content: str = body.get_content()
    return content.replace("\r\n", "\n")


def test_a_letter_arrives_as_text_and_as_html_and_is_then_forgotten(desk: Desk) -> None:
    public_id = desk.write("ann@paper.example")
    with open_post_office(desk.port) as office:
        assert desk.send() == Sent(sent=1)
        assert desk.send() == Sent()
    (letter,) = office.taken
    assert office.recipients == ["ann@paper.example"]
    assert letter["Subject"] == "Hëllo"
    assert letter["From"] == "Dray <dray@localhost>"
    assert letter["Message-ID"] == f"<{public_id}@localhost>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "Press here:\nhttps://dray.example/reset/s3cret?a=1&b=2\n" in text_of(letter, "plain")
    assert 'href="https://dray.example/reset/s3cret?a=1&amp;b=2"' in text_of(letter, "html")
    assert "Second &lt;b&gt;." in text_of(letter, "html")
    (row,) = desk.rows()
    assert row.sent_at == desk.now
    assert row.sealed is None


def test_a_letter_is_sent_exactly_when_its_cause_is_kept(desk: Desk) -> None:
    with ScopedSession(desk.parts.engines) as session:
        post(session, desk.parts.vault.keys, "ann@paper.example", LETTER, now=desk.now)
        session.rollback()
    with open_post_office(desk.port) as office:
        assert desk.send() == Sent()
        assert office.taken == []


def test_the_text_of_a_waiting_letter_is_sealed_for_that_letter(desk: Desk) -> None:
    desk.write("ann@paper.example")
    desk.write("bob@paper.example")
    first, second = desk.rows()
    assert first.sealed is not None
    assert b"s3cret" not in first.sealed
    assert letter_of(desk.parts.vault.keys, first) == LETTER
    second.sealed = first.sealed
    with pytest.raises(SealBroken):
        letter_of(desk.parts.vault.keys, second)


def test_a_server_that_is_away_puts_everything_off_and_nothing_is_lost(desk: Desk) -> None:
    for name in "abc":
        desk.write(f"{name}@paper.example")
    assert desk.send() == Sent(put_off=1), "the round ends: the letters behind would wait for the server too"
    assert "does not answer" in (desk.rows()[0].trouble or "")
    with open_post_office(desk.port) as office:
        assert desk.send() == Sent(sent=2)
        desk.wait(minutes=1)
        assert desk.send() == Sent(sent=1)
    assert sorted(office.recipients) == ["a@paper.example", "b@paper.example", "c@paper.example"]


def test_a_server_that_hangs_is_left_after_a_while(desk: Desk) -> None:
    desk.write()
    with socket.create_server(("127.0.0.1", desk.port)):
        sent = send_due(desk.parts, lambda server: Transport(server, timeout=0.2))
    assert sent == Sent(put_off=1)
    assert "timed out" in (desk.rows()[0].trouble or "")


@pytest.mark.parametrize("where", ["on_recipient", "on_letter"])
def test_a_server_that_says_not_now_is_asked_again_later(desk: Desk, where: str) -> None:
    desk.write()
    with open_post_office(desk.port) as office:
        setattr(office, where, ["451 try again later", "452 still full"])
        assert desk.send() == Sent(put_off=1)
        assert desk.rows()[0].trouble == "the mail server said 451 try again later"
        assert desk.send() == Sent(), "not before its time"
        desk.wait(seconds=60)
        assert desk.send() == Sent(put_off=1)
        desk.wait(seconds=60)
        assert desk.send() == Sent(), "the second wait is twice as long"
        desk.wait(seconds=60)
        assert desk.send() == Sent(sent=1)
        assert len(office.taken) == 1
    (row,) = desk.rows()
    assert (row.attempts, row.trouble) == (3, None)


@pytest.mark.parametrize("where", ["on_recipient", "on_letter"])
def test_a_server_that_says_never_is_believed_and_the_letters_behind_go_on(desk: Desk, where: str) -> None:
    desk.write("gone@paper.example")
    desk.write("ann@paper.example")
    with open_post_office(desk.port) as office:
        setattr(office, where, ["550 no such person here"])
        assert desk.send() == Sent(sent=1, given_up=1)
        desk.wait(days=1)
        assert desk.send() == Sent()
        assert office.recipients == ["ann@paper.example"]
        assert office.connections == 1
    first, _ = desk.rows()
    assert first.given_up_at is not None
    assert first.trouble == "the mail server said 550 no such person here"
    assert first.sealed is not None, "whoever looks after mail can still read it and try again"


def test_after_days_in_vain_a_letter_is_given_up_and_can_be_tried_by_hand(desk: Desk) -> None:
    desk.write()
    rounds = 0
    while desk.rows()[0].given_up_at is None:
        desk.send()
        desk.wait(hours=4)
        rounds += 1
        assert rounds < 100
    assert 15 <= rounds <= 20
    assert desk.send() == Sent()
    with ScopedSession(desk.parts.engines) as session:
        row = session.get_one(Mail, desk.rows()[0].id)
        assert try_again(session, row, now=desk.now)
        session.commit()
    with open_post_office(desk.port):
        assert desk.send() == Sent(sent=1)
    with ScopedSession(desk.parts.engines) as session:
        assert not try_again(session, session.get_one(Mail, desk.rows()[0].id), now=desk.now)


def test_a_letter_whose_link_has_run_out_is_not_sent(desk: Desk) -> None:
    desk.write()
    with ScopedSession(desk.parts.engines) as session:
        session.execute(update(Mail).values(useful_until=desk.now))
        session.commit()
    with open_post_office(desk.port) as office:
        assert desk.send() == Sent(given_up=1)
        assert office.taken == []
    assert desk.rows()[0].trouble == "its link had run out"


def test_several_workers_send_a_letter_once(desk: Desk) -> None:
    for place in range(6):
        desk.write(f"p{place}@paper.example")
    together = Barrier(3)

    def work(_: int) -> int:
        together.wait()
        return desk.send().sent

    with open_post_office(desk.port) as office, ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(work, range(3))) == 6
    assert sorted(office.recipients) == [f"p{place}@paper.example" for place in range(6)]


def test_a_worker_that_dies_while_sending_leaves_the_letter_due_again(desk: Desk) -> None:
    desk.write()

    class Dying(Transport):
        def send(self, message: EmailMessage) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send_due(desk.parts, Dying)
    with open_post_office(desk.port) as office:
        assert desk.send() == Sent(), "somebody may still be sending it"
        desk.wait(minutes=5)
        assert desk.send() == Sent(sent=1)
        assert len(office.taken) == 1


def test_no_lock_is_held_while_the_mail_server_thinks(desk: Desk) -> None:
    desk.write("slow@paper.example")
    began, go_on = threading.Event(), threading.Event()

    class Slow(Transport):
        def send(self, message: EmailMessage) -> None:
            began.set()
            assert go_on.wait(30)

    worker = threading.Thread(target=lambda: send_due(desk.parts, Slow))
    worker.start()
    assert began.wait(30)
    desk.write("meanwhile@paper.example")
    with ScopedSession(desk.parts.engines) as session:
        session.execute(update(Mail).values(subject="free"))
        session.commit()
    go_on.set()
    worker.join(30)
    assert [row.subject for row in desk.rows()] == ["free", "free"]
    assert desk.rows()[0].sent_at is not None


def test_user_and_password_of_the_address_are_used(desk: Desk) -> None:
    desk.use(f"smtp://dray%40post.example:p%40ss%20word@127.0.0.1:{desk.port}")
    desk.write()
    with open_post_office(desk.port) as office:
        assert desk.send() == Sent(sent=1)
    assert office.logins == [(b"dray@post.example", b"p@ss word")]
    assert office.taken[0]["From"] == "Dray <dray@post.example>"


def test_a_wrong_password_gives_up_no_letter(desk: Desk) -> None:
    desk.use(f"smtp://dray:wrong@127.0.0.1:{desk.port}")
    desk.write()
    with open_post_office(desk.port):
        assert desk.send() == Sent(put_off=1)
    (row,) = desk.rows()
    assert row.given_up_at is None
    assert "user name and password of DRAY_SMTP_URL were not taken" in (row.trouble or "")
    assert "wrong" not in (row.trouble or "")


def test_a_password_never_travels_without_encryption(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dray.mail.transport._LOCAL", frozenset())
    desk.use(f"smtp://dray%40post.example:p%40ss%20word@127.0.0.1:{desk.port}")
    desk.write()
    with open_post_office(desk.port) as office:
        assert desk.send() == Sent(put_off=1)
    assert office.logins == []
    assert "offers no encryption" in (desk.rows()[0].trouble or "")


def test_without_a_mail_server_letters_are_kept(desk: Desk) -> None:
    desk.use("")
    desk.write()
    assert desk.send() == Sent()
    (row,) = desk.rows()
    assert (row.attempts, row.sent_at, row.given_up_at) == (0, None, None)
    assert letter_of(desk.parts.vault.keys, row) == LETTER


def test_letters_are_sealed_anew_under_a_new_master_key(desk: Desk) -> None:
    desk.write()
    both = MasterKeys.parse("k2:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=," + desk.parts.settings.vault_keys)
    with ScopedSession(desk.parts.engines) as session:
        assert reseal(session, both) == 1
        assert reseal(session, both) == 0
        session.commit()
    new = MasterKeys.parse("k2:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=")
    assert letter_of(new, desk.rows()[0]) == LETTER


def test_old_letters_are_dropped(desk: Desk) -> None:
    desk.write()
    with ScopedSession(desk.parts.engines) as session:
        desk.wait(days=30)
        assert forget_old(session, now=desk.now) == 0
        desk.wait(seconds=1)
        assert forget_old(session, now=desk.now) == 1


def test_the_wait_doubles_up_to_four_hours() -> None:
    assert [wait_before(attempt).total_seconds() / 60 for attempt in (1, 2, 3, 8, 9, 50)] == [1, 2, 4, 128, 240, 240]


@pytest.mark.parametrize(
    ("settings", "sender"),
    [
        ({"DRAY_MAIL_FROM": "post@paper.example", "DRAY_SUPPORT_EMAIL": "help@paper.example"}, "post@paper.example"),
        ({"DRAY_SUPPORT_EMAIL": "help@paper.example"}, "help@paper.example"),
        ({"DRAY_PUBLIC_URL": "https://dray.paper.example"}, "dray@dray.paper.example"),
    ],
)
def test_letters_come_from_the_address_that_is_set(desk: Desk, settings: dict[str, Any], sender: str) -> None:
    desk.use(f"smtp://127.0.0.1:{desk.port}", **settings)
    assert sender_of(desk.parts.settings) == sender


def test_the_address_of_a_mail_server_is_read_whole_and_shows_no_password() -> None:
    server = MailServer.parse("smtps://dray:p%3Aw@mail.example")
    assert (server.host, server.port, server.user, server.password) == ("mail.example", 465, "dray", "p:w")
    assert "p:w" not in repr(server)
    assert MailServer.parse("smtp://mail.example").port == 587


def test_a_letter_survives_being_sealed() -> None:
    assert Letter.from_json(LETTER.as_json()) == LETTER


@pytest.mark.parametrize("address", ["a..b@paper.example", "a@b..c", ".@."])
def test_an_address_that_no_letter_can_carry_stops_no_other_letter(desk: Desk, address: str) -> None:
    desk.write(address)
    desk.write("ann@paper.example")
    with open_post_office(desk.port) as office:
        assert desk.send().sent >= 1
    assert "ann@paper.example" in office.recipients
    assert all(row.sent_at or row.given_up_at for row in desk.rows())


def test_a_password_that_smtp_cannot_carry_is_named(desk: Desk) -> None:
    desk.use(f"smtp://dray:p%C3%A4ss@127.0.0.1:{desk.port}")
    desk.write()
    with open_post_office(desk.port):
        assert desk.send() == Sent(put_off=1)
    assert "ASCII" in (desk.rows()[0].trouble or "")
