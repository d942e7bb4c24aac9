"""A real SMTP server on this machine, which can be told to misbehave."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


@dataclass
class PostOffice:
    """What arrives, and what is answered: `on_recipient` and `on_letter` take turns, then all is well."""

    on_recipient: list[str] = field(default_factory=list)
    on_letter: list[str] = field(default_factory=list)
    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    connections: int = 0

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, host: str, answers: list[str]) -> list[str]:  # noqa: N802
        self.connections += 1
        session.host_name = host
        return answers

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.on_recipient and (answer := self.on_recipient.pop(0)):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.on_letter.pop(0) if self.on_letter else ""
        if answer and not answer.startswith("250"):
            return answer
        self.recipients += envelope.rcpt_tos
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        return answer or "250 taken"

    def sign_in(self, server: Any, session: Any, envelope: Any, mechanism: str, data: LoginPassword) -> AuthResult:
        """Takes one user and password."""
        self.logins.append((data.login, data.password))
        return AuthResult(handled=False, success=(data.login, data.password) == (b"dray@post.example", b"p@ss word"))


@contextmanager
def open_post_office(port: int, **options: Any) -> Iterator[PostOffice]:
    """Listen on that port of 127.0.0.1."""
    office = PostOffice()
    controller = Controller(
        office,
        hostname="127.0.0.1",
        port=port,
        **{"authenticator": office.sign_in, "auth_require_tls": False, **options},
    )
    controller.start()
    try:
        yield office
    finally:
        controller.stop()
