"""Reading a list page by page, and what has gone from it since. Pure.

A long list is read by an iterator, which lives in one session of the Web Connector and ends with it. Deletions never
show in a query of a list; QuickBooks keeps them for 90 days and tells them apart, together with what was merged away
(qbXML Onscreen Reference, ListDeletedQuery).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType

from lxml import etree

from dray_qbd.messages.lists import LISTINGS, another_list, list_entry, wanted_elements
from dray_qbd.messages.message import Answers, Message
from dray_qbd.qbxml import facts, reader, writer
from dray_qbd.qbxml.reader import Answered
from dray_qbd.qbxml.writer import Content
from dray_qbd.statuses import Verdict, status
from dray_sdk import (
    Books,
    CursorExpired,
    Deferred,
    Disconnected,
    InDoubt,
    Kind,
    LocalProtocolError,
    Outcome,
    Pull,
    Pulled,
    Refused,
)

_QUERIES: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        **{kind: (listing.query,) for kind, listing in LISTINGS.items()},
        # few among many items: asked for by themselves, the items need not be read twice
        Kind.TAX_CODE: ("ItemSalesTaxQuery", "ItemSalesTaxGroupQuery"),
    }
)
_NOT_ITERATED = frozenset({Kind.TAX_CODE})
_UNFILTERED = frozenset({Kind.TEMPLATE})
"""Their query takes no filter, and no deletion of theirs is told: each reading reads the whole list."""
_DELETED_AS = {"StandardTermsRet": "StandardTerms", "DateDrivenTermsRet": "DateDrivenTerms"}
_LEFT_THERE = frozenset({"BillAddress"})
"""Needed to recognise one customer, not to know that there is one."""
_DELETED = "ListDeletedQuery"
_ITERATOR = re.compile(r"[{}0-9A-Za-z-]{1,64}")


def _write(operation: Pull, request_id: str, _books: Books) -> tuple[str, ...]:
    """Inactive entries too: they hold their names. A further page repeats the filters of the first."""
    return tuple(_requests(operation, request_id))


def _requests(operation: Pull, request_id: str) -> Iterator[str]:
    since = None if operation.watermark is None else _moment(operation.watermark)
    for letter, query in zip(_LETTERS, _QUERIES[operation.kind], strict=False):
        content: dict[str, Content | None] = {"IncludeRetElement": list(_wanted(operation.kind, query))}
        if operation.kind not in _UNFILTERED:
            content = {"ActiveStatus": "All", "FromModifiedDate": since, **content}
        attributes: dict[str, str] = {}
        if _iterates(operation):
            content["MaxReturned"] = str(operation.limit)
            attributes = _iterator(operation)
        yield writer.request(f"{query}Rq", f"{request_id}{letter}", content, **attributes)
    if _asks_what_went(operation):
        deleted: dict[str, Content | None] = {
            "ListDelType": list(_deleted_as(operation.kind)),
            "DeletedDateRangeFilter": {"FromDeletedDate": since},
        }
        yield writer.request(f"{_DELETED}Rq", f"{request_id}d", deleted)


_LETTERS = ("", "g")


def _iterates(operation: Pull) -> bool:
    return LISTINGS[operation.kind].iterates and operation.kind not in _NOT_ITERATED


def _iterator(operation: Pull) -> dict[str, str]:
    if operation.page is None:
        return {"iterator": "Start"}
    if not _ITERATOR.fullmatch(operation.page):
        raise LocalProtocolError(f"{operation.page!r:.80} is not a page that QuickBooks gave")
    return {"iterator": "Continue", "iteratorID": operation.page}


def _asks_what_went(operation: Pull) -> bool:
    return operation.watermark is not None and operation.page is None and operation.kind not in _UNFILTERED


@cache
def _wanted(kind: Kind, query: str) -> tuple[str, ...]:
    return tuple(name for name in wanted_elements(kind, query) if name not in _LEFT_THERE)


@cache
def _deleted_as(kind: Kind) -> tuple[str, ...]:
    known = facts.element(f"{_DELETED}Rq/ListDelType")
    names = tuple(_DELETED_AS.get(ret, ret.removesuffix("Ret")) for ret in LISTINGS[kind].rets)
    if not isinstance(known, facts.Field) or not set(names) <= set(known.values):
        raise LookupError(f"{names} are not all lists of which QuickBooks tells what was deleted")
    return names


def _moment(at: dt.datetime) -> str:
    """As QuickBooks takes it: whole seconds with an offset in numbers; without one it means that computer's own."""
    return at.astimezone(dt.UTC).replace(microsecond=0, tzinfo=None).isoformat() + "+00:00"


def _expects(operation: Pull, request_id: str) -> Mapping[str, str]:
    queries = zip(_LETTERS, _QUERIES[operation.kind], strict=False)
    expected = {f"{request_id}{letter}": f"{query}Rs" for letter, query in queries}
    if _asks_what_went(operation):
        expected[f"{request_id}d"] = f"{_DELETED}Rs"
    return expected


def _read(operation: Pull, answers: Answers) -> Outcome:
    for answer in answers.values():
        if (trouble := _trouble(operation, answer)) is not None:
            return trouble
    lists = [answers[f"{query}Rs"] for query in _QUERIES[operation.kind]]
    rets = [ret for answer in lists for ret in answer.rets()]
    entries = [list_entry(operation.kind, ret) for ret in rets]
    if any(one is None and not another_list(operation.kind, ret) for one, ret in zip(entries, rets, strict=True)):
        return InDoubt(text="QuickBooks gave an entry of another list, or one without its ListID")
    page = None
    if _iterates(operation):
        page = _next_page(lists[0])
        if page is None and "iteratorRemainingCount" not in lists[0].element.attrib and len(rets) >= operation.limit:
            return InDoubt(text="QuickBooks did not say whether the list goes on")
    gone = tuple(_gone(answers[f"{_DELETED}Rs"])) if _asks_what_went(operation) else ()
    read = tuple([entry for entry in entries if entry is not None])
    # without a watermark the next reading is of the whole list again, and what it does not show is gone
    watermark = None if operation.kind in _UNFILTERED else newest(rets, operation.watermark)
    return Pulled(read, gone, page, watermark)


def _trouble(operation: Pull, answer: Answered) -> Outcome | None:
    """What keeps an answer from being a page; None where it is one."""
    known = status(answer.code)
    match Verdict.UNKNOWN if known is None else known.verdict:
        case Verdict.TAKEN | Verdict.TAKEN_WITH_WARNING | Verdict.NOTHING_FOUND:
            return None
        case Verdict.LOCKED:
            return Deferred(60, answer.code, answer.text)
        case Verdict.SHUT_OUT:
            return Disconnected(answer.code, answer.text)
        case Verdict.REFUSED if operation.page is not None:
            # the session that had the iterator is over, and the iterator with it
            return CursorExpired()
        case Verdict.REFUSED:
            return Refused(answer.code, answer.text)
        case _:
            return InDoubt(answer.code, answer.text)


def _next_page(answer: Answered) -> str | None:
    left = answer.element.get("iteratorRemainingCount") or "0"
    if not left.isdecimal() or int(left) == 0:
        return None
    return answer.element.get("iteratorID") or None


def _gone(answer: Answered) -> Iterator[str]:
    for ret in answer.rets():
        books_id = reader.text(ret, "ListID")
        if books_id:
            yield books_id


def newest(rets: Iterable[etree._Element], otherwise: dt.datetime | None) -> dt.datetime | None:
    """The newest time of a change among the entries; `otherwise` where there is none, or none that is newer."""
    times = [at for ret in rets if (at := reader.moment(ret, "TimeModified")) is not None]
    return max([*times, otherwise] if otherwise else times, default=None)


PULL = Message(_write, _expects, _read)
