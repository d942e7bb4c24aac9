"""A connector of somebody else: it echoes what it is asked, and breaks when told to."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dray_sdk import (
    INTERFACE,
    Authorization,
    Batch,
    Books,
    Call,
    Capabilities,
    Desk,
    Invitation,
    InvitationFile,
    Limit,
    Outcome,
    Password,
    Redaction,
    Reply,
    Request,
    Response,
    Setting,
    Timing,
)

ECHOED: Mapping[str, str] = MappingProxyType({"X-Toy": "1"})


class Toy:
    """Satisfies `Connector` and `DialsIn`."""

    interface: int = INTERFACE
    name: str = "toy"
    title: str = "Toy Books"
    version: str = "1.2"
    mount: str = "toybooks"
    capabilities: Capabilities = Capabilities(dialled_into=True)
    authorization: Authorization = Password()
    settings: tuple[Setting, ...] = (Setting("TOY_KEY", "opens the toy box", secret=True),)
    limits: tuple[Limit, ...] = ()
    timing: Timing = Timing()
    redaction: Redaction = Redaction()

    def encode(self, batch: Batch, books: Books) -> Request:
        raise NotImplementedError

    def decode(self, batch: Batch, request: Request, response: Response) -> tuple[Outcome, ...]:
        raise NotImplementedError

    def recover(self, batch: Batch, books: Books) -> Request | None:
        return None

    def serve(self, call: Call, desk: Desk) -> Reply:
        """`break` raises, the rest is echoed."""
        if call.body == b"break" or call.query == "break":
            raise RuntimeError("the toy broke")
        if call.method == "GET":
            return Reply(200, b"<h1>Toy Books</h1>", "text/html; charset=utf-8")
        opened = type(desk.open("ann", "hush")).__name__
        said = f"{call.method} {call.url} {call.install} {call.query} {call.body.decode()} {opened}"
        return Reply(200, said.encode(), "application/toy", ECHOED)

    def refuse(self, sentence: str) -> Reply:
        return Reply(422, b"TOY REFUSAL", "application/toy")

    def invite(self, invitation: Invitation) -> InvitationFile:
        return InvitationFile("toy.txt", "text/plain", invitation.endpoint.encode())


class Hopeless(Toy):
    """Breaks even when it should refuse."""

    name: str = "hopeless"
    mount: str = "hopeless"

    def serve(self, call: Call, desk: Desk) -> Reply:
        raise RuntimeError("hopeless")

    def refuse(self, sentence: str) -> Reply:
        raise RuntimeError("hopeless")


connector = Toy()
hopeless = Hopeless()
