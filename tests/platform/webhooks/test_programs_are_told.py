"""Messages reach a real receiver that misbehaves: signed, tried again, never lost, and never sent inside a network."""

import contextlib
import datetime as dt
import json
import re
import secrets
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
import urllib3
from sqlalchemy import select, update
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from dray.mail.models import Mail
from dray.webhooks import calling, delivering, endpoints, events
from dray.webhooks.calling import Refused, Rules
from dray.webhooks.delivering import Round
from dray.webhooks.models import WebhookDelivery, WebhookEndpoint
from dray_tenants.models import Secret
from dray_tenants.roles import Role
from tests.ground.databases import MigratedTemplate
from tests.platform.web.stage import Browsing, Stage
from tests.platform.webhooks.receiver import Receiver, open_receiver

OWNER = "denise.okafor@harlan.example"
HERE = Rules(schemes=frozenset({"http", "https"}), private=True)


@pytest.fixture
def stage(tmp_path: Path, migrated_template: MigratedTemplate) -> Iterator[Stage]:
    shutil.copyfile(migrated_template.sqlite(), tmp_path / "dray.db")
    stage = Stage(tmp_path)
    stage.person(OWNER, Role.OWNER)
    stage.connect()
    yield stage
    stage.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with open_receiver() as receiver:
        yield receiver


def endpoint(stage: Stage, url: str, *types: str) -> tuple[str, str]:
    """An endpoint of the company; its public id and secret."""
    parts = stage._parts()
    with stage.session() as session:
        row, secret = endpoints.make(
            session, parts.vault, url, types or list(events.TYPES), rules=HERE,
            randomness=secrets.token_bytes, at=stage.now, actor=OWNER,
        )  # fmt: skip
        session.commit()
        return row.public_id, secret


def deliver(stage: Stage, seconds: int = 60) -> Round:
    """One round, so much later."""
    stage.now += dt.timedelta(seconds=seconds)
    return delivering.deliver(stage._parts(), HERE)


def rounds(stage: Stage) -> Round:
    """What happened is written, and sent at the next look."""
    first, second = deliver(stage), deliver(stage, 1)
    return Round(*(getattr(first, name) + getattr(second, name) for name in Round.__slots__))


def told(receiver: Receiver) -> list[tuple[str, str]]:
    return [(said["type"], said["data"]["number"]) for _, body in receiver.taken for said in [json.loads(body)]]


def checked(stage: Stage, receiver: Receiver, secret: str) -> None:
    """The specification's own library takes every message."""
    with time_machine.travel(stage.now, tick=False):
        for headers, body in receiver.taken:
            Webhook(secret).verify(body, headers)


def test_what_happens_is_told_in_order_and_signed(stage: Stage, receiver: Receiver) -> None:
    _, secret = endpoint(stage, receiver.address)
    good, bad = stage.invoices(2)
    stage.sent([good, bad])
    stage.claimed([good, bad])
    stage.refused([bad])
    stage.accepted([good])
    assert rounds(stage) == Round(written=4, taken=4)
    assert told(receiver) == [
        ("invoice.pending_sync", "INV-20471"),
        ("invoice.pending_sync", "INV-20472"),
        ("invoice.needs_attention", "INV-20472"),
        ("invoice.synced", "INV-20471"),
    ]
    checked(stage, receiver, secret)
    with pytest.raises(WebhookVerificationError):
        checked(stage, receiver, "whsec_" + "A" * 40)
    last = json.loads(receiver.taken[-1][1])["data"]
    assert (last["id"], last["state"], last["books_number"]) == (good, "synced", "4820")
    assert rounds(stage) == Round(), "nothing is told twice"


def test_only_what_was_chosen_is_told_and_nothing_from_before(stage: Stage, receiver: Receiver) -> None:
    early = stage.invoices(1, first=1)
    stage.sent(early)
    endpoint(stage, receiver.address, "invoice.synced")
    stage.claimed(early)
    stage.accepted(early)
    rounds(stage)
    assert told(receiver) == [("invoice.synced", "INV-1")]


def test_what_is_not_taken_is_tried_again_under_the_same_id(stage: Stage, receiver: Receiver) -> None:
    endpoint(stage, receiver.address, "invoice.pending_sync")
    receiver.answers = [500, 302, 429]
    stage.sent(stage.invoices(1))
    assert rounds(stage) == Round(written=1, put_off=1)
    with stage.session() as session:
        public_id = session.scalars(select(WebhookDelivery.public_id)).one()
    assert deliver(stage, 3) == Round(), "it waits a little"
    assert deliver(stage, 3) == Round(put_off=1), "a redirect is not followed, and is no success"
    assert deliver(stage, 61) == Round(put_off=1)
    assert deliver(stage, 301) == Round(taken=1)
    assert receiver.taken[0][0]["webhook-id"] == public_id
    assert receiver.calls == 4


def test_a_receiver_that_is_away_loses_nothing(stage: Stage) -> None:
    with open_receiver() as receiver:
        address = receiver.address
    endpoint(stage, address, "invoice.pending_sync")
    stage.sent(stage.invoices(3))
    assert rounds(stage).put_off >= 1
    assert receiver.taken == []
    with stage.session() as session:
        waiting = session.scalars(select(WebhookDelivery)).all()
        assert len(waiting) == 3
        assert any("Nobody answered" in (each.said or "") for each in waiting)


def test_one_that_fails_for_days_is_stopped_its_people_are_told_and_it_goes_on(
    stage: Stage, receiver: Receiver
) -> None:
    public_id, _ = endpoint(stage, receiver.address, "invoice.pending_sync")
    receiver.answers = [503] * 100
    stage.sent(stage.invoices(1))
    rounds(stage)
    for _ in range(20):
        deliver(stage, 6 * 3600)
    with stage.session() as session:
        row = session.scalars(select(WebhookEndpoint)).one()
        assert row.disabled_at is not None
        assert row.disabled_for == "it took nothing for 3 days"
    with stage.unscoped() as session:
        assert "Harlan Roll-Off & Recycling: a webhook is stopped" in session.scalars(select(Mail.subject)).all()
    calls = receiver.calls
    stage.sent(stage.invoices(1, first=900))
    deliver(stage, 86_400)
    assert receiver.calls == calls, "it is called no more"
    browser = stage.browse(OWNER)
    assert "took nothing for 3 days" in browser.get(f"/webhooks/{public_id}").text
    receiver.answers = []
    browser.press(f"/webhooks/{public_id}/go-on")
    rounds(stage)
    assert ("invoice.pending_sync", "INV-900") in told(receiver), "what happened meanwhile is told"


def test_one_that_says_it_is_gone_is_stopped_at_once(stage: Stage, receiver: Receiver) -> None:
    endpoint(stage, receiver.address)
    receiver.answers = [410]
    stage.sent(stage.invoices(1))
    rounds(stage)
    with stage.session() as session:
        assert session.scalars(select(WebhookEndpoint.disabled_for)).one() == "its receiver said that it is gone"


def test_both_secrets_sign_for_a_day_and_then_the_new_one_alone(stage: Stage, receiver: Receiver) -> None:
    public_id, old = endpoint(stage, receiver.address, "invoice.pending_sync")
    browser = stage.browse(OWNER)
    browser.get(f"/webhooks/{public_id}")
    shown = browser.press(f"/webhooks/{public_id}/secret")
    found = re.search(r"whsec_[A-Za-z0-9+/=]+", shown.text)
    assert found
    assert shown.headers["Cache-Control"] == "no-store"
    assert "whsec_" not in browser.get(f"/webhooks/{public_id}").text, "it is shown once"
    stage.sent(stage.invoices(1))
    rounds(stage)
    checked(stage, receiver, old)
    checked(stage, receiver, found[0])
    stage.now += dt.timedelta(hours=25)
    receiver.taken.clear()
    stage.sent(stage.invoices(1, first=900))
    rounds(stage)
    rounds(stage)
    checked(stage, receiver, found[0])
    with pytest.raises(WebhookVerificationError):
        checked(stage, receiver, old)


def test_a_message_can_be_tried_out_and_sent_again_by_page(stage: Stage, receiver: Receiver) -> None:
    public_id, _ = endpoint(stage, receiver.address)
    browser = stage.browse(OWNER)
    browser.get(f"/webhooks/{public_id}")
    browser.press(f"/webhooks/{public_id}/test")
    deliver(stage)
    html = browser.get(f"/webhooks/{public_id}").text
    assert "Taken" in html
    again = re.search(r'action="(/webhooks/[^"]+/again)"', html)
    assert again
    browser.press(again[1])
    deliver(stage)
    ids = [headers["webhook-id"] for headers, _ in receiver.taken]
    assert len(ids) == 2
    assert len(set(ids)) == 1


@pytest.mark.parametrize(
    "found",
    ["127.0.0.1", "10.1.2.3", "192.168.0.9", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "2002:7f00:1::", "::127.0.0.1", "fec0::1", "64:ff9b::a9fe:a9fe",
     "64:ff9b:1::a9fe:a9fe", "::ffff:0:7f00:1"],
)  # fmt: skip
def test_no_address_inside_a_network_is_called(found: str) -> None:
    rules = Rules(look_up=lambda host, port: [found])
    with pytest.raises(Refused, match="inside a network"):
        calling.address_of("https://receiver.example/", rules)
    assert calling.call("https://receiver.example/", "{}", {}, rules).status is None


def test_the_rest_of_an_answer_that_comes_in_drops_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "LONGEST", urllib3.Timeout(connect=5, read=1))
    told = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as door:

        def answer() -> None:
            with door.accept()[0] as caller:
                caller.recv(65_536)
                caller.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 300\r\n\r\nthanks")
                told.wait(10)

        slow = threading.Thread(target=answer)
        slow.start()
        answered = calling.call(f"http://127.0.0.1:{door.getsockname()[1]}/", "{}", {}, HERE)
        told.set()
        slow.join()
    assert answered.status == 200
    assert "thanks".startswith(answered.said)


@pytest.mark.parametrize("first", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 "])
def test_headers_that_come_in_drops_hold_nobody_up(first: bytes) -> None:
    rules = Rules(schemes=HERE.schemes, private=True, seconds=0.3)
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as door:

        def drip() -> None:
            with door.accept()[0] as caller:
                caller.recv(65_536)
                with contextlib.suppress(OSError):
                    caller.sendall(first)
                    while not over.wait(0.02):  # each byte begins the socket's own timeout anew
                        caller.sendall(b"x")

        slow = threading.Thread(target=drip)
        slow.start()
        answered = calling.call(f"http://127.0.0.1:{door.getsockname()[1]}/", "{}", {}, rules)
        over.set()
        slow.join()
    assert (answered.status, answered.taken) == (None, False)
    assert "waited for no longer" in answered.said


def test_one_company_whose_secret_cannot_be_opened_holds_up_no_other(stage: Stage, receiver: Receiver) -> None:
    theirs = stage.company("Prairie Box Co.", "prairie")
    with stage.session(theirs) as session:
        broken, _ = endpoints.make(
            session, stage._parts().vault, receiver.address, ["invoice.synced"], rules=HERE,
            randomness=secrets.token_bytes, at=stage.now, actor=OWNER,
        )  # fmt: skip
        endpoints.try_out(session, broken, at=stage.now)
        session.execute(update(Secret).values(sealed=b"\x01" + bytes(60)))
        session.commit()
    endpoint(stage, receiver.address, "invoice.pending_sync")
    stage.sent(stage.invoices(1))
    assert rounds(stage) == Round(written=1, taken=1, put_off=1)
    assert told(receiver) == [("invoice.pending_sync", "INV-20471")]
    with stage.session(theirs) as session:
        (message,) = session.scalars(select(WebhookDelivery)).all()
        assert (message.said, message.attempts) == (delivering.UNSIGNED, 1)
        assert message.due_at > stage.now
    assert deliver(stage) == Round(put_off=1), "it is asked about again, as any other"


def test_an_internet_address_behind_a_translator_is_called() -> None:
    rules = Rules(look_up=lambda host, port: ["64:ff9b::5db8:d822"])
    assert calling.address_of("https://receiver.example/", rules) == "64:ff9b::5db8:d822"


def test_a_name_with_one_inner_address_among_others_is_refused() -> None:
    rules = Rules(look_up=lambda host, port: ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(Refused):
        calling.address_of("https://receiver.example/", rules)


@pytest.mark.parametrize(
    "url", ["http://a.example/", "ftp://a.example/", "https://", "https://u:p@a.example/", "a.example", "https://a b/",
            "https://a.example:99999/", "javascript:alert(1)"],
)  # fmt: skip
def test_an_address_that_cannot_be_called_is_refused_when_it_is_typed(stage: Stage, url: str) -> None:
    browser = stage.browse(OWNER)
    browser.get("/webhooks")
    answer = browser.press("/webhooks", url=url, event="invoice.synced")
    assert answer.status_code == 422
    with stage.session() as session:
        assert session.scalars(select(WebhookEndpoint)).all() == []


def test_a_webhook_is_made_by_page_with_its_secret_shown_once(stage: Stage) -> None:
    browser: Browsing = stage.browse(OWNER)
    browser.get("/webhooks")
    made = browser.press("/webhooks", url="https://billing.example/hooks", event=["invoice.synced"])
    assert "whsec_" in made.text
    assert "whsec_" not in browser.get("/webhooks").text
    assert "https://billing.example/hooks" in browser.get("/webhooks").text


def test_another_company_sees_and_hears_nothing(stage: Stage, receiver: Receiver) -> None:
    public_id, _ = endpoint(stage, receiver.address)
    theirs = stage.company("Prairie Box Co.", "prairie")
    other = stage.browse(stage.person("ann@prairie.example", Role.OWNER, theirs))
    assert other.get(f"/webhooks/{public_id}").status_code == 404
    other.get("/webhooks")
    assert other.press(f"/webhooks/{public_id}/delete").status_code == 404
    stage.invoices(1, tenant=theirs, first=500)
    rounds(stage)
    assert receiver.taken == []
