"""The one place that speaks SMTP.

smtp://user:password@host:587      STARTTLS where the server offers it; never a password without it
smtps://user:password@host:465     TLS from the first byte
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from types import TracebackType
from typing import Final, Self
from urllib.parse import unquote, urlsplit

__all__ = ["MailServer", "Refused", "ServerAway", "Transport"]

TIMEOUT: Final = 20.0
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Refused(Exception):
    """The server took the connection and not this letter. `for_good`: it says that it never will (5xx)."""

    def __init__(self, sentence: str, *, for_good: bool) -> None:
        super().__init__(sentence)
        self.for_good = for_good


class ServerAway(Exception):
    """No letter can be sent now: nobody answers, the password does not match, the connection broke."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over. Its repr shows no password."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls_from_start: bool = False

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `smtp://` or `smtps://`, which the settings have checked."""
        parts = urlsplit(url)
        tls = parts.scheme == "smtps"
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or (465 if tls else 587),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            tls_from_start=tls,
        )


class Transport:
    """One connection to the server, for several letters. `send` raises Refused or ServerAway; after the latter the
    connection is of no more use. `trust` makes the TLS context: the certificate is checked, with its name."""

    def __init__(
        self,
        server: MailServer,
        *,
        timeout: float = TIMEOUT,
        trust: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    ) -> None:
        self._server = server
        self._timeout = timeout
        self._trust = trust
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def try_out(self) -> str:
        """Connect and sign in, as for a letter, and send none: how that went, as a sentence. Raises ServerAway."""
        with self._troubles_in_words():
            smtp = self._connected()
            smtp.noop()
        server, socket = self._server, smtp.sock
        version = socket.version() if isinstance(socket, ssl.SSLSocket) else None
        said = f"{server.host}:{server.port} answers, {f'encrypted ({version})' if version else 'without encryption'}"
        return f"{said}, signed in as {server.user}" if server.user else f"{said}, without signing in"

    def send(self, message: EmailMessage) -> None:
        """Hand one letter over; when this returns the server has taken it."""
        with self._troubles_in_words():
            self._connected().send_message(message)

    @contextmanager
    def _troubles_in_words(self) -> Iterator[None]:
        where = f"{self._server.host}:{self._server.port}"
        try:
            yield
        except smtplib.SMTPRecipientsRefused as refused:
            code, text = next(iter(refused.recipients.values()))
            self._again_from_start()
            raise _refused(code, text) from None
        except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as refused:
            self._again_from_start()
            # 421: the server closes the connection, whatever the letter is (RFC 5321, section 3.8).
            if refused.smtp_code == 421:
                raise self._away(_said(refused.smtp_code, refused.smtp_error)) from None
            raise _refused(refused.smtp_code, refused.smtp_error) from None
        except smtplib.SMTPNotSupportedError as refused:
            raise Refused(f"the mail server cannot carry this address: {refused}", for_good=True) from None
        except smtplib.SMTPAuthenticationError as refused:
            said = _said(refused.smtp_code, refused.smtp_error)
            raise self._away(f"user name and password of DRAY_SMTP_URL were not taken: {said}") from None
        except smtplib.SMTPResponseException as refused:
            raise self._away(_said(refused.smtp_code, refused.smtp_error)) from None
        except UnicodeError:
            raise self._away("user name and password of DRAY_SMTP_URL may only hold ASCII characters") from None
        except (OSError, smtplib.SMTPException) as broken:
            raise self._away(_why_nobody_answers(where, broken)) from None

    def close(self) -> None:
        """Take leave. A server that has gone already is no matter: what it took it took."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            smtp.quit()
        except (OSError, smtplib.SMTPException):
            smtp.close()

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is not None:
            return self._smtp
        server = self._server
        if server.tls_from_start:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=self._timeout, context=self._trust()
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=self._timeout)
        self._smtp = smtp
        smtp.ehlo_or_helo_if_needed()
        if not server.tls_from_start and smtp.has_extn("starttls"):
            smtp.starttls(context=self._trust())
            smtp.ehlo()
        elif not server.tls_from_start and server.user and server.host not in _LOCAL:
            raise self._away(f"{server.host} offers no encryption, and a password is not sent without it")
        if server.user:
            smtp.login(server.user, server.password)
        return smtp

    def _again_from_start(self) -> None:
        """Forget the letter that was refused; where that does not work, the next one gets a new connection."""
        if self._smtp is None:
            return
        try:
            self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            self._smtp.close()
            self._smtp = None

    def _away(self, sentence: str) -> ServerAway:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None
        return ServerAway(sentence)


def _refused(code: int, text: bytes | str) -> Refused:
    return Refused(_said(code, text), for_good=code >= 500)


def _said(code: int, text: bytes | str) -> str:
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"the mail server said {code} {' '.join(words.split())}"[:500]


def _why_nobody_answers(where: str, broken: Exception) -> str:
    if isinstance(broken, ssl.SSLCertVerificationError):
        return f"{where} shows a certificate that cannot be trusted: {broken.verify_message}"
    if isinstance(broken, ssl.SSLError):
        said = f"{where} and Dray do not agree on encryption ({broken.reason or broken})"
        return f"{said}: smtps:// is for port 465, smtp:// for the others"
    return f"{where} does not answer: {broken}"
