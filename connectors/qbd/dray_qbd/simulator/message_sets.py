"""Error recovery: what a company file remembers of message sets, and what it answers to their ids.

Intuit SDK Programmer's Guide, "Error Recovery": a set sent with newMessageSetID is remembered with its answer. Sent
again with the same content it is not run again: the remembered answer comes back. Other content under the same id is
refused (9001). oldMessageSetID asks for, or clears, what is remembered.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from lxml import etree

from dray_qbd.qbxml import facts
from dray_qbd.simulator.company import Company, StoredSet

DONE = 0
UNKNOWN = 600
OTHER_CONTENT = 9001
NO_ANSWER = 9002
ID_TOO_LONG = 9004
NOT_STORED = 9005
CLEAR_ALL = "ClearAllMessageSets"


@dataclass(frozen=True, slots=True)
class Course:
    """What to do with a message set: run it or not, with which status, and which stored answer to give back."""

    run: bool
    status: int | None = None
    stored: str | None = None


def checksum(requests: list[etree._Element]) -> str:
    """Of the content of a message set: its requests, without the ids of the set."""
    content = b"".join(etree.tostring(request, method="c14n") for request in requests)
    return hashlib.sha256(content).hexdigest()


def course(company: Company, old: str, new: str, requests: list[etree._Element]) -> Course:
    """Decides by the ids of a message set. Clears what `old` says; begins to remember `new` if it is to run."""
    if max(len(old), len(new)) > facts.MAX_MESSAGE_SET_ID:
        return Course(False, ID_TOO_LONG)
    if not new:
        return _cleared(company, old, bool(requests)) if old else Course(True)
    if old and old != new:
        company.message_sets.pop(old, None)
    stored = company.message_sets.get(new)
    if old == new and not requests:
        return _status(stored)
    content = checksum(requests)
    if stored is None:
        company.message_sets[new] = StoredSet(content)
        return Course(True, DONE)
    if stored.checksum != content:
        return Course(False, OTHER_CONTENT)
    return _status(stored)


def with_recovery(body: str) -> str:
    """The answers of Add and Mod requests with an ErrorRecovery aggregate in place of each Ret (since qbXML 11.0)."""
    root = etree.fromstring(f"<Body>{body}</Body>")
    for response in root:
        if not str(response.tag).endswith(("AddRs", "ModRs")):
            continue
        for ret in list(response):
            recovery = etree.Element("ErrorRecovery")
            for name in ("ListID", "TxnID", "TxnNumber", "EditSequence", "ExternalGUID"):
                if (found := ret.findtext(name)) is not None:
                    etree.SubElement(recovery, name).text = found
            recovery.tail = "\n"
            response.replace(ret, recovery)
    return "".join(etree.tostring(response, encoding="unicode") for response in root)


def _cleared(company: Company, old: str, has_requests: bool) -> Course:
    if old == CLEAR_ALL:
        company.message_sets.clear()
        return Course(has_requests, DONE)
    known = company.message_sets.pop(old, None) is not None
    return Course(has_requests, DONE if known else UNKNOWN)


def _status(stored: StoredSet | None) -> Course:
    if stored is None:
        return Course(False, UNKNOWN)
    if stored.answer is None:
        return Course(False, NO_ANSWER)
    return Course(False, DONE, stored.answer)
