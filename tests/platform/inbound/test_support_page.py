"""The page behind a connection's support link opens for everybody and says where help is."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask


def test_it_names_product_and_contact_without_a_login(application: Callable[..., Flask]) -> None:
    client = application(
        DRAY_CONNECTORS="toy",
        DRAY_PRODUCT_NAME="Hauler <Sync>",
        DRAY_SUPPORT_EMAIL="help@hauler.example",
        DRAY_SUPPORT_PHONE="+1 555 010 0199",
    ).test_client()
    page = client.get("/toybooks/never-heard-of/support")
    assert page.status_code == 200
    assert "Help with Hauler &lt;Sync&gt;" in page.text
    assert "mailto:help@hauler.example" in page.text
    assert 'href="tel:+15550100199"' in page.text


def test_without_a_contact_it_says_whom_to_ask(application: Callable[..., Flask]) -> None:
    page = application(DRAY_CONNECTORS="toy").test_client().get("/toybooks/in_7/support/")
    assert page.status_code == 200
    assert "ask the company that gave you the set-up file" in page.text
