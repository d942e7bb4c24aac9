"""What people are told of what the books hold: problems as they are stored, with both sides where there are two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dray.billing import problems
from dray.billing.models import Customer
from dray.sync.recognition import Likeness, Recognised
from dray_sdk import Entry, Fix, Invoice, Kind


def twin(document: Invoice, recognised: Recognised) -> dict[str, Any]:
    """Why an invoice that the books seem to hold already does not leave, with both sides to compare. `exact`: there is
    one, and its number, customer, date and total are ours."""
    there = [shown(entry) for entry in recognised.considered]
    texts = "; ".join(each["text"] for each in there)
    exact = recognised.likeness is Likeness.OURS and len(there) == 1
    detail = (
        f"The books have this already: {texts}. Say that it is the same one, post it all the same, or mark it as not "
        "to be sent. Nothing was posted."
    )
    return {**problems.refusal("twin", detail, "number"), "candidates": there, "exact": exact}


def already_there(entry: Entry) -> dict[str, Any]:
    """The books hold this very invoice under our own mark, and this database does not know that it was sent."""
    there = shown(entry)
    detail = (
        f"The books have this invoice already, sent from here before: {there['text']}. Dray did not hear of it: it was "
        "put back from a backup, or the connection was removed. Nothing was posted again. Say that it is already there."
    )
    fix = Fix("it_is_already_there", "It is already there", entry.books_id)
    return {**problems.refusal("already_there", detail, "number", fix), "candidates": [there], "exact": True}


def not_confirmed(said: Mapping[str, str], free: Sequence[Entry], found: Sequence[Entry]) -> dict[str, Any]:
    """Why the books do not bear out what a person said the invoice is. `free`: those found that belong to no other."""
    name = f"number {said['number']}" if "number" in said else "that invoice"
    if not found:
        detail = f"The books have no {name}. Look it up there and give its number again, or send the invoice."
    elif not free:
        detail = f"The books' {name} belongs to another invoice here. Look at that one, and give another number."
    else:
        detail = f"The books have {len(free)} invoices with {name}. Choose which one it is."
    return {**problems.refusal("not_confirmed", detail, "number"), "candidates": [shown(entry) for entry in free]}


def several(kind: Kind, name: str, count: int) -> dict[str, Any]:
    """The books have a name more than once."""
    return problems.refusal(
        f"{kind.value}_ambiguous",
        f"The books have {count} entries called “{name}”. Rename one of them there, then send the invoice again.",
        kind.value,
    )


def contradiction(ours: Customer, name: str, entry: Entry) -> dict[str, Any] | None:
    """Why a customer of the same name may be another one; None where nothing speaks against it."""
    for label, mine, theirs in (
        ("e-mail", ours.email, entry.details.get("email")),
        ("telephone number", ours.phone, entry.details.get("phone")),
    ):
        if mine and theirs and _plain(mine) != _plain(theirs):
            return problems.refusal(
                "customer_differs",
                f"The books have a customer “{name}” with another {label}: {theirs}, here {mine}. If it is the same "
                f"customer, make the {label} agree; if not, rename the customer here. Then send again.",
                "customer",
                Fix("edit", "Edit the customer"),
            )
    return None


def _plain(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def unclear(document: Invoice, recognised: Recognised) -> str:
    """What of the books is like an invoice in doubt, in one sentence."""
    there = "; ".join(shown(entry)["text"] for entry in recognised.considered)
    return f"something there is like it, but not surely number {document.number} of here: {there}"


def shown(entry: Entry) -> dict[str, str]:
    """As one sentence, and as the fields that a page puts beside ours; "" for what the books do not tell."""
    customer = entry.customer.name if entry.customer else ""
    text = f"number {entry.number or 'none'} of {entry.date}, {customer or 'an unknown customer'}, "
    return {
        "books_id": entry.books_id,
        "text": text + str(entry.total or "no total"),
        "number": entry.number or "",
        "date": entry.date.isoformat() if entry.date else "",
        "customer": customer,
        "total": str(entry.total or ""),
    }
