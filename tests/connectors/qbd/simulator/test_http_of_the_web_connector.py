"""The HTTP of the pretend Web Connector, on real sockets."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from dray_qbd.simulator.http_transport import HttpTransport
from dray_qbd.simulator.transports import TransportError

Script = Callable[[socket.socket], None]


class Listener:
    """A server of raw sockets: each connection is played by the next script."""

    def __init__(self, *scripts: Script) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/qbwc?x=1"
        self.closed = threading.Semaphore(0)
        self._scripts = scripts
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        for script in self._scripts:
            connection, _ = self.socket.accept()
            with connection:
                script(connection)
            self.closed.release()

    def close(self) -> None:
        self._thread.join(10)
        self.socket.close()


@pytest.fixture
def listening() -> Iterator[Callable[..., Listener]]:
    open_: list[Listener] = []

    def listen(*scripts: Script) -> Listener:
        open_.append(Listener(*scripts))
        return open_[-1]

    yield listen
    for one in open_:
        one.close()


def head_of(connection: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        got += connection.recv(65536)
    return got


def answered(connection: socket.socket, heads: list[bytes], *, times: int = 1, agree: bool = True) -> None:
    for _ in range(times):
        head, end, early = head_of(connection).partition(b"\r\n\r\n")
        heads.append(head + end)
        if agree:
            assert early == b"", "the body was sent before the server agreed"
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert (early or connection.recv(65536)) == b"<call/>"
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 5\r\n\r\n<ok/>")


def test_the_body_waits_for_continue_and_the_connection_is_kept(listening: Callable[..., Listener]) -> None:
    heads: list[bytes] = []
    listener = listening(lambda connection: answered(connection, heads, times=2))
    transport = HttpTransport(patience=10)
    for _ in range(2):
        answer = transport.send("POST", listener.url, [("User-Agent", "x")], b"<call/>")
        assert (answer.status, answer.body, answer.header("content-type")) == (200, b"<ok/>", "text/xml")
    transport.close()
    first, second = (head.decode().split("\r\n") for head in heads)
    host = listener.url.split("/")[2]
    assert first[:-2] == [
        "POST /qbwc?x=1 HTTP/1.1",
        "User-Agent: x",
        f"Host: {host}",
        "Content-Length: 7",
        "Expect: 100-continue",
        "Connection: Keep-Alive",
    ]
    assert second[:-2] == first[:-3]


def test_a_server_that_never_says_continue_gets_the_body_all_the_same(listening: Callable[..., Listener]) -> None:
    heads: list[bytes] = []
    listener = listening(lambda connection: answered(connection, heads, agree=False))
    transport = HttpTransport(patience=0.01)
    assert transport.send("POST", listener.url, [], b"<call/>").status == 200
    transport.close()


def test_a_server_that_refuses_gets_no_body(listening: Callable[..., Listener]) -> None:
    left: list[bytes] = []

    def refuse(connection: socket.socket) -> None:
        head_of(connection)
        connection.sendall(b"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n")
        left.append(connection.recv(65536))

    listener = listening(refuse)
    transport = HttpTransport(patience=10)
    assert transport.send("POST", listener.url, [], b"<call/>").status == 417
    listener.close()
    assert left == [b""]


def test_chunks_and_bodies_without_length_are_read(listening: Callable[..., Listener]) -> None:
    def chunked(connection: socket.socket) -> None:
        head_of(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")
        assert head_of(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nuntil the end")

    listener = listening(chunked)
    transport = HttpTransport()
    assert transport.send("GET", listener.url, []).body == b"abcde"
    assert transport.send("GET", listener.url, []).body == b"until the end"


def test_a_closed_connection_is_opened_again(listening: Callable[..., Listener]) -> None:
    heads: list[bytes] = []
    listener = listening(*[lambda connection: answered(connection, heads)] * 2)
    transport = HttpTransport(patience=10)
    for _ in range(2):
        assert transport.send("POST", listener.url, [], b"<call/>").status == 200
        assert listener.closed.acquire(timeout=10)
    transport.close()
    assert all(b"Keep-Alive" in head for head in heads)


def test_a_redirect_is_not_followed(listening: Callable[..., Listener]) -> None:
    def redirect(connection: socket.socket) -> None:
        head_of(connection)
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")

    listener = listening(redirect)
    transport = HttpTransport()
    assert transport.send("GET", listener.url, []).status == 302
    transport.close()


@pytest.mark.parametrize("said", [b"", b"hello\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
def test_an_answer_cut_short_is_an_error(listening: Callable[..., Listener], said: bytes) -> None:
    def cut(connection: socket.socket) -> None:
        head_of(connection)
        connection.sendall(said)

    listener = listening(cut)
    with pytest.raises(TransportError):
        HttpTransport().send("GET", listener.url, [])


def test_a_silent_server_times_out(listening: Callable[..., Listener]) -> None:
    heard = threading.Event()
    listener = listening(lambda connection: heard.wait(10) and None)
    with pytest.raises(TransportError, match="timed out"):
        HttpTransport(timeout=0.05).send("GET", listener.url, [])
    heard.set()


def test_nobody_listening_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(TransportError, match="Unable to connect"):
        HttpTransport().send("GET", f"http://127.0.0.1:{port}/", [])
