"""A desk in memory that keeps what it was told, and a web server that lets real clients reach a connector."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from dray_qbd import connector
from dray_sdk import Answer, Books, Call, Denied, Desk, Failure, Go, NoWork, Request, Response, Stop, Ticket


@dataclass
class FrontDesk:
    """Knows one caller, hands out its requests in order, each until it is answered."""

    user: str = "qb_7f3k2m"
    password: str = "ABCD-EFGH-JKLM"
    requests: list[Request] = field(default_factory=list)
    again_in: int | None = None
    closed: str = ""
    stop: str | None = None
    sentence: str = "Nothing is wrong."
    told: list[tuple[object, ...]] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)

    program: str = ""
    ticket: str = "85b41bee-5cd9-427a-a61b-83964f1eb426"

    def called_by(self, program: str) -> None:
        self.program = program

    def open(self, user: str, password: str) -> Ticket | NoWork | Denied:
        self.told.append(("open", user))
        if (user, password) != (self.user, self.password):
            return Denied()
        return Ticket(self.ticket) if self.requests else NoWork(self.again_in, self.closed)

    def introduce(self, ticket: str, books: Books, machine: str | None = None) -> Go | Stop:
        self.told.append(("introduce", ticket, books, machine))
        return Go() if self.stop is None else Stop(self.stop)

    def next(self, ticket: str) -> Request | None:
        self.told.append(("next", ticket))
        return self.requests[0] if ticket == self.ticket and self.requests else None

    def receive(self, ticket: str, response: Response) -> int:
        self.told.append(("receive", ticket, response))
        if ticket != self.ticket:
            return -1
        self.responses.append(response)
        self.requests = self.requests[1:]
        return 50 if self.requests else 100

    def trouble(self, ticket: str, code: str, text: str) -> None:
        self.told.append(("trouble", ticket, code, text))

    def last_words(self, ticket: str) -> str:
        self.told.append(("last_words", ticket))
        return self.sentence

    def close(self, ticket: str) -> str:
        self.told.append(("close", ticket))
        return self.closed or "OK"

    @property
    def calls(self) -> list[object]:
        return [call[0] for call in self.told]


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def served(desk: Desk) -> Iterator[str]:
    """The address of a server that gives every call to the connector with this desk."""
    place = {"url": ""}

    def application(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        call = Call(environ["REQUEST_METHOD"], place["url"], "in_1", environ.get("QUERY_STRING", ""), {}, body)
        reply = connector.serve(call, desk)
        start(
            f"{reply.status} Answer",
            [
                ("Content-Type", reply.media_type),
                ("Content-Length", str(len(reply.body))),
                *reply.headers.items(),
            ],
        )
        return [reply.body]

    with make_server("localhost", 0, application, handler_class=_Quiet) as server:
        place["url"] = f"http://localhost:{server.server_port}/qbwc/in_1"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield place["url"]
        finally:
            server.shutdown()
            thread.join()


__all__ = ["Answer", "Failure", "FrontDesk", "served"]
