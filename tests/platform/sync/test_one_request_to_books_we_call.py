"""What `transport.send` says of every way in which a call can end."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from dray.sync import transport
from dray.sync.transport import send
from dray_sdk import Answer, Failure, LocalProtocolError, NoAnswer, Purpose, Request

WRITE = Request(Purpose.WRITE, b'{"a":1}', "POST", "/v3/invoice?requestid=1", {"Content-Type": "application/json"})


@contextmanager
def other_side(*answers: bytes | None) -> Iterator[tuple[str, list[bytes]]]:
    """Takes a call for each answer; None never says anything. The address, and what was heard."""
    heard: list[bytes] = []
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]

        def answer_all() -> None:
            for answer in answers:
                caller, _ = door.accept()
                with caller:
                    heard.append(_call(caller))
                    if answer is None:
                        over.wait(30)
                    else:
                        caller.sendall(answer)

        thread = threading.Thread(target=answer_all)
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}", heard
        finally:
            over.set()
            thread.join()


def _call(caller: socket.socket) -> bytes:
    heard = b""
    while piece := caller.recv(65536):
        heard += piece
        if WRITE.body in heard:
            break
    return heard


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def reply(status: str, body: bytes, *headers: str, length: int | None = None) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", "Connection: close"]
    return "\r\n".join([*head, *headers, "", ""]).encode() + body


def test_an_answer_comes_back_as_it_is_and_the_token_travels_with_the_bytes() -> None:
    with other_side(reply("429 Too Many Requests", b"slow down", "Retry-After: 7")) as (address, heard):
        answer = send(WRITE, address, "the-token", 5)
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body, answer.headers["Retry-After"]) == (429, b"slow down", "7")
    assert heard[0].startswith(b"POST /v3/invoice?requestid=1 HTTP/1.1\r\n")
    assert b"Authorization: Bearer the-token\r\n" in heard[0]
    assert heard[0].endswith(b'{"a":1}')


def test_a_redirect_is_not_followed() -> None:
    with other_side(reply("302 Found", b"", "Location: http://elsewhere.invalid/")) as (address, _):
        answer = send(WRITE, address, "t", 5)
    assert isinstance(answer, Answer)
    assert answer.status == 302


@pytest.mark.parametrize("address", ["http://no-such-host.invalid", "nonsense"])
def test_what_never_left_is_told_from_what_got_no_answer(address: str) -> None:
    refused = send(WRITE, f"http://127.0.0.1:{free_port()}", "t", 5)
    assert isinstance(refused, Failure)
    assert refused.code == NoAnswer.UNREACHED
    unknown = send(WRITE, address, "t", 5)
    assert isinstance(unknown, Failure)
    assert unknown.code == NoAnswer.UNREACHED


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (None, NoAnswer.UNANSWERED),
        (b"", NoAnswer.UNANSWERED),
        (b"nothing that HTTP knows\r\n\r\n", NoAnswer.UNANSWERED),
        (reply("200 OK", b"half", length=400), NoAnswer.BROKEN_OFF),
    ],
)
def test_a_call_that_left_without_a_whole_answer_is_never_taken_for_one_that_did_not_leave(
    said: bytes | None, code: NoAnswer
) -> None:
    with other_side(said) as (address, heard):
        answer = send(WRITE, address, "t", 0.5 if said is None else 5)
    assert heard
    assert isinstance(answer, Failure)
    assert answer.code == code


def test_an_earlier_trouble_says_nothing_about_this_call() -> None:
    with other_side(b"") as (address, _):
        try:
            raise requests.ConnectTimeout("the call before this one")
        except requests.ConnectTimeout:
            answer = send(WRITE, address, "t", 5)
    assert isinstance(answer, Failure)
    assert answer.code == NoAnswer.UNANSWERED


def test_an_answer_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "LARGEST_ANSWER", 1000)
    with other_side(reply("200 OK", b"x" * 5000)) as (address, _):
        answer = send(WRITE, address, "t", 5)
    assert isinstance(answer, Failure)
    assert answer.code == NoAnswer.BROKEN_OFF


def test_no_failure_repeats_the_token_or_the_address() -> None:
    answer = send(WRITE, f"http://127.0.0.1:{free_port()}", "very-secret", 5)
    assert "secret" not in repr(answer)
    assert "invoice" not in repr(answer)


def test_a_path_that_could_name_another_host_is_refused() -> None:
    with pytest.raises(LocalProtocolError):
        send(Request(Purpose.FIND, b"", "GET", "@elsewhere.example/"), "https://books.example", "t", 5)
