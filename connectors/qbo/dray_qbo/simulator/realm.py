"""One realm of the pretend QuickBooks Online: what may be done with a company's books over the API."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from dray_qbo.simulator import cdc, lists, moments, names, payments, queries, sales
from dray_qbo.simulator.changes import current, existing, identity_of
from dray_qbo.simulator.checking import Record, checked
from dray_qbo.simulator.company import Company, Remembered
from dray_qbo.simulator.facts import FORM_KINDS, LIST_KINDS, NAME_KINDS, TRANSACTION_KINDS, VOIDABLE
from dray_qbo.simulator.faults import Faults
from dray_qbo.simulator.query_language import parse
from dray_qbo.simulator.references import check_references, named
from dray_qbo.simulator.refusals import Refusal
from dray_qbo.simulator.sales import Options
from dray_qbo.simulator.settings import company_info, preferences
from dray_qbo.simulator.webhooks import Event

Clock = Callable[[], datetime]

LONGEST_REQUEST_ID = 50
_READ_ONLY = {"TaxCode", "TaxRate", "CompanyInfo", "Preferences"}


@dataclass(slots=True)
class Realm:
    """A company with its clock. Calls are made one at a time: hold `lock` around those of one request."""

    company: Company
    clock: Clock
    faults: Faults = field(default_factory=Faults)
    tell: Callable[[Event], None] = lambda _event: None
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    changes_made: int = 0

    def read(self, kind: str, identity: str, options: Options | None = None) -> Record:
        """`{kind: entity}`. Refusal 610, 2030."""
        if kind in {"CompanyInfo", "Preferences"}:
            return {kind: self._single(kind)}
        return {kind: self._shown(kind, existing(self.company, kind, identity), options or Options())}

    def write(self, kind: str, body: Any, operation: str = "", options: Options | None = None) -> Record:
        """Creates, changes, voids or deletes, and gives `{kind: entity}` as it is now.

        Without an operation, a body with an Id changes and one without creates. Refusal, and then nothing was done.
        """
        options = options or Options()
        if self.company.settings.subscription_ended:
            raise Refusal(
                6190,
                "Subscription period has ended or canceled or there was a billing problem : You can't add data to "
                "QuickBooks Online Plus because your trial or subscription period ended.",
            )
        if kind in _READ_ONLY:
            raise _unsupported(operation or "create", kind)
        match operation:
            case "delete":
                return self._delete(kind, body)
            case "void":
                return self._void(kind, body, options)
            case "" | "create" | "update":
                if operation == "create" or (not operation and not identity_of(body)):
                    return self._create(kind, body, options)
                return self._update(kind, body, options)
        raise _unsupported(operation, kind)

    def send(self, kind: str, identity: str, to: str | None) -> Record:
        """Sends a form by e-mail, in pretence."""
        if kind not in FORM_KINDS:
            raise _unsupported("send", kind)
        entity = sales.send(self.company, kind, existing(self.company, kind, identity), to, self.clock())
        self._tell(kind, entity["Id"], "Emailed")
        return {kind: self._shown(kind, entity, Options())}

    def query(self, statement: str) -> Record:
        """`{"QueryResponse": …}`. Refusal 4000, 4001."""
        return {"QueryResponse": queries.run(self.company, parse(statement), self._single)}

    def changes(self, entities: str, since: str) -> Record:
        """`{"CDCResponse": …}`."""
        return {"CDCResponse": cdc.changes(self.company, entities, since, self.clock())}

    def envelope(self, body: Record, now: datetime | None = None) -> Record:
        """The body with the server's `time`."""
        return {**body, "time": moments.envelope(now or self.clock(), self.company.settings.zone)}

    def once(self, key: str, asked: str, answer: Callable[[], tuple[int, Any]]) -> tuple[int, Any]:
        """The answer, or the one that was given before under this key. A failure of the system is not remembered."""
        if not key:
            return answer()
        settings, now = self.company.settings, self.clock()
        known = self.company.remembered.get(key)
        if known and moments.read(known.at) > now - timedelta(hours=settings.requestid_hours):
            if known.asked != asked and settings.requestid_other_body == "refuse":
                raise Refusal(600, "Duplicate Request ID : the request ID was used with another request.")
            return known.status, known.body
        self._forget_old(now)
        status, body = answer()
        if status < 400 or (status < 500 and settings.requestid_keeps_faults):
            self.company.remembered[key] = Remembered(now.isoformat(), asked, status, body)
        return status, body

    # ---- what people do in the windows of QuickBooks Online ----

    def by_hand(self, kind: str, identity: str, **changes: Any) -> Record:
        """A person at the company changes an entity: a sparse update with the current SyncToken."""
        with self.lock:
            token = existing(self.company, kind, identity)["SyncToken"]
            return self._update(kind, {"Id": identity, "SyncToken": token, "sparse": True, **changes}, Options())

    def merge(self, kept: str, gone: str) -> None:
        """A person merges a customer into another: what he was billed is the other's, his name and Id are no more."""
        with self.lock:
            now = self.clock()
            existing(self.company, "Customer", kept)
            existing(self.company, "Customer", gone)
            for kind in TRANSACTION_KINDS:
                for entity in self.company.all(kind):
                    if entity.get("CustomerRef", {}).get("value") == gone:
                        entity["CustomerRef"] = {"value": kept}
                        self.company.touch(entity, now)
            self.company.owe(kept, Decimal(existing(self.company, "Customer", gone)["Balance"]), now)
            self.company.remove("Customer", gone, now)
            self.changes_made += 1
            self.tell(Event(self.company.realm_id, "Customer", kept, "Merge", now, deleted=gone))

    # ---- inside ----

    def _create(self, kind: str, body: Any, options: Options) -> Record:
        sent = checked(kind, body)
        self._check_references(kind, sent)
        now = self.clock()
        if kind in NAME_KINDS:
            entity = names.create(self.company, kind, sent, now)
        elif kind in LIST_KINDS:
            entity = lists.create(self.company, kind, sent, now)
        elif kind == "Payment":
            entity = payments.create(self.company, sent, now)
        else:
            entity = sales.create(self.company, kind, sent, now, options)
        self._tell(kind, entity["Id"], "Create")
        self._tell_linked(kind, entity)
        return {kind: self._shown(kind, entity, options)}

    def _update(self, kind: str, body: Any, options: Options) -> Record:
        sent = checked(kind, body)
        sparse = str(body.get("sparse")).lower() == "true"
        before = current(self.company, kind, body)
        token = before["SyncToken"]
        self._check_references(kind, sent)
        now = self.clock()
        if kind in NAME_KINDS:
            entity = names.update(self.company, kind, before, sent, now, sparse=sparse)
        elif kind in LIST_KINDS:
            entity = lists.update(self.company, kind, before, sent, now, sparse=sparse)
        elif kind == "Payment":
            entity = payments.update(self.company, before, sent, now, sparse=sparse)
        else:
            entity = sales.update(self.company, kind, before, sent, now, options, sparse=sparse)
        if entity["SyncToken"] != token:
            self._tell(kind, entity["Id"], "Update")
            self._tell_linked(kind, entity)
        return {kind: self._shown(kind, entity, options)}

    def _void(self, kind: str, body: Any, options: Options) -> Record:
        if kind not in VOIDABLE:
            raise _unsupported("void", kind)
        before = current(self.company, kind, body)
        token = before["SyncToken"]
        now = self.clock()
        if kind == "Payment":
            entity = payments.void(self.company, before, now)
        else:
            sales.still_open(self.company, before["TxnDate"])
            payments.unlink(self.company, kind, before["Id"], now)
            entity = sales.void(self.company, kind, before, now)
        if entity["SyncToken"] != token:
            self._tell(kind, entity["Id"], "Void")
        return {kind: self._shown(kind, entity, options)}

    def _delete(self, kind: str, body: Any) -> Record:
        if kind in LIST_KINDS:
            raise _unsupported("delete", kind)
        entity = current(self.company, kind, body)
        now = self.clock()
        if kind == "Payment":
            payments.delete(self.company, entity, now)
        else:
            sales.still_open(self.company, entity["TxnDate"])
            if kind != "Estimate":
                payments.unlink(self.company, kind, entity["Id"], now)
            sales.delete(self.company, kind, entity, now)
        self._tell(kind, entity["Id"], "Delete")
        return {kind: {"domain": "QBO", "status": "Deleted", "Id": entity["Id"]}}

    def _forget_old(self, now: datetime) -> None:
        """The oldest answers go first; they stand in the order in which they were given."""
        kept = now - timedelta(hours=self.company.settings.requestid_hours)
        while self.company.remembered:
            key = next(iter(self.company.remembered))
            if moments.read(self.company.remembered[key].at) > kept:
                return
            del self.company.remembered[key]

    def _check_references(self, kind: str, sent: Record) -> None:
        other = bool(self.faults.vendor_as_customer_6250) and kind in {*FORM_KINDS, "Payment"}
        check_references(self.company, kind, sent, customer_6250=other)

    def _single(self, kind: str) -> Record:
        settings, began = self.company.settings, self.company.began
        if kind == "CompanyInfo":
            return company_info(settings, self.company.realm_id, began)
        return preferences(settings, began)

    def _shown(self, kind: str, entity: Record, options: Options) -> Record:
        shown = named(self.company, kind, entity)
        if options.invoice_link and kind == "Invoice" and self.company.settings.payments_enabled:
            with suppress(KeyError):
                shown["InvoiceLink"] = f"https://pay.example/{shown['BillEmail']['Address']}/{entity['Id']}"
        return shown

    def _tell(self, kind: str, identity: str, operation: str) -> None:
        self.changes_made += 1
        self.tell(Event(self.company.realm_id, kind, identity, operation, self.clock()))

    def _tell_linked(self, kind: str, entity: Record) -> None:
        if kind == "Payment":
            for line in entity.get("Line", []):
                for link in line["LinkedTxn"]:
                    self._tell(link["TxnType"], link["TxnId"], "Update")


def check_request_id(requestid: str, longest: int = LONGEST_REQUEST_ID) -> None:
    """Refusal 2130 for one that is too long."""
    if len(requestid) > longest:
        raise Refusal(2130, f"Request Id is longer than {longest} characters. Supplied value:{requestid}")


def _unsupported(operation: str, kind: str) -> Refusal:
    return Refusal(500, f"Operation {operation} on {kind} is not supported.")
