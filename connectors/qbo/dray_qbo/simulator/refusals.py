"""Why QuickBooks Online refuses: its codes, and the bodies in which it says so.

Texts follow answers that the sandbox gave, and where none is known the list of codes in Intuit's documentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MESSAGES: dict[int, str] = {
    500: "Unsupported Operation",
    600: "Duplicate Request ID",
    610: "Object Not Found",
    620: "Txn ID Cannot Be Linked",
    700: "Parent Reference Invalid",
    900: "Parent cannot be child",
    1040: "Batch size exceeds allowed limit",
    1050: "Invalid Content Type",
    2000: "Invalid or unsupported object name",
    2010: "Request has invalid or unsupported property",
    2020: "Required param missing, need to supply the required value for the API",
    2030: "Invalid ID",
    2040: "Invalid String",
    2050: "String length is either shorter or longer than supported by specification",
    2060: "Invalid Date Format",
    2080: "Invalid Number Format",
    2090: "Invalid Number",
    2100: "Invalid Decimal Format",
    2130: "Invalid Request Id Format",
    2150: "Invalid Percent",
    2170: "Invalid Enumeration",
    2210: "Invalid Email Address format",
    2220: "Invalid Currency Type",
    2250: "Missing lines",
    2500: "Invalid Reference Id",
    3000: "Invalid Custom Field",
    4000: "Error parsing query",
    4001: "Invalid query",
    5010: "Stale Object Error",
    5030: "Feature Not Supported",
    6000: "A business validation error has occurred while processing your request",
    6010: "Invalid Account.AccountType && Account.SubType",
    6070: "Amount calculation incorrect in the request.",
    6080: "No Name Provided",
    6090: "Discount Line missing required info.",
    6100: "Invalid Line TaxCode in the request",
    6140: "Duplicate Document Number Error",
    6160: "Invalid TaxCodeRef Error",
    6170: "Invalid TxnTaxDetail Error",
    6180: "Sub Level Limit",
    6190: "Invalid Company Status",
    6210: "Account Period Closed, Cannot Update Through Services API",
    6220: "Delete Entity Has Balance Error",
    6240: "Duplicate Name Exists Error",
    6250: "Invalid Customer",
    6420: "Email address is required",
    6430: "Invalid account type used",
    6540: "Deposited Transaction cannot be changed",
    10000: "An application error has occurred while processing your request",
}

INACTIVE = (
    "Something you're trying to use has been made inactive. "
    "Check the fields with accounts, customers, items, vendors or employees."
)
DELETED = "Another user has deleted this transaction."


@dataclass(frozen=True, slots=True)
class Reason:
    """One error of a fault. `batch_detail` is the longer text that the same error has inside a batch."""

    code: int
    detail: str
    element: str = ""
    batch_detail: str = ""

    def body(self, *, in_batch: bool) -> dict[str, Any]:
        """A single call leaves out an empty `element`, a batch says it; both were recorded."""
        detail = self.batch_detail if in_batch and self.batch_detail else self.detail
        body = {"Message": MESSAGES[self.code], "Detail": detail, "code": str(self.code)}
        if self.element or in_batch:
            body["element"] = self.element
        return body


class Refusal(Exception):
    """QuickBooks Online does not do what it was asked, and says why."""

    def __init__(self, code: int, detail: str, element: str = "", *, batch_detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.reasons: Sequence[Reason] = (Reason(code, detail, element, batch_detail),)

    @classmethod
    def of(cls, reasons: Sequence[Reason]) -> Refusal:
        """Several errors of one request in one fault."""
        first = reasons[0]
        refusal = cls(first.code, first.detail, first.element)
        refusal.reasons = tuple(reasons)
        return refusal

    @property
    def code(self) -> int:
        """The first code."""
        return self.reasons[0].code

    @property
    def status(self) -> int:
        """The HTTP status of a call that is refused so."""
        return 500 if self.code >= 10000 else 400

    def body(self, *, in_batch: bool = False) -> dict[str, Any]:
        """The `Fault`."""
        kind = "SystemFault" if self.code >= 10000 else "ValidationFault"
        return {"Error": [reason.body(in_batch=in_batch) for reason in self.reasons], "type": kind}


def missing(name: str) -> Refusal:
    """2020."""
    return Refusal(2020, f"Required parameter {name} is missing in the request", name)


def not_found(table: str, identity: str) -> Refusal:
    """2500 for a reference to nothing."""
    return Refusal(2500, f"Invalid Reference Id : {table} element id {identity} not found", "Reference Id")


def business(sentence: str) -> Refusal:
    """6000, whose sentence says what it is."""
    return Refusal(6000, f"Business Validation Error: {sentence}")


def gateway_fault(code: int, name: str, status: int, kind: str, detail: str | None, millis: int) -> dict[str, Any]:
    """The body of a refusal by the gateway in front of QuickBooks Online, which writes every key small."""
    message = f"message={name}; errorCode={code:06d}; statusCode={status}"
    error = {"message": message, "detail": detail, "code": str(code), "element": None}
    return {
        "warnings": None,
        "intuitObject": None,
        "fault": {"error": [error], "type": kind},
        "report": None,
        "queryResponse": None,
        "batchItemResponse": [],
        "attachableResponse": [],
        "syncErrorResponse": None,
        "requestId": None,
        "time": millis,
        "status": None,
        "cdcresponse": [],
    }
