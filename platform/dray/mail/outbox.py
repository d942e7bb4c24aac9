"""Outgoing mail: a row in the transaction of its cause, sent afterwards by a worker.

A letter is claimed for some minutes, sent, and marked. A worker that dies in between leaves it due again when the claim
runs out: then it may arrive twice, which SMTP cannot prevent, under one Message-ID. It is never lost.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.errors import MessageError
from typing import Any, Final, cast
from urllib.parse import urlsplit

import structlog
from sqlalchemy import LargeBinary, delete, func, literal, select, update

from dray.installation import Dray
from dray.mail.letters import Envelope, Letter, message
from dray.mail.models import Mail
from dray.mail.transport import MailServer, Refused, ServerAway, Transport
from dray.settings import Settings
from dray_tenants.database import new_public_id
from dray_tenants.scope import Scoped, ScopedSession
from dray_tenants.vault import MasterKeys, SealBroken

__all__ = ["Sent", "forget_old", "letter_of", "post", "reseal", "send_due", "sender_of", "try_again", "wait_before"]

_log = structlog.get_logger(__name__)

CLAIM: Final = dt.timedelta(minutes=5)
"""Longer than one letter can take: an SMTP dialogue of a few steps, each with its own timeout."""
FIRST_WAIT: Final = dt.timedelta(minutes=1)
LONGEST_WAIT: Final = dt.timedelta(hours=4)
TRIED_FOR: Final = dt.timedelta(days=3)
"""As long as mail servers try among themselves (RFC 5321, section 4.5.4.1: at least 4 to 5 days; ours hold links)."""
KEPT: Final = dt.timedelta(days=30)
AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class Sent:
    """What one round did: how many letters were sent, put off, and given up."""

    sent: int = 0
    put_off: int = 0
    given_up: int = 0


def post(
    session: Scoped,
    keys: MasterKeys,
    recipient: str,
    letter: Letter,
    *,
    now: dt.datetime,
    tenant_id: int | None = None,
    useful_until: dt.datetime | None = None,
    given_up: str = "",
) -> Mail:
    """Write a letter into the outbox; it leaves exactly when this transaction is kept.

    `given_up`: do the same work for a letter that nobody gets, and say why.
    """
    public_id = new_public_id("mail")
    plain = json.dumps(letter.as_json(), ensure_ascii=False).encode()
    row = Mail(
        public_id=public_id,
        tenant_id=tenant_id,
        recipient=recipient,
        subject=letter.subject[:200],
        sealed=keys.seal(plain, _purpose(public_id)),
        created_at=now,
        useful_until=useful_until,
        due_at=now,
        trouble=given_up or None,
        given_up_at=now if given_up else None,
    )
    if given_up:
        row.sealed = None
    session.add(row)
    session.flush()
    return row


def letter_of(keys: MasterKeys, row: Mail) -> Letter | None:
    """What the letter says; None once it was sent or given up, and its text dropped."""
    if row.sealed is None:
        return None
    return Letter.from_json(json.loads(keys.open(row.sealed, _purpose(row.public_id))))


def sender_of(settings: Settings) -> str:
    """Whose address letters carry: DRAY_MAIL_FROM, else the support's, else the user's of the mail server, else `dray@`
    the public host."""
    user = MailServer.parse(settings.smtp_url).user if settings.smtp_url else ""
    host = urlsplit(settings.public_url).hostname or "localhost"
    return settings.mail_from or settings.support_email or (user if "@" in user else f"dray@{host}")


def envelope_of(settings: Settings, recipient: str, public_id: str) -> Envelope:
    """The envelope of one letter, with the operator's name, logo, telephone and address on it."""
    return Envelope(
        sender_of(settings),
        settings.product_name,
        recipient,
        public_id,
        imprint=", ".join((settings.product_name, *settings.reach)) if settings.reach else "",
        logo=f"{settings.public_url}/logo" if settings.logo is not None else "",
    )


def wait_before(attempt: int) -> dt.timedelta:
    """How long after so many attempts the next one is made: 1, 2, 4 … minutes, at most 4 hours."""
    wait: dt.timedelta = FIRST_WAIT * 2 ** min(attempt - 1, 12)
    return min(wait, LONGEST_WAIT)


def send_due(parts: Dray, transport: Callable[[MailServer], Transport] = Transport) -> Sent:
    """Send what is due, oldest first. Without a mail server nothing is sent and everything kept.

    A server that is away ends the round: the letters behind would wait for it too.
    """
    if parts.settings.smtp_url is None:
        return Sent()
    sent = put_off = given_up = 0
    with transport(MailServer.parse(parts.settings.smtp_url)) as server:
        for key in _due(parts):
            outcome = _send_one(parts, server, key)
            sent += outcome == "sent"
            put_off += outcome in ("put off", "away")
            given_up += outcome == "given up"
            if outcome == "away":
                break
    return Sent(sent, put_off, given_up)


def try_again(session: Scoped, row: Mail, *, now: dt.datetime) -> bool:
    """Have a letter that waits or was given up sent now; False where it was sent, or its text is gone."""
    if row.sent_at is not None or row.sealed is None:
        return False
    row.given_up_at, row.due_at, row.useful_until = None, now, None
    session.flush()
    return True


def reseal(session: Scoped, keys: MasterKeys, *, limit: int = 500) -> int:
    """Seal up to `limit` waiting letters anew under the first master key; how many. Called until it gives 0; then the
    other keys may go."""
    envelope = keys.envelope
    stale = func.substr(Mail.sealed, 1, len(envelope)) != literal(envelope, LargeBinary)
    rows = session.scalars(select(Mail).where(Mail.sealed.is_not(None), stale).limit(limit)).all()
    for row in rows:
        purpose = _purpose(row.public_id)
        row.sealed = keys.seal(keys.open(row.sealed or b"", purpose), purpose)
    session.flush()
    return len(rows)


def forget_old(session: Scoped, *, now: dt.datetime) -> int:
    """Drop letters of more than 30 days ago; how many."""
    return int(cast(Any, session.execute(delete(Mail).where(Mail.created_at < now - KEPT))).rowcount)


def _due(parts: Dray) -> Sequence[int]:
    with ScopedSession(parts.engines, read_only=True) as session:
        return session.scalars(
            select(Mail.id).where(*_WAITING, Mail.due_at <= parts.clock()).order_by(Mail.due_at, Mail.id).limit(AT_ONCE)
        ).all()


_WAITING: Final = (Mail.sent_at.is_(None), Mail.given_up_at.is_(None))


def _send_one(parts: Dray, server: Transport, key: int) -> str:
    with ScopedSession(parts.engines) as session:
        row = _claim(session, key, parts.clock())
        if row is None:
            return "somebody else's"
        # A claim with its own time: whoever claims next has another one, and this one's mark finds nothing.
        claim, attempts = row.due_at, row.attempts
        too_late = row.useful_until is not None and row.useful_until <= parts.clock()
        if too_late:
            return _end(session, key, claim, given_up_at=parts.clock(), trouble="its link had run out", sealed=None)
        try:
            letter = letter_of(parts.vault.keys, row)
        except SealBroken as broken:
            return _end(session, key, claim, given_up_at=parts.clock(), trouble=str(broken)[:500])
        recipient, public_id, written_at = row.recipient, row.public_id, row.created_at
        # Neither row nor lock is held while the mail server thinks.
        session.commit()
        if letter is None:
            return _end(session, key, claim, given_up_at=parts.clock(), trouble="its text was gone")
        envelope = envelope_of(parts.settings, recipient, public_id)
        try:
            written = message(envelope, letter, parts.clock)
        except (ValueError, MessageError) as unwritable:
            reason = f"{recipient} cannot be written into a letter: {unwritable}"[:500]
            return _end(session, key, claim, given_up_at=parts.clock(), trouble=reason)
        try:
            server.send(written)
        except Refused as refused:
            _log.warning("letter not taken", mail=public_id, for_good=refused.for_good, said=str(refused))
            if refused.for_good or parts.clock() - written_at > TRIED_FOR:
                return _end(session, key, claim, given_up_at=parts.clock(), trouble=str(refused))
            return _put_off(session, key, claim, parts.clock() + wait_before(attempts), str(refused), "put off")
        except ServerAway as away:
            _log.warning("mail server away", said=str(away))
            if parts.clock() - written_at > TRIED_FOR:
                return _end(session, key, claim, given_up_at=parts.clock(), trouble=str(away)[:500])
            return _put_off(session, key, claim, parts.clock() + wait_before(attempts), str(away), "away")
        return _end(session, key, claim, sent_at=parts.clock(), trouble=None, sealed=None)


def _claim(session: Scoped, key: int, now: dt.datetime) -> Mail | None:
    claimed = session.execute(
        update(Mail)
        .where(Mail.id == key, *_WAITING, Mail.due_at <= now)
        .values(due_at=now + CLAIM, attempts=Mail.attempts + 1)
    )
    if not cast(Any, claimed).rowcount:
        session.rollback()
        return None
    session.commit()
    return session.scalars(select(Mail).where(Mail.id == key)).one()


def _end(session: Scoped, key: int, claim: dt.datetime, **how: Any) -> str:
    # Sent is sent, whoever holds the claim by now; given up only by its holder.
    mine = () if "sent_at" in how else (Mail.due_at == claim,)
    session.execute(update(Mail).where(Mail.id == key, Mail.sent_at.is_(None), *mine).values(**how))
    session.commit()
    return "sent" if "sent_at" in how else "given up"


def _put_off(session: Scoped, key: int, claim: dt.datetime, until: dt.datetime, trouble: str, outcome: str) -> str:
    session.execute(
        update(Mail).where(Mail.id == key, *_WAITING, Mail.due_at == claim).values(due_at=until, trouble=trouble[:500])
    )
    session.commit()
    return outcome


def _purpose(public_id: str) -> bytes:
    return b"mail\0" + public_id.encode()
