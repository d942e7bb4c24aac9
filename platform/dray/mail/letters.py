"""What a letter says, and how it is written as plain text and as simple HTML. Pure."""

from __future__ import annotations

import html
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Final, Self

from dray.clock import Clock

__all__ = ["Envelope", "Letter", "message"]


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter: a subject, paragraphs, and at most one button with its address. `closing` stands below the button."""

    subject: str
    paragraphs: tuple[str, ...]
    button: str = ""
    address: str = ""
    closing: tuple[str, ...] = ()

    @property
    def plain(self) -> str:
        """The letter as text; the address stands on a line of its own, so that every program makes a link of it."""
        link = (f"{self.button}:\n{self.address}",) if self.address else ()
        return "\n\n".join((*self.paragraphs, *link, *self.closing)) + "\n"

    def as_html(self, product: str, imprint: str = "", logo: str = "") -> str:
        """The letter as HTML that needs no picture, no script and no style sheet of anybody's: where `logo`, the
        address of a picture, is not fetched, the product's name stands there."""
        parts = [f"<p>{html.escape(text)}</p>" for text in self.paragraphs]
        if self.address:
            target = html.escape(self.address, quote=True)
            parts.append(f'<p><a href="{target}" style="{_BUTTON}">{html.escape(self.button)}</a></p>')
            parts.append(f'<p style="{_SMALL}">Or open this address:<br><a href="{target}">{target}</a></p>')
        parts += [f'<p style="{_SMALL}">{html.escape(text)}</p>' for text in self.closing]
        if imprint:
            parts.append(f'<p style="{_IMPRINT}">{html.escape(imprint)}</p>')
        body = "\n".join(parts)
        head = f"<b>{html.escape(product)}</b>"
        if logo:
            head = (
                f'<img src="{html.escape(logo, quote=True)}" alt="{html.escape(product, quote=True)}" height="40" '
                f'style="{_LOGO}">'
            )
        return (
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(self.subject)}</title>'
            f'</head>\n<body style="{_BODY}">\n<p>{head}</p>\n{body}\n</body></html>\n'
        )

    def as_json(self) -> dict[str, Any]:
        """The letter as it is sealed."""
        return {
            "subject": self.subject,
            "paragraphs": list(self.paragraphs),
            "button": self.button,
            "address": self.address,
            "closing": list(self.closing),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """The letter that `as_json` gave."""
        return cls(
            subject=value["subject"],
            paragraphs=tuple(value["paragraphs"]),
            button=value["button"],
            address=value["address"],
            closing=tuple(value["closing"]),
        )


_BODY: Final = "font:16px/1.5 sans-serif;max-width:36rem;margin:24px auto;padding:0 16px"
_BUTTON: Final = (
    "display:inline-block;padding:10px 18px;border-radius:8px;background:#7b2d6f;color:#ffffff;text-decoration:none"
)
_SMALL: Final = "font-size:14px"
_IMPRINT: Final = "font-size:13px;color:#5a5a5a;border-top:1px solid #d5d5d5;padding-top:12px;margin-top:24px"
_LOGO: Final = "height:40px;width:auto;font-weight:bold"


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom to whom a letter goes, under which id. The id stays the same over all attempts, so that a mailbox which
    gets a letter twice can see it. `imprint` stands below every letter: who sends it, and where they are reached;
    `logo` is the address of a picture."""

    sender: str
    sender_name: str
    recipient: str
    public_id: str
    imprint: str = ""
    logo: str = ""


def message(envelope: Envelope, letter: Letter, clock: Clock) -> EmailMessage:
    """The letter as SMTP carries it."""
    made = EmailMessage()
    made["From"] = Address(envelope.sender_name, addr_spec=envelope.sender)
    made["To"] = Address(addr_spec=envelope.recipient)
    made["Subject"] = letter.subject
    made["Date"] = format_datetime(clock())
    made["Message-ID"] = f"<{envelope.public_id}@{envelope.sender.rpartition('@')[2]}>"
    # RFC 3834: nobody's holiday notice should answer.
    made["Auto-Submitted"] = "auto-generated"
    # RFC 3676: what follows two hyphens and a blank is a signature.
    made.set_content(letter.plain + (f"\n-- \n{envelope.imprint}\n" if envelope.imprint else ""))
    made.add_alternative(letter.as_html(envelope.sender_name, envelope.imprint, envelope.logo), subtype="html")
    return made
