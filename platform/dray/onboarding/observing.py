"""Noting the calls of a way in that somebody watches, each with what it means and what came of it.

A call that nobody watches passes through untouched. What goes wrong in noting is logged and changes no answer.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from dray.clock import Clock
from dray.connections.models import Install
from dray.onboarding.listening import Heard, Kind, Listening
from dray.onboarding.models import ObservedCall
from dray.onboarding.refusals import why_denied
from dray.onboarding.watching import Watched, Watches
from dray.passwords import ConnectorPasswords
from dray_sdk import Call, Connector, Desk, Explains, Narrates, Narration, Purpose, Reply
from dray_tenants.scope import Scoped, ScopedSession

__all__ = ["MOST", "WITHIN", "Observer", "Step", "forget_old"]

MOST, WITHIN = 300, 300.0
"""How many calls of one way in are noted within so many seconds: who floods us does not fill the database too."""

PAGE: Final = "page"
"""What a call is named that a person made with a browser."""

KEPT: Final = dt.timedelta(days=30)
_LONGEST: Final = 4000
_log = structlog.get_logger(__name__)


class Step:
    """The steps of a set-up that calls prove, by the names under which they are kept."""

    REACHED = "reached"
    CALLED = "called"
    SIGNED_IN = "signed_in"
    BOOKS = "books"
    ROUND = "round"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is kept of one call."""

    sentence: str
    tone: str = "s-ok"
    step: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class _Told:
    """One call as it came: whether a program made it, and the redacted texts of both directions."""

    narration: Narration
    by_program: bool = False
    said: str | None = None
    answered: str | None = None


class Observer:
    """Listens at desks and keeps what it hears. One for each process; safe to share between threads."""

    def __init__(
        self,
        watches: Watches,
        sessions: Callable[[], ScopedSession],
        passwords: ConnectorPasswords,
        clock: Clock,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self.watches = watches
        self._sessions, self._passwords, self._clock, self._ticks = sessions, passwords, clock, ticks
        self._noted: Counter[int] = Counter()
        self._counts_since = ticks()

    def listen(self, install: str, desk: Desk) -> tuple[Watched, Listening] | None:
        """A desk that listens, where that way in is watched now."""
        watched = self.watches.get(install)
        return None if watched is None else (watched, Listening(desk))

    def note(self, connector: Connector, watched: Watched, heard: Sequence[Heard], call: Call, reply: Reply) -> None:
        """Keep one answered call."""
        narrates: object = connector
        told = narrates.narrate(call) if isinstance(narrates, Narrates) else Narration(call.method, "It called.")
        by_program = call.method.upper() == "POST"
        if not by_program and _is_browser(call.headers):
            told = Narration(PAGE, "Somebody opened this address in a browser.")
        said = connector.redaction.body(call.body) if call.body else b""
        answered = connector.redaction.body(reply.body) if by_program else b""
        self._keep(connector, watched, _Told(told, by_program, _text(said), _text(answered)), heard)

    def visited(self, install: str, what: str, sentence: str, headers: Mapping[str, str]) -> None:
        """Keep that a page of that way in was fetched, by the program or by a person's browser."""
        watched = self.watches.get(install)
        if watched is None:
            return
        if _is_browser(headers):
            told = Narration(PAGE, "Somebody opened the support page in a browser.")
        else:
            told = Narration(what, sentence)
        self._keep(None, watched, _Told(told), ())

    def _keep(self, connector: Connector | None, watched: Watched, told: _Told, heard: Sequence[Heard]) -> None:
        if self._floods(watched.install_id):
            return
        now = self._clock()
        try:
            with self._sessions() as session, session.tenant(watched.tenant_id):
                seen = self._understood(session, connector, watched, told, heard)
                session.add(_row(watched, told, seen, now))
                if told.by_program:
                    _note_first(session, watched, "first_called_at", now)
                elif seen.step == Step.REACHED:
                    _note_first(session, watched, "opened_at", now)
                session.commit()
        except SQLAlchemyError:
            _log.warning("call not noted", install=watched.public_id, exc_info=True)

    def _understood(
        self,
        session: ScopedSession,
        connector: Connector | None,
        watched: Watched,
        told: _Told,
        heard: Sequence[Heard],
    ) -> _Seen:
        """What went wrong last of all that was heard, else everything heard, else what the call itself tells."""
        understood = [self._meaning(session, connector, watched, each) for each in heard]
        bad = [each for each in understood if each.tone == "s-bad"]
        if bad:
            return bad[-1]
        if understood:
            steps = [each.step for each in understood if each.step is not None]
            return _Seen(
                " ".join(each.sentence for each in understood), step=max(steps, key=_IN_ORDER.index, default=None)
            )
        if told.by_program:
            return _Seen(told.narration.sentence, step=Step.CALLED)
        return _Seen(told.narration.sentence, step=None if told.narration.name == PAGE else Step.REACHED)

    def _meaning(self, session: ScopedSession, connector: Connector | None, watched: Watched, heard: Heard) -> _Seen:
        match heard.kind:
            case Kind.DENIED:
                why = why_denied(session, self._passwords, watched, heard)
                return _Seen(why.sentence, "s-bad", Step.CALLED, why.code)
            case Kind.UNREACHED:
                return _Seen(_explained(connector, heard), "s-bad", Step.SIGNED_IN, heard.code or "unreached")
            case Kind.CLOSED:
                return _Seen(f"{heard.text} Remove its row there.", "s-bad", Step.CALLED, "closed")
            case Kind.STOPPED:
                return _Seen(heard.text, "s-bad", Step.SIGNED_IN, "stopped")
            case Kind.HUNG_UP:
                good = _round_was_good(session, watched)
                return _Seen(f"Finished: {heard.text}", step=Step.ROUND if good else None)
            case Kind.HANDED_OUT:
                return _Seen(_ASKED[Purpose(heard.text)], step=Step.SIGNED_IN)
            case _:
                sentence, step = _SENTENCES[heard.kind]
                return _Seen(sentence.format(heard.text), step=step)

    def _floods(self, install_id: int) -> bool:
        now = self._ticks()
        if now - self._counts_since > WITHIN:
            self._noted.clear()
            self._counts_since = now
        self._noted[install_id] += 1
        return self._noted[install_id] > MOST


def forget_old(session: Scoped, *, at: dt.datetime) -> int:
    """Drop the noted calls of the tenant in scope that are a month old; how many."""
    old = delete(ObservedCall).where(ObservedCall.tenant_id == session.require_tenant(), ObservedCall.at < at - KEPT)
    return int(cast(Any, session.execute(old, execution_options=_QUIET)).rowcount)


_IN_ORDER: Final = (Step.REACHED, Step.CALLED, Step.SIGNED_IN, Step.BOOKS, Step.ROUND)

_QUIET: Final = {"synchronize_session": False}

_ASKED: Final[Mapping[Purpose, str]] = {
    Purpose.WRITE: "Handed over what is to be written, and waits for the answer.",
    Purpose.ASK: "Asked what became of something that was handed over before.",
    Purpose.FIND: "Asked QuickBooks whether it has certain names or invoices.",
    Purpose.PULL: "Asked QuickBooks for its lists.",
    Purpose.IDENTIFY: "Asked QuickBooks which company is open.",
}

_SENTENCES: Final[Mapping[Kind, tuple[str, str | None]]] = {
    Kind.OPENED: ("Signed in as {}.", Step.SIGNED_IN),
    Kind.NOTHING_DUE: ("Signed in as {}. Nothing was due.", Step.SIGNED_IN),
    Kind.RIGHT_BOOKS: ("The company file is open: {}.", Step.BOOKS),
    Kind.NOTHING_LEFT: ("There was nothing more to ask.", Step.SIGNED_IN),
    Kind.ANSWERED: ("QuickBooks answered; {} % done.", Step.SIGNED_IN),
    Kind.LAST_WORDS: ("Shows there: {}", None),
}


def _note_first(session: Scoped, watched: Watched, column: str, at: dt.datetime) -> None:
    first = update(Install).where(Install.id == watched.install_id, getattr(Install, column).is_(None))
    session.execute(first.values({column: at}), execution_options=_QUIET)


def _row(watched: Watched, told: _Told, seen: _Seen, at: dt.datetime) -> ObservedCall:
    return ObservedCall(
        connection_id=watched.connection_id,
        install_id=watched.install_id,
        at=at,
        call=_plain(told.narration.name)[:60],
        sentence=_plain(seen.sentence),
        tone=seen.tone,
        step=seen.step,
        code=seen.code[:40] if seen.code else None,
        program=_plain(told.narration.program)[:40] or None,
        said=told.said,
        answered=told.answered,
    )


def _explained(connector: Connector | None, heard: Heard) -> str:
    explains: object = connector
    explanation = explains.explain(heard.code, heard.text) if isinstance(explains, Explains) else None
    if explanation is None:
        return f"The books could not be reached ({heard.code or 'no code'}). {heard.text[:300]}".strip()
    return f"{explanation.meaning} {explanation.action}"


def _round_was_good(session: ScopedSession, watched: Watched) -> bool:
    """Whether the books were the right ones in this session, and nothing went wrong after that."""
    rows = session.execute(
        select(ObservedCall.step, ObservedCall.tone)
        .where(ObservedCall.connection_id == watched.connection_id, ObservedCall.install_id == watched.install_id)
        .order_by(ObservedCall.id.desc())
        .limit(60)
    )
    for step, tone in rows:
        if tone == "s-bad":
            return False
        if step == Step.BOOKS:
            return True
    return False


def _is_browser(headers: Mapping[str, str]) -> bool:
    """Every browser of today says what it fetches a page for; the Web Connector and .NET do not."""
    return any(name.casefold().startswith("sec-fetch-") for name in headers)


def _text(body: bytes) -> str | None:
    return _plain(body[:_LONGEST].decode(errors="replace")) or None


def _plain(text: str) -> str:
    return text.replace("\0", "")
