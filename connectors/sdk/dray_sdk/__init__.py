"""The interface between Dray and the accounting systems it posts to.

Read in this order: `records` (what is carried), `operations` (what is asked), `outcomes` (what became of it),
`connector` (what an author writes), `facets` and `webhooks` (what a connector may do beside that). `canonical` writes
and reads records as JSON.
"""

from dray_sdk.books import Books
from dray_sdk.connector import INTERFACE, Authorization, Capabilities, Connector, OAuth2, Password, Setting, Timing
from dray_sdk.desk import Denied, Desk, Go, NoWork, Stop, Ticket
from dray_sdk.errors import LocalProtocolError, ProtocolError, RemoteProtocolError
from dray_sdk.facets import (
    DialsIn,
    Explains,
    Explanation,
    Invitation,
    InvitationFile,
    IsCalled,
    Judges,
    Remedy,
    Simulated,
)
from dray_sdk.judging import Fix, Limit, Lookup, Problem, Severity
from dray_sdk.money import Money
from dray_sdk.operations import Batch, Create, Find, Identify, Operation, Pull, Update, Void
from dray_sdk.outcomes import (
    Absent,
    CursorExpired,
    Deferred,
    Disconnected,
    Found,
    Identified,
    InDoubt,
    NotRun,
    Outcome,
    Posted,
    Pulled,
    Refused,
    Stale,
)
from dray_sdk.records import Address, Customer, Entry, Invoice, Item, Kind, Line, LineKind, Payment, Record, Reference
from dray_sdk.redaction import Redaction
from dray_sdk.webhooks import Change, Happening, SendsWebhooks
from dray_sdk.wire import Answer, Call, Failure, NoAnswer, Purpose, Reply, Request, Response

__all__ = [
    "INTERFACE",
    "Absent",
    "Address",
    "Answer",
    "Authorization",
    "Batch",
    "Books",
    "Call",
    "Capabilities",
    "Change",
    "Connector",
    "Create",
    "CursorExpired",
    "Customer",
    "Deferred",
    "Denied",
    "Desk",
    "DialsIn",
    "Disconnected",
    "Entry",
    "Explains",
    "Explanation",
    "Failure",
    "Find",
    "Fix",
    "Found",
    "Go",
    "Happening",
    "Identified",
    "Identify",
    "InDoubt",
    "Invitation",
    "InvitationFile",
    "Invoice",
    "IsCalled",
    "Item",
    "Judges",
    "Kind",
    "Limit",
    "Line",
    "LineKind",
    "LocalProtocolError",
    "Lookup",
    "Money",
    "NoAnswer",
    "NoWork",
    "NotRun",
    "OAuth2",
    "Operation",
    "Outcome",
    "Password",
    "Payment",
    "Posted",
    "Problem",
    "ProtocolError",
    "Pull",
    "Pulled",
    "Purpose",
    "Record",
    "Redaction",
    "Reference",
    "Refused",
    "Remedy",
    "RemoteProtocolError",
    "Reply",
    "Request",
    "Response",
    "SendsWebhooks",
    "Setting",
    "Severity",
    "Simulated",
    "Stale",
    "Stop",
    "Ticket",
    "Timing",
    "Update",
    "Void",
]  # fmt: skip
