"""The addresses of everything that is written by hand: invoices, customers, items, the rate card, the company."""

from __future__ import annotations

from flask import Blueprint

from dray.web.company import settings as company
from dray.web.invoices import acts as invoice_acts
from dray.web.invoices import writing
from dray.web.records import customers, items, rate_card

__all__ = ["add_billing_routes"]

POST = ["POST"]


def add_billing_routes(web: Blueprint) -> None:
    """Add them."""
    _add_writing(web)
    _add_customers(web)
    web.add_url_rule("/items", "items", items.show_items)
    web.add_url_rule("/items/new", "new_item", items.new_item)
    web.add_url_rule("/items/new", "create_item", items.create_item, methods=POST)
    web.add_url_rule("/items/<public_id>", "item", items.show_item)
    web.add_url_rule("/items/<public_id>", "save_item", items.save_item, methods=POST)
    web.add_url_rule("/rate-card", "rate_card", rate_card.show_rate_card)
    web.add_url_rule("/rate-card/new", "new_rate", rate_card.new_rate)
    web.add_url_rule("/rate-card/new", "create_rate", rate_card.create_rate, methods=POST)
    web.add_url_rule("/rate-card/<public_id>", "rate", rate_card.show_rate)
    web.add_url_rule("/rate-card/<public_id>", "save_rate", rate_card.save_rate, methods=POST)
    web.add_url_rule("/rate-card/<public_id>/end", "end_rate", rate_card.end_rate, methods=POST)
    web.add_url_rule("/company", "company", company.show_company)
    web.add_url_rule("/company", "save_company", company.save_company, methods=POST)
    web.add_url_rule("/company/empty", "empty_company", company.empty_company, methods=POST)


def _add_writing(web: Blueprint) -> None:
    web.add_url_rule("/invoices/new", "write_invoice", writing.write_invoice)
    web.add_url_rule("/invoices/new", "create_invoice", writing.create_invoice, methods=POST)
    web.add_url_rule("/invoices/judge", "judge_invoice", writing.judge_invoice, methods=POST)
    web.add_url_rule("/invoices/customers", "pick_customer", writing.pick_customer)
    one = "/invoices/<public_id>"
    web.add_url_rule(f"{one}/edit", "edit_invoice", writing.edit_invoice)
    web.add_url_rule(f"{one}/edit", "save_invoice", writing.save_invoice, methods=POST)
    web.add_url_rule(f"{one}/delete", "delete_invoice", invoice_acts.delete_invoice, methods=POST)
    web.add_url_rule(f"{one}/restore", "restore_invoice", invoice_acts.restore_invoice, methods=POST)
    web.add_url_rule(f"{one}/unpend-and-edit", "unpend_and_edit", invoice_acts.unpend_and_edit, methods=POST)
    web.add_url_rule(f"{one}/lines/<int:line>/amount", "choose_amount", invoice_acts.choose_amount, methods=POST)
    web.add_url_rule(f"{one}/disagreement", "decide_disagreement", invoice_acts.decide_disagreement, methods=POST)


def _add_customers(web: Blueprint) -> None:
    web.add_url_rule("/customers", "customers", customers.show_customers)
    web.add_url_rule("/customers/new", "new_customer", customers.new_customer)
    web.add_url_rule("/customers/new", "create_customer", customers.create_customer, methods=POST)
    web.add_url_rule("/customers/<public_id>", "customer", customers.show_customer)
    web.add_url_rule("/customers/<public_id>/edit", "edit_customer", customers.edit_customer)
    web.add_url_rule("/customers/<public_id>/edit", "save_customer", customers.save_customer, methods=POST)
