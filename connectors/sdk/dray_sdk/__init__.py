"""The interface between Dray and the accounting systems it posts to.

Read in this order: `records` (what is carried), `operations` (what is asked), `outcomes` (what became of it),
`connector` (what an author writes), `facets` (what a connector may do beside that).
"""

from .books import Books
from .connector import INTERFACE, Authorization, Capabilities, Connector, OAuth2, Password, Setting, Timing
from .desk import Denied, Desk, Go, NoWork, Stop, Ticket
from .errors import LocalProtocolError, ProtocolError, RemoteProtocolError
from .facets import (
    DialsIn,
    Explains,
    Explanation,
    Invitation,
    InvitationFile,
    Judges,
    Remedy,
    Simulated,
)
from .judging import Fix, Limit, Lookup, Problem, Severity
from .money import Money
from .operations import Batch, Create, Find, Identify, Operation, Pull, Update, Void
from .outcomes import (
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
from .records import Address, Customer, Entry, Invoice, Item, Kind, Line, LineKind, Payment, Record, Reference
from .redaction import Redaction
from .wire import Answer, Call, Failure, Purpose, Reply, Request, Response

__all__ = [
    "INTERFACE", "Absent", "Address", "Answer", "Authorization", "Batch", "Books", "Call", "Capabilities", "Connector",
    "Create", "CursorExpired", "Customer", "Deferred", "Denied", "Desk", "DialsIn", "Disconnected", "Entry", "Explains",
    "Explanation", "Failure", "Find", "Fix", "Found", "Go", "Identified", "Identify", "InDoubt", "Invitation",
    "InvitationFile", "Invoice", "Item", "Judges", "Kind", "Limit", "Line", "LineKind", "LocalProtocolError", "Lookup",
    "Money", "NoWork", "NotRun", "OAuth2", "Operation", "Outcome", "Password", "Payment", "Posted", "Problem",
    "ProtocolError", "Pull", "Pulled", "Purpose", "Record", "Redaction", "Reference", "Refused", "RemoteProtocolError",
    "Remedy", "Reply", "Request", "Response", "Setting", "Severity", "Simulated", "Stale", "Stop", "Ticket", "Timing",
    "Update", "Void",
]  # fmt: skip
