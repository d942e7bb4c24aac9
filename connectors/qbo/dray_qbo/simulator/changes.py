"""Full and sparse updates: what of an entity stays, what is replaced, and whether anything changed at all."""

from __future__ import annotations

from typing import Any

from dray_qbo.simulator.checking import Record
from dray_qbo.simulator.company import Company
from dray_qbo.simulator.facts import SHAPES
from dray_qbo.simulator.refusals import DELETED, INACTIVE, Refusal, missing


def current(company: Company, kind: str, body: Record) -> Record:
    """The entity that a body with Id and SyncToken means. Refusal 2020, 2030, 610, 5010."""
    identity = identity_of(body)
    if not identity:
        raise missing("Id")
    entity = existing(company, kind, identity)
    token = body.get("SyncToken")
    if token is None or token == "":
        raise missing("SyncToken")
    if str(token) != entity["SyncToken"]:
        who = company.settings.user
        raise Refusal(
            5010,
            f"Stale Object Error : You and {who} were working on this at the same time. {who} finished before you "
            "did, so your work was not saved.",
        )
    return entity


def existing(company: Company, kind: str, identity: str) -> Record:
    """The entity with this Id. Refusal 2030 or 610."""
    if not identity.isdecimal():
        raise Refusal(2030, f"Id should be a valid number. Supplied value:{identity}", "Id")
    entity = company.find(kind, identity)
    if entity is None:
        deleted = any(one["kind"] == kind and one["Id"] == identity for one in company.gone)
        raise Refusal(610, f"Object Not Found : {DELETED if deleted else INACTIVE}")
    return entity


def identity_of(body: Any) -> str:
    """The Id in a body; blank where it has none, or the 0 of something that is still to be created."""
    identity = body.get("Id") if isinstance(body, dict) else None
    return "" if identity is None or str(identity) in {"", "0"} else str(identity)


def updated(kind: str, entity: Record, sent: Record, *, sparse: bool) -> Record:
    """The entity after an update, without its SyncToken's next value.

    Sparse: only what is sent changes, and None clears. Full: what a client may set and leaves out goes.
    """
    shape = SHAPES[kind]
    kept = entity if sparse else {name: held for name, held in entity.items() if shape[name].read_only}
    return {name: held for name, held in {**kept, **sent}.items() if held is not None}


def differs(before: Record, after: Record) -> bool:
    """Whether an update changed something; one that changes nothing takes no SyncToken."""
    return {**before, "MetaData": None, "SyncToken": None} != {**after, "MetaData": None, "SyncToken": None}
