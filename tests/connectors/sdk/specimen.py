"""A connector that can do everything the interface knows, for books that do not exist. The mutants are made of it.

Three of them: one that is called and asks what became of a batch, one whose books repeat their answers, and one that is
dialled into.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from dray_sdk import (
    INTERFACE,
    Absent,
    Authorization,
    Batch,
    Books,
    Call,
    Capabilities,
    Change,
    Create,
    CursorExpired,
    Customer,
    Deferred,
    Denied,
    Desk,
    Disconnected,
    Entry,
    Explanation,
    Failure,
    Find,
    Found,
    Happening,
    Identified,
    Identify,
    InDoubt,
    Invitation,
    InvitationFile,
    Invoice,
    Kind,
    Limit,
    LocalProtocolError,
    Lookup,
    Money,
    NoAnswer,
    NoWork,
    OAuth2,
    Operation,
    Outcome,
    Password,
    Posted,
    Problem,
    Pull,
    Pulled,
    Purpose,
    Redaction,
    Reference,
    Refused,
    Remedy,
    RemoteProtocolError,
    Reply,
    Request,
    Response,
    Setting,
    Stale,
    Stop,
    Timing,
    Update,
    Void,
    too_long,
)
from dray_sdk import Answer as Answered
from tests.connectors.sdk.specimen_books import SpecimenBooks

LISTS = (Kind.CUSTOMER, Kind.ITEM)
CAPABILITIES = Capabilities(
    creates=frozenset({Kind.INVOICE, Kind.CUSTOMER}),
    updates=frozenset({Kind.CUSTOMER}),
    voids=frozenset({Kind.INVOICE}),
    finds=MappingProxyType(
        {
            **dict.fromkeys(LISTS, frozenset({"books_id", "name"})),
            Kind.INVOICE: frozenset({"books_id", "number", "customer", "date"}),
        }
    ),
    pulls=frozenset({Kind.CUSTOMER, Kind.ITEM}),
    creates_when_missing=frozenset({Kind.CUSTOMER}),
    batch=10,
    recovers=True,
)
NUMBER, TEXT = Limit("number", "Number", 12), Limit("lines/*/description", "Description", 60)
SIGNATURE = "X-Specimen-Signature"


class Core:
    """What all three are."""

    interface: int = INTERFACE
    name: str = "specimen"
    title: str = "Specimen Books"
    version: str = "1.0"
    capabilities: Capabilities = CAPABILITIES
    authorization: Authorization = OAuth2(
        "https://specimen.example/discovery", ("invoices",), "DRAY_SPECIMEN_ID", "DRAY_SPECIMEN_SECRET"
    )
    settings: tuple[Setting, ...] = (
        Setting("DRAY_SPECIMEN_ID", "Who we are"),
        Setting("DRAY_SPECIMEN_SECRET", "What proves it", secret=True),
    )
    limits: tuple[Limit, ...] = (NUMBER, TEXT)
    timing: Timing = Timing()
    redaction: Redaction = Redaction(members=frozenset({"taxNumber", "password"}))
    explanations: Mapping[str, Explanation] = MappingProxyType(
        {"E7": Explanation("E7", "The period is closed.", Remedy.BOOKKEEPER, "Open it, and send again.")}
    )

    def encode(self, batch: Batch, books: Books) -> Request:
        items = [{"id": key, **self.item(one)} for key, one in zip(batch.ids(), batch.operations, strict=True)]
        return Request(_purpose(batch), _json({"key": self.key(batch), "items": items}), path="/batch")

    def decode(self, batch: Batch, request: Request, response: Response) -> tuple[Outcome, ...]:
        if isinstance(response, Failure):
            return (self.failed(response),) * len(batch.operations)
        if response.status != 200:
            return (self.of_status(response.status),) * len(batch.operations)
        answers = self.answers(batch, request, response.body)
        pairs = zip(batch.ids(), batch.operations, strict=True)
        return tuple(self.outcome(operation, answers.get(key), request) for key, operation in pairs)

    def recover(self, batch: Batch, books: Books) -> Request | None:
        if not self.capabilities.recovers:
            return None
        return Request(Purpose.ASK, _json({"key": self.key(batch), "ask": True}), path="/batch")

    def limits_for(self, books: Books | None) -> tuple[Limit, ...]:
        return self.limits

    def judge(self, document: Invoice, books: Books | None, lookup: Lookup | None) -> tuple[Problem, ...]:
        texts = [("number", document.number, NUMBER)]
        texts += [(f"lines/{at}/description", line.description or "", TEXT) for at, line in enumerate(document.lines)]
        return tuple(too_long(field, f"{limit.label} is too long.", text[: limit.maximum])
                     for field, text, limit in texts if self.is_over(text, limit))  # fmt: skip

    def explain(self, code: str, text: str = "") -> Explanation | None:
        return self.explanations.get(code)

    def verify(self, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
        given = [value for name, value in headers.items() if name.lower() == SIGNATURE.lower()]
        wanted = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return (
            bool(secret)
            and len(given) == 1
            and hmac.compare_digest(given[0].encode("utf-8", "replace"), wanted.encode())
        )

    @property
    def webhook_secret(self) -> str:
        return "DRAY_SPECIMEN_SECRET"

    def changes(self, body: bytes) -> tuple[Change, ...]:
        try:
            told = json.loads(body)
            return (Change(told["books"], Kind(told["kind"]), told["id"], Happening.UPDATED, told["notice"]),)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise RemoteProtocolError("a webhook in no form that is known") from error

    def pretend(self) -> SpecimenBooks:
        return SpecimenBooks(repeats=bool(self.capabilities.repeats_for))

    # ---- what the mutants change

    def key(self, batch: Batch) -> str:
        return batch.key

    def is_over(self, text: str, limit: Limit) -> bool:
        return len(text) > limit.maximum

    def item(self, operation: Operation) -> dict[str, Any]:
        match operation:
            case Identify():
                return {"do": "identify"}
            case Create(record=Invoice() as invoice):
                return {"do": "invoice", **self.invoice(invoice)}
            case Create(record=Customer() as customer):
                return {"do": "customer", "name": self.customer_name(customer)}
            case Update(record=customer):
                return {"do": "change", "ref": customer.books_id, "revision": customer.revision}
            case Void(kind=Kind.INVOICE):
                return {"do": self.void_verb(), "ref": operation.books_id}
            case Find(kind=kind) if kind in self.capabilities.finds:
                return {"do": "find", "kind": kind, **self.sought(operation)}
            case Pull(kind=kind) if kind in self.capabilities.pulls:
                since = operation.watermark.isoformat() if operation.watermark else None
                return {"do": "pull", "kind": kind, "page": operation.page, "since": since, "limit": operation.limit}
            case _:
                raise LocalProtocolError(f"never asked: {operation!r}")

    def customer_name(self, customer: Customer) -> str:
        return customer.name

    def void_verb(self) -> str:
        return "void"

    def invoice(self, invoice: Invoice) -> dict[str, Any]:
        lines = [{"text": self.text(line.description), "amount": self.amount(line.amount)} for line in invoice.lines]
        return {
            "number": invoice.number,
            "date": invoice.date.isoformat(),
            "customer": invoice.customer.books_id,
            "lines": lines,
        }

    def text(self, description: str | None) -> str | None:
        return description

    def amount(self, amount: Money | None) -> str:
        return str(amount)

    def sought(self, find: Find) -> dict[str, Any]:
        if find.books_id:
            return {"ref": find.books_id}
        if find.kind is not Kind.INVOICE:
            return {"name": find.name}
        if find.number:
            return {"number": find.number}
        if find.customer and find.date:
            return {"customer": find.customer.books_id, "date": find.date.isoformat()}
        raise LocalProtocolError(f"found by nothing: {find!r}")

    def failed(self, failure: Failure) -> Outcome:
        return Deferred(60, failure.code) if failure.code == NoAnswer.UNREACHED else InDoubt(failure.code)

    def of_status(self, status: int) -> Outcome:
        match status:
            case 429:
                return Deferred(30, "429")
            case 401:
                return Disconnected("401", "Sign in again.")
            case _:
                return InDoubt(str(status))

    def answers(self, batch: Batch, request: Request, body: bytes) -> dict[str, dict[str, Any]]:
        """Each item's answer by its id; none where the answer as a whole is not to this batch."""
        try:
            said = json.loads(body)
            items = said["items"] if said["key"] == self.key(batch) else []
            ids = [item["id"] for item in items]
            return {item["id"]: item for item in items if ids.count(item["id"]) == 1}
        except (ValueError, TypeError, KeyError, RecursionError):
            return {}

    def outcome(self, operation: Operation, answer: dict[str, Any] | None, request: Request) -> Outcome:
        try:
            return self.understood(operation, answer)
        except (ValueError, TypeError, KeyError):
            return InDoubt(text=str(answer))

    def understood(self, operation: Operation, answer: Any) -> Outcome:
        match operation, answer:
            case Create() | Update() | Void(), {"did": "written", "ref": str(ref)}:
                total = Money.parse(answer["total"], "USD") if "total" in answer else None
                return Posted(ref, number=answer.get("number"), total=total, revision=answer.get("revision"))
            case Create() | Update() | Void(), {"did": "refused", "code": str(code), "text": str(text)}:
                return self.refused(code, text)
            case Update(), {"did": "stale"}:
                return self.stale()
            case Find(), {"did": "found", "entries": []}:
                return Absent()
            case Find(), {"did": "found", "entries": list(entries)}:
                return Found(tuple(self.entry(operation.kind, one) for one in entries))
            case Pull(), {"did": "page", "entries": list(entries)}:
                at = dt.datetime.fromisoformat(answer["watermark"])
                return self.pulled(tuple(self.entry(operation.kind, one) for one in entries), answer["next"], at)
            case Pull(), {"did": "expired"}:
                return self.expired()
            case Identify(), {"did": "identified", "name": str(name), "ref": str(ref)}:
                return Identified(self.read_books(name, ref))
            case _:
                return self.unknown(operation, answer)

    def refused(self, code: str, text: str) -> Outcome:
        return Refused(code, text)

    def stale(self) -> Outcome:
        return Stale()

    def expired(self) -> Outcome:
        return CursorExpired()

    def pulled(self, records: tuple[Entry, ...], page: str | None, at: dt.datetime) -> Outcome:
        return Pulled(records, page=page, watermark=at)

    def read_books(self, name: str, ref: str) -> Books:
        return Books(name, id=ref, currency="USD")

    def unknown(self, operation: Operation, answer: dict[str, Any] | None) -> Outcome:
        return InDoubt(text=str(answer))

    def entry(self, kind: Kind, one: dict[str, Any]) -> Entry:
        if kind is not Kind.INVOICE:
            return Entry(kind, one["ref"], name=one["name"], revision=one["revision"])
        return Entry(
            kind,
            one["ref"],
            number=one["number"],
            date=dt.date.fromisoformat(one["date"]),
            customer=Reference(Kind.CUSTOMER, "", books_id=one["customer"]),
            total=Money.parse(one["total"], "USD"),
        )


class Specimen(Core):
    """Is called."""

    def address(self, settings: Mapping[str, str]) -> str:
        return "https://specimen.example"


class Repeating(Specimen):
    """Is called by books that remember nothing but their answers."""

    capabilities: Capabilities = replace(CAPABILITIES, recovers=False, repeats_for=3600)


class Dialled(Core):
    """Is dialled into: JSON calls, each with its name."""

    capabilities: Capabilities = replace(CAPABILITIES, dialled_into=True)
    authorization: Authorization = Password()
    mount: str = "specimen"

    def serve(self, call: Call, desk: Desk) -> Reply:
        try:
            said = self.parsed(call.body)
        except (ValueError, TypeError, KeyError, RecursionError):
            return self.refuse("That is no call.")
        return Reply(200, _json(self.answer(said, desk)), "application/json")

    def refuse(self, sentence: str) -> Reply:
        return Reply(500, _json({"error": sentence}), "application/json")

    def invite(self, invitation: Invitation) -> InvitationFile:
        content = _json({"endpoint": invitation.endpoint, "user": invitation.user_name})
        return InvitationFile("specimen.json", "application/json", content)

    def parsed(self, body: bytes) -> dict[str, str]:
        said = json.loads(body)
        return {"call": str(said["call"])} | {name: str(value) for name, value in said.items()}

    def answer(self, said: dict[str, str], desk: Desk) -> dict[str, Any]:
        ticket = said.get("ticket", "")
        match said["call"]:
            case "open":
                opened = self.opened(said, desk)
                return {} if isinstance(opened, Denied | NoWork) else {"ticket": opened.value}
            case "books":
                return {"go": self.introduced(said, ticket, desk)}
            case "next":
                request = desk.next(ticket)
                return {"body": request.body.decode() if request else ""}
            case "receive":
                return {"percent": desk.receive(ticket, Answered(said.get("body", "").encode()))}
            case "close":
                return {"words": desk.close(ticket)}
            case _:
                return {"error": "That is no call."}

    def opened(self, said: dict[str, str], desk: Desk) -> Any:
        return desk.open(said.get("user", ""), said.get("password", ""))

    def introduced(self, said: dict[str, str], ticket: str, desk: Desk) -> bool:
        return not isinstance(desk.introduce(ticket, Books(said.get("name", ""), id=said.get("ref"))), Stop)


def _purpose(batch: Batch) -> Purpose:
    if batch.writes:
        return Purpose.WRITE
    first = batch.operations[0]
    return (
        Purpose.IDENTIFY if isinstance(first, Identify) else Purpose.PULL if isinstance(first, Pull) else Purpose.FIND
    )


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True).encode()
