"""A pretend QuickBooks: opens a company file and answers qbXML, with the statuses and habits of the real one.

    quickbooks = QuickBooks(Company.sample())
    answer = quickbooks.process(qbxml)

What it knows is the table of facts (US, 13.0). It is one process with one file open at a time, as the real one is.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from lxml import etree

from dray_qbd.qbxml import facts
from dray_qbd.simulator import (
    custom_fields,
    deletions,
    elements,
    invoices,
    message_sets,
    payments,
    preferences,
    queries,
    rendering,
)
from dray_qbd.simulator.checker import Reading, StructureError, read
from dray_qbd.simulator.company import Company
from dray_qbd.simulator.faults import Faults
from dray_qbd.simulator.iterators import Iterators
from dray_qbd.simulator.replies import Reply, Work
from dray_qbd.simulator.statuses import TEXTS, Refusal, severity

PARSE_ERROR = "0x80040400"
UNEXPECTED = "0x80040402"
OTHER_FILE = "0x8004040A"
DIALOG = "0x80040414"
NOT_RUNNING = "0x80040416"
NEEDS_ADMIN = "0x80040418"
SINGLE_USER = "0x80040422"
UNKNOWN_VERSION = "0x80040423"
STARTING = "0x80040424"
DIED = "0x80010105"

HRESULTS: Mapping[str, str] = {
    PARSE_ERROR: "QuickBooks found an error when parsing the provided XML text stream.",
    UNEXPECTED: "Unexpected error. Check the qbsdklog.txt file for possible, additional information.",
    OTHER_FILE: "A QuickBooks company data file is already open and it is different from the one requested.",
    DIALOG: "A modal dialog box is showing in the QuickBooks user interface. Your application cannot access "
    "QuickBooks until the user dismisses the dialog box.",
    NOT_RUNNING: "If the QuickBooks company data file is not open, a call to the BeginSession method must include the "
    "name of the data file.",
    NEEDS_ADMIN: "This application is unable to log into this QuickBooks company data file automatically. The "
    "QuickBooks administrator must be logged in to grant it permission.",
    SINGLE_USER: "This application requires Single User file access mode.",
    UNKNOWN_VERSION: "The version of qbXML that was requested is not supported or is unknown.",
    STARTING: "QuickBooks did not finish its initialization. Please try again later.",
    DIED: "The server threw an exception.",
}
_REFUSES: Mapping[str, str] = {
    "starting": STARTING,
    "dialog": DIALOG,
    "needs_admin": NEEDS_ADMIN,
    "single_user": SINGLE_USER,
    "wrong_file": OTHER_FILE,
}
"""Fault → what QuickBooks says when somebody wants to open a session."""
STOP_ON = ("stopOnError", "rollbackOnError")


class ProcessRequestError(Exception):
    """ProcessRequest threw: there is no answer document. `why` is for the person at the simulator alone."""

    def __init__(self, hresult: str, why: str = "") -> None:
        self.hresult, self.message, self.why = hresult, HRESULTS[hresult], why
        super().__init__(f"{hresult} {self.message} {why}".rstrip())


class ConnectionRefused(Exception):
    """QuickBooks takes no session."""

    def __init__(self, hresult: str) -> None:
        self.hresult, self.message = hresult, HRESULTS[hresult]
        super().__init__(f"{hresult} {self.message}")


Handler = Callable[[Work, Reading], Reply]
HANDLERS: Mapping[str, Handler] = {
    **dict.fromkeys((*queries.LISTS, *queries.TRANSACTIONS), queries.query),
    **dict.fromkeys((f"{kind}AddRq" for kind in elements.KINDS), elements.add),
    "CustomerModRq": elements.modify,
    "InvoiceAddRq": invoices.add,
    "CreditMemoAddRq": invoices.add,
    "InvoiceModRq": invoices.modify,
    "ReceivePaymentAddRq": payments.add,
    "TxnVoidRq": deletions.void,
    "TxnDelRq": deletions.delete,
    "ListDeletedQueryRq": deletions.deleted,
    "TxnDeletedQueryRq": deletions.deleted,
    "DataExtDefAddRq": custom_fields.define,
    "DataExtAddRq": custom_fields.add,
}


class QuickBooks:
    """A running QuickBooks. `company` is the file that is open; assign another to open that one.

    `clock` tells the time of its computer, with an offset; `new_id` makes iterator ids; `sleep` passes the time of
    the fault `slow`.
    """

    def __init__(
        self,
        company: Company,
        clock: Callable[[], datetime] = lambda: datetime.now().astimezone(),
        faults: Faults | None = None,
        new_id: Callable[[], uuid.UUID] = uuid.uuid4,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.company = company
        self.faults = faults or Faults()
        self.iterators = Iterators(new_id)
        self._clock, self._sleep = clock, sleep

    def now(self) -> datetime:
        """The time on the computer that QuickBooks runs on."""
        return self._clock() + timedelta(seconds=self.faults.clock_skew)

    def begin_session(self, path: str = "") -> str:
        """Opens a session on a company file, "" for the one that is open, and returns its path."""
        for fault, hresult in _REFUSES.items():
            if self.faults.strikes(fault):
                raise ConnectionRefused(hresult)
        if not path and self.faults.strikes("closed"):
            raise ConnectionRefused(NOT_RUNNING)
        if path and path.casefold() != self.company.settings.path.casefold():
            raise ConnectionRefused(OTHER_FILE)
        self.iterators.end()
        return self.company.settings.path

    def end_session(self) -> None:
        """Ends the session; its iterators are gone."""
        self.iterators.end()

    def process(self, qbxml: str) -> str:
        """Runs a message set and returns the answer document. ProcessRequestError if QuickBooks throws."""
        if self.faults.slow:
            self._sleep(self.faults.slow)
        batch, requests, readings = self._read(qbxml)
        if self.faults.strikes("forget_message_sets"):
            self.company.message_sets.clear()
        new = batch.get("newMessageSetID", "")
        course = message_sets.course(self.company, batch.get("oldMessageSetID", ""), new, requests)
        body, status = course.stored or "", course.status
        if course.stored and self.faults.recovery_form:
            body = message_sets.with_recovery(body)
        if course.run:
            body = self._run(readings, str(batch.get("onError")), batch.get("responseData") == "includeNone")
            if new:
                status = self._store(new, body)
            if self.faults.strikes("unexpected"):
                raise ProcessRequestError(UNEXPECTED, "after the work was done")
        attributes = {}
        if new and status != message_sets.UNKNOWN:
            attributes["newMessageSetID"] = new
        if status is not None:
            attributes["messageSetStatusCode"] = str(status)
        return rendering.document(attributes, body) + " " * (self.faults.huge * 1_000_000)

    def company_data(self, owner_id: str) -> str:
        """What the Web Connector sends with the first sendRequestXML: Host, Company and Preferences."""
        body = "".join(
            self._answer(Reading(name, {"requestID": str(number)}, record), hide=False, work=self._work())[0]
            for number, (name, record) in enumerate(
                (("HostQueryRq", {}), ("CompanyQueryRq", {"OwnerID": [owner_id]}), ("PreferencesQueryRq", {}))
            )
        )
        return rendering.document({}, body)

    def stamp(self, owner_id: str, name: str, value: str) -> None:
        """Writes a private custom field of the company, as the Web Connector does with FileID and AppLock."""
        field = {"OwnerID": owner_id, "DataExtName": name, "DataExtType": "STR255TYPE", "DataExtValue": value}
        custom_fields.put(self.company.stamps, field)

    def stamped(self, owner_id: str, name: str) -> str | None:
        """The value of such a field, or None."""
        for one in self.company.stamps:
            if one["OwnerID"].casefold() == owner_id.casefold() and one["DataExtName"] == name:
                value: str = one["DataExtValue"]
                return value
        return None

    # ---- inside ----

    def _read(self, qbxml: str) -> tuple[etree._Element, list[etree._Element], list[Reading]]:
        """The message set, its requests, and what they say."""
        if self.faults.strikes("parse_error"):
            raise ProcessRequestError(PARSE_ERROR, "on purpose")
        batch, version = self._parsed(qbxml)
        requests = list(batch.iterchildren(etree.Element))
        try:
            return batch, requests, [read(request, version) for request in requests]
        except StructureError as wrong:
            raise ProcessRequestError(PARSE_ERROR, str(wrong)) from wrong

    def _parsed(self, qbxml: str) -> tuple[etree._Element, str]:
        """The message set and its qbXML version."""
        if not qbxml.isascii():
            raise ProcessRequestError(PARSE_ERROR, "a character outside ASCII stands raw in the text")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
        try:
            root = etree.fromstring(qbxml.encode("ascii"), parser)
        except etree.XMLSyntaxError as wrong:
            raise ProcessRequestError(PARSE_ERROR, str(wrong)) from wrong
        version = _version(root)
        if version not in self.company.settings.versions:
            raise ProcessRequestError(UNKNOWN_VERSION, version)
        children = list(root.iterchildren(etree.Element))
        if root.tag != "QBXML" or [child.tag for child in children] != ["QBXMLMsgsRq"]:
            raise ProcessRequestError(PARSE_ERROR, "the document is not QBXML with one QBXMLMsgsRq")
        batch = children[0]
        for key, value in batch.attrib.items():
            name = str(key)
            if name not in ("onError", "responseData", "oldMessageSetID", "newMessageSetID"):
                raise ProcessRequestError(PARSE_ERROR, f"QBXMLMsgsRq has no attribute {name}")
            if name in facts.ATTRIBUTE_VALUES and value not in facts.ATTRIBUTE_VALUES[name]:
                raise ProcessRequestError(PARSE_ERROR, f"{name} cannot be {str(value)!r}")
        if "onError" not in batch.attrib:
            raise ProcessRequestError(PARSE_ERROR, "QBXMLMsgsRq needs onError")
        return batch, version

    def _run(self, readings: list[Reading], on_error: str, hide: bool) -> str:
        work = self._work()
        death = self.faults.die_in_set if any(_writes(reading) for reading in readings) else 0
        parts: list[str] = []
        stopped = False
        for number, reading in enumerate(readings):
            if stopped:
                parts.append(_refused(reading, Refusal(3231)))
                continue
            if death and number == death:
                break
            text, is_error = self._answer(reading, hide=hide, work=work)
            parts.append(text)
            stopped = is_error and on_error in STOP_ON
        if death and len(readings) >= death:
            self.faults.die_in_set = 0
            self.iterators.end()
            raise ProcessRequestError(DIED, f"after {death} requests of the set")
        return "".join(parts)

    def _store(self, new: str, body: str) -> int:
        if self.faults.strikes("store_full"):
            return message_sets.NOT_STORED
        self.company.message_sets[new].answer = body
        return message_sets.DONE

    def _answer(self, reading: Reading, *, hide: bool, work: Work) -> tuple[str, bool]:
        try:
            if reading.flaws:
                raise reading.flaws[0]
            reply = self._ask(reading) or HANDLERS[reading.name](work, reading)
        except Refusal as refusal:
            return _refused(reading, refusal, work.company.full_names), True
        text = TEXTS[reply.code].format(*reply.named)
        rets = () if hide else reply.rets
        names = work.company.full_names
        body = rendering.plain(reply.plain)
        body += "".join(rendering.rendered(name, ret, names, reply.only) for name, ret in rets)
        return rendering.answer(reading.name, _status(reading, reply.code, text) | dict(reply.attributes), body), False

    def _ask(self, reading: Reading) -> Reply | None:
        """Host, Company and Preferences; None for every other request."""
        only = reading.record.get("IncludeRetElement", ())
        company = self.company
        if reading.name == "HostQueryRq":
            return Reply(rets=[("HostRet", preferences.host(company.settings))], only=only)
        if reading.name == "CompanyQueryRq":
            owners = {owner.casefold() for owner in reading.record.get("OwnerID", ())}
            stamps = [one for one in company.stamps if one["OwnerID"].casefold() in owners]
            return Reply(rets=[("CompanyRet", preferences.company(company.name, company.settings, stamps))], only=only)
        if reading.name == "PreferencesQueryRq":
            shown = preferences.preferences(company.settings, _defaults(company))
            return Reply(rets=[("PreferencesRet", shown)], only=only)
        return None

    def _work(self) -> Work:
        return Work(self.company, self.now(), self.faults, self.iterators)


def _version(root: etree._Element) -> str:
    """What the <?qbxml version="13.0"?> line says. Without that line nothing can be read."""
    before = root.getprevious()
    while before is not None:
        if isinstance(before, etree._ProcessingInstruction) and before.target == "qbxml":
            return before.get("version") or ""
        before = before.getprevious()
    raise ProcessRequestError(PARSE_ERROR, "the <?qbxml version?> line is missing")


def _writes(reading: Reading) -> bool:
    return not reading.name.endswith("QueryRq")


def _refused(reading: Reading, refusal: Refusal, names: Mapping[str, str] | None = None) -> str:
    body = rendering.rendered(*refusal.ret, names or {}) if refusal.ret else ""
    return rendering.answer(reading.name, _status(reading, refusal.code, refusal.text), body)


def _status(reading: Reading, code: int, text: str) -> dict[str, str]:
    given = {"requestID": reading.attributes["requestID"]} if "requestID" in reading.attributes else {}
    return {**given, "statusCode": str(code), "statusSeverity": severity(code), "statusMessage": text}


def _defaults(company: Company) -> dict[str, str]:
    """The ListIDs of the tax item, tax codes and currency that a company uses when nothing else is said."""
    found: dict[str, str] = {}
    for name, kind, element, value in (
        ("DefaultItemSalesTaxRef", "ItemSalesTax", "", ""),
        ("DefaultTaxableSalesTaxCodeRef", "SalesTaxCode", "IsTaxable", "true"),
        ("DefaultNonTaxableSalesTaxCodeRef", "SalesTaxCode", "IsTaxable", "false"),
        ("HomeCurrencyRef", "Currency", "", ""),
    ):
        first = next((i for i, one in company.lists.get(kind, {}).items() if one.get(element, "") == value), None)
        if first:
            found[name] = first
    return found
