"""Which books are these? Host, company and preferences, asked in one message set."""

from __future__ import annotations

from collections.abc import Mapping

from dray_qbd.company import company_of
from dray_qbd.messages.message import Answers, Message
from dray_qbd.qbxml import writer
from dray_qbd.qbxml.writer import Content
from dray_sdk import Books, Identified, Identify, InDoubt, Outcome, RemoteProtocolError

_QUERIES = {"": "HostQuery", "c": "CompanyQuery", "p": "PreferencesQuery"}


def _write(_operation: Identify, request_id: str, books: Books) -> tuple[str, ...]:
    owner = books.preferences.get("owner_id")
    # QuickBooks gives the stamped file id only to whoever names its owner
    company: dict[str, Content | None] = {"OwnerID": [f"{{{owner.upper()}}}"] if owner else None}
    return (
        writer.request("HostQueryRq", request_id, {}),
        writer.request("CompanyQueryRq", f"{request_id}c", company),
        writer.request("PreferencesQueryRq", f"{request_id}p", {}),
    )


def _expects(_operation: Identify, request_id: str) -> Mapping[str, str]:
    return {f"{request_id}{letter}": f"{query}Rs" for letter, query in _QUERIES.items()}


def _read(_operation: Identify, answers: Answers) -> Outcome:
    try:
        return Identified(company_of(answer.element for answer in answers.values()).books)
    except RemoteProtocolError as unclear:
        company = answers["CompanyQueryRs"]
        return InDoubt(company.code, company.text or str(unclear))


IDENTIFY = Message(_write, _expects, _read)
