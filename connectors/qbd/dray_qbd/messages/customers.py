"""Customers and jobs: adding one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from lxml import etree

from dray_qbd.messages.addresses import address_block
from dray_qbd.messages.marks import braced, contradicts
from dray_qbd.messages.message import Answers, Message, by_id_or_name, held
from dray_qbd.messages.written import written
from dray_qbd.qbxml import reader, writer
from dray_qbd.qbxml.writer import Content
from dray_sdk import Books, Create, Customer, InDoubt, Outcome, Posted


def address_name(customer: Customer) -> str:
    """The name that stands on the customer's addresses."""
    return customer.company_name or customer.name


def customer_add(customer: Customer) -> dict[str, Content | None]:
    """The content of CustomerAdd. Leaves out what the record leaves out."""
    return {
        "Name": held(customer.name),
        "IsActive": None if customer.active else "false",
        "ParentRef": by_id_or_name(customer.parent),
        "CompanyName": held(customer.company_name),
        "BillAddress": address_block(customer.billing_address, address_name(customer)),
        "ShipAddress": address_block(customer.shipping_address, address_name(customer)),
        "Phone": held(customer.phone),
        "Email": held(customer.email),
        "ExternalGUID": braced(customer.mark),
    }


def _write(operation: Create, request_id: str, _books: Books) -> tuple[str, ...]:
    customer = cast(Customer, operation.record)
    return (writer.request("CustomerAddRq", request_id, {"CustomerAdd": customer_add(customer)}),)


def _expects(_operation: Create, request_id: str) -> Mapping[str, str]:
    return {request_id: "CustomerAddRs"}


def _read(operation: Create, answers: Answers) -> Outcome:
    customer = cast(Customer, operation.record)

    def posted(ret: etree._Element, warning: str | None, code: str, text: str) -> Outcome:
        books_id = reader.text(ret, "ListID")
        if not books_id:
            return InDoubt(code, text)
        name = reader.text(ret, "Name")
        if contradicts(customer.mark, ret) or (name and not _same_name(name, customer.name)):
            return InDoubt(code, f"QuickBooks answered about another customer: {name}")
        return Posted(books_id, revision=reader.text(ret, "EditSequence"), warning=warning, code=code, text=text)

    return written(answers["CustomerAddRs"], "CustomerRet", posted, customer)


def _same_name(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


ADD = Message(_write, _expects, _read)
