"""Connectors are guests: what one may cost, and what happens when it takes more, or breaks.

A call of `encode`, `recover` or `decode` has a time and a size. Whatever goes beyond them, raises, or gives what is no
answer, is a `GuestBroke` that names the connector; one batch waits for it, and nothing else.

A thread cannot be killed. So a guest's call runs in a thread of its own, is waited for just so long, and is then
abandoned: its result is dropped, an exception is put into it (which ends whatever is still Python), and when too many
are still busy, none is begun. Connectors that come in Dray's own distribution run in the caller's thread: they are
released with it, their time is the business of their tests, and a hand-over would cost every batch something.

A separate process could be killed; it was set aside because a connector's other calls (`serve`, `judge`, `explain`)
need the platform's desk and data at hand and would stay here, so that the wall would have a gate in it.
"""

from __future__ import annotations

import contextvars
import ctypes
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, get_args

import structlog

from dray_sdk import (
    Batch,
    Books,
    Connector,
    Found,
    InDoubt,
    Invoice,
    Judges,
    LocalProtocolError,
    Lookup,
    Money,
    Outcome,
    PredictsTax,
    Problem,
    Pulled,
    Request,
    Response,
)

__all__ = ["LARGEST_REQUEST", "MOST_RECORDS", "SECONDS", "Guest", "GuestBroke", "Watch", "judged", "predicted_tax"]

SECONDS: Final = 5.0
"""What one call may take. An embedded database has one writer, which waits as long as a batch is being encoded."""

LARGEST_REQUEST: Final = 16 * 1024 * 1024
"""Bytes of one request's body."""

MOST_RECORDS: Final = 100_000
"""Records in one outcome. Longer lists are read in pages."""

MOST_BUSY: Final = 3
"""Abandoned calls of one connector that may still be running in a process. Beyond them none is begun."""

_OUTCOMES: Final = get_args(Outcome)
_Made = TypeVar("_Made")
_log = structlog.get_logger(__name__)


class GuestBroke(Exception):
    """A connector broke, or took more than it may. The message is a sentence for people that names it. `slow`: it was
    waited for, so nothing more is asked of it in the same breath."""

    def __init__(self, sentence: str, *, slow: bool = False) -> None:
        super().__init__(sentence)
        self.slow = slow


class Watch:
    """Runs one connector's calls and waits for each just so long. One for each connector and process."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds: Final = seconds
        self._busy: Final = threading.Semaphore(MOST_BUSY)

    def run(self, work: Callable[[], _Made]) -> _Made:
        """What `work` gives or raises. TimeoutError when it is not done in time, or when too many before it still
        are not."""
        if not self._busy.acquire(blocking=False):
            raise TimeoutError("earlier calls are still busy")
        call = _Call(work, self._busy.release)
        thread = threading.Thread(target=contextvars.copy_context().run, args=(call,), name="guest", daemon=True)
        thread.start()
        if not call.done.wait(self.seconds):
            _interrupt(thread)
            raise TimeoutError(f"not done after {self.seconds:g} seconds")
        if isinstance(call.error, Exception):
            raise call.error
        if call.error is not None:
            raise RuntimeError(f"it wanted to end the process: {call.error!r}")
        made: _Made = call.made
        return made


@dataclass(slots=True)
class _Call:
    """One call in a thread of its own."""

    work: Callable[[], Any]
    over: Callable[[], None]
    done: threading.Event = field(default_factory=threading.Event)
    made: Any = None
    error: BaseException | None = None

    def __call__(self) -> None:
        try:
            try:
                self.made = self.work()
            except BaseException as error:  # noqa: BLE001  SystemExit too: the guest leaves, and not the platform
                self.error = error
            finally:
                self.done.set()
        finally:
            self.over()


@dataclass(frozen=True, slots=True)
class Guest:
    """One connector as the engine asks it. Without a `watch` it runs in the caller's thread."""

    connector: Connector
    watch: Watch | None = None

    def encode(self, batch: Batch, books: Books) -> Request:
        """The request. LocalProtocolError as the connector raises it; GuestBroke for everything else."""
        what = f"put {_counted(batch)} into words"
        request = self._run(what, lambda: self.connector.encode(batch, books))
        return self._sound(what, request)

    def recover(self, batch: Batch, books: Books) -> Request | None:
        """The question about a lost batch, or None. GuestBroke."""
        what = f"asked about {_counted(batch)}"
        request = self._run(what, lambda: self.connector.recover(batch, books))
        return None if request is None else self._sound(what, request)

    def decode(
        self, batch: Batch, request: Request, response: Response
    ) -> tuple[tuple[Outcome, ...], GuestBroke | None]:
        """One outcome for each operation, whatever happens: where the connector breaks over the answer everything in
        the batch is in doubt, and what broke comes beside it. The answer stays stored; to raise would break every call
        that follows."""
        try:
            what = f"read the answer to {_counted(batch)}"
            outcomes = self._run(what, lambda: _counted_out(self.connector.decode(batch, request, response), batch))
        except (GuestBroke, LocalProtocolError) as broke:
            doubt = InDoubt("connector", f"{self.connector.title} could not read this answer.")
            told = broke if isinstance(broke, GuestBroke) else GuestBroke(str(broke))
            return (doubt,) * len(batch.operations), told
        return outcomes, None

    def _run(self, what: str, work: Callable[[], _Made]) -> _Made:
        try:
            return work() if self.watch is None else self.watch.run(work)
        except LocalProtocolError:
            raise
        except TimeoutError as late:
            if self.watch is None:
                raise self._broke(what, late) from late
            _log.error("connector took too long", **self._names(), what=what, seconds=self.watch.seconds)
            sentence = f"{self._named} took longer than {self.watch.seconds:g} seconds while it {what}."
            raise GuestBroke(sentence, slow=True) from None
        except Exception as error:
            raise self._broke(what, error) from error

    def _sound(self, what: str, request: object) -> Request:
        if not isinstance(request, Request) or not isinstance(request.body, bytes):
            raise self._broke(what, TypeError(f"it gave {type(request).__name__} and no request"))
        if len(request.body) > LARGEST_REQUEST:
            _log.error("connector made too large a request", **self._names(), what=what, bytes=len(request.body))
            megabytes = LARGEST_REQUEST // 1024**2
            raise GuestBroke(f"{self._named} made more than {megabytes} MB of it while it {what}.")
        return request

    def _broke(self, what: str, error: BaseException) -> GuestBroke:
        _log.error("connector broke", **self._names(), what=what, exc_info=error)
        return GuestBroke(f"{self._named} broke while it {what}.")

    @property
    def _named(self) -> str:
        return f"The connector {self.connector.title} {self.connector.version}"

    def _names(self) -> dict[str, str]:
        return {"connector": self.connector.name, "version": self.connector.version}


def judged(judges: Judges, document: Invoice, books: Books | None, lookup: Lookup | None) -> tuple[Problem, ...]:
    """Every problem of a document in these books. Where the connector breaks over it, that is the problem: what nobody
    could check is not sent."""
    try:
        return judges.judge(document, books, lookup)
    except Exception:  # noqa: BLE001  a plugin may break in any way, and only itself
        named = f"{getattr(judges, 'title', 'The connector')} {getattr(judges, 'version', '')}".strip()
        _log.exception("connector broke over an invoice", connector=getattr(judges, "name", ""))
        said = f"The connector {named} broke while it checked this invoice, so it is not sent. Ask your support."
        return (Problem("connector", "", said),)


def _counted_out(outcomes: tuple[Outcome, ...], batch: Batch) -> tuple[Outcome, ...]:
    """As it came. Raises for what is not one outcome for each operation, or more than anybody reads at once."""
    if len(outcomes) != len(batch.operations):
        raise ValueError(f"{len(outcomes)} outcomes for {len(batch.operations)} operations")
    for outcome in outcomes:
        if not isinstance(outcome, _OUTCOMES):
            raise TypeError(f"{type(outcome).__name__} is no outcome")
        records = outcome.records if isinstance(outcome, Pulled) else ()
        candidates = outcome.candidates if isinstance(outcome, Found) else ()
        if len(records) + len(candidates) > MOST_RECORDS:
            raise ValueError(f"more than {MOST_RECORDS} records at once")
    return outcomes


def _counted(batch: Batch) -> str:
    many = len(batch.operations)
    return "one operation" if many == 1 else f"{many} operations"


def _interrupt(thread: threading.Thread) -> None:
    """End what is still Python in a thread that nobody waits for any more. What hangs in C goes on to its own end."""
    if thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))


def predicted_tax(judges: Judges, document: Invoice, books: Books | None, lookup: Lookup | None) -> Money | None:
    """The tax that the books would add, where the connector can tell; None where it cannot, breaks, or says something
    that is no amount. Nothing is held up by that: what nobody foresees is compared with the receipt."""
    if not isinstance(judges, PredictsTax):
        return None
    try:
        foreseen = judges.predict_tax(document, books, lookup)
    except Exception:  # noqa: BLE001  a plugin may break in any way, and only itself
        _log.exception("connector broke over a tax", connector=getattr(judges, "name", ""))
        return None
    return foreseen if isinstance(foreseen, Money) else None
