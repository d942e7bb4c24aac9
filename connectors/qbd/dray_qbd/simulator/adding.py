"""Adding an application to the Web Connector: what is checked, fetched and stamped before it may run."""

from __future__ import annotations

from collections.abc import Callable

from dray_qbd.simulator.quickbooks import ConnectionRefused, QuickBooks
from dray_qbd.simulator.qwc import AddRefused, Qwc
from dray_qbd.simulator.transports import HttpAnswer, TransportError

# AuthFlags, by what the product's name holds. The first that fits counts; an unknown product counts as Pro.
_EDITIONS = (("Enterprise", 0x8), ("Premier", 0x4), ("Simple Start", 0x1))
_PRO = 0x2


def check(qwc: Qwc, product: str) -> None:
    """The rules of the file itself, and whether this edition of QuickBooks may use it."""
    qwc.check()
    edition = next((flag for name, flag in _EDITIONS if name in product), _PRO)
    if qwc.auth_flags and not qwc.auth_flags & edition:
        raise AddRefused("QBWC1034", "This edition of QuickBooks is not among the AuthFlags.")


def fetch(qwc: Qwc, get: Callable[[str], HttpAnswer]) -> None:
    """The support page must be there, and the page that proves the certificate."""
    try:
        answer = get(qwc.app_support)
    except TransportError as wrong:
        raise AddRefused("QBWC1004", f"AppSupport could not be reached. {wrong}") from wrong
    if answer.status not in (200, 202):
        raise AddRefused("QBWC1003", f"AppSupport answered {answer.status} {answer.reason}.")
    url = qwc.cert_url or qwc.app_url
    try:
        answer = get(url)
    except TransportError as wrong:
        raise AddRefused("QBWC1048", f"The web server certificate could not be verified. {wrong}") from wrong
    if answer.status != 200:
        text = f"The web server certificate could not be verified: {url} answered {answer.status} {answer.reason}."
        raise AddRefused("QBWC1048", text)


def stamp(qwc: Qwc, quickbooks: QuickBooks) -> None:
    """Writes the FileID into the company file that is open. The same pair is not written a second time."""
    try:
        quickbooks.begin_session()
    except ConnectionRefused as refused:
        raise AddRefused("QBWC1022", f"Could not connect to QuickBooks. {refused.message}") from refused
    stamped = quickbooks.stamped(qwc.owner_id, "FileID")
    if stamped and stamped.casefold() == qwc.file_id.casefold():
        raise AddRefused("QBWC1039", "Unique OwnerID/FileID pair value required.")
    if qwc.is_read_only:
        raise AddRefused("QBWC1039", "The application is read-only (3263): its FileID cannot be written.")
    quickbooks.stamp(qwc.owner_id, "FileID", qwc.file_id)
