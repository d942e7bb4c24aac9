"""The OpenAPI document is valid, says what runs, and calls made up from it meet what it promises."""

from __future__ import annotations

from typing import Any, cast

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema_rs import Draft202012Validator, meta
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from dray_tenants.database import Engines
from dray_tenants.models import TokenScope
from tests.platform.api.conftest import Program, token
from tests.platform.shop import Shop


def _document(app: Flask) -> dict[str, Any]:
    return cast(dict[str, Any], app.test_client().get("/api/v1/openapi.json").json)


def _references(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
        return own.union(*map(_references, part.values()))
    return set().union(*map(_references, part)) if isinstance(part, list) else set()


def test_the_document_is_openapi_3_1_and_every_reference_leads_somewhere(app: Flask) -> None:
    document = _document(app)
    assert document["openapi"].startswith("3.1.")
    schemas = document["components"]["schemas"]
    assert {name.rpartition("/")[2] for name in _references(document)} <= set(schemas)
    for schema in schemas.values():
        meta.validate(schema)


def test_every_operation_is_described_with_its_errors(app: Flask) -> None:
    document = _document(app)
    assert set(document["paths"]) == {
        f"/api/v1{path}"
        for path in (
            "/company/empty", "/connections", "/connections/{id}", "/customers", "/customers/{id}", "/invoices",
            "/invoices/send",
            "/invoices/unpend", "/invoices/{id}", "/invoices/{id}/timeline", "/rates", "/rates/{id}",
            "/routing-rules", "/routing-rules/{id}", "/webhook-endpoints",
            "/webhook-endpoints/{id}", "/operator/tenants", "/operator/tenants/{id}/connections",
            "/operator/tenants/{id}/tokens", "/operator/connections/{id}/links", "/operator/connections/{id}/set-up",
            "/operator/connections/{id}/file", "/operator/connections/{id}/company",
        )
    }  # fmt: skip
    operations = [item for methods in document["paths"].values() for item in methods.values()]
    assert len({item["operationId"] for item in operations}) == len(operations)
    for item in operations:
        assert item["summary"].endswith(".")
        assert {"401", "403"} <= set(item["responses"])


def test_the_readable_documentation_is_of_local_files_only(app: Flask) -> None:
    response = app.test_client().get("/api/docs")
    assert response.status_code == 200
    assert "POST /api/v1/invoices" in response.text
    assert "http://" not in response.text
    assert "https://" not in response.text
    assert "<script" not in response.text


def test_answers_have_the_shape_that_is_promised(
    app: Flask, program: Program, shop: Shop, paper: dict[str, Any]
) -> None:
    document = _document(app)
    shop.connect()
    made = program.call("POST", "/invoices", paper).json
    shop.post(made["id"])
    calls = {
        "Invoice": ("GET", f"/invoices/{made['id']}", None),
        "Invoices": ("GET", "/invoices", None),
        "Customer": ("GET", f"/customers/{made['customer']['id']}", None),
        "Customers": ("GET", "/customers", None),
        "Connections": ("GET", "/connections", None),
        "Timeline": ("GET", f"/invoices/{made['id']}/timeline", None),
        "Answers": ("POST", "/invoices", {"invoices": [paper, {}]}),
        "SendResults": ("POST", "/invoices/send", {"ids": [made["id"], "inv_x"]}),
        "ProblemDetails": ("POST", "/customers", {"nonsense": 1}),
    }
    for name, (method, path, body) in calls.items():
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        validator = Draft202012Validator(schema)
        validator.validate(program.call(method, path, body).json)


def test_made_up_calls_get_promised_answers(app: Flask, engines: Engines, shop: Shop) -> None:
    """Bounded: a few made-up calls of each operation, in this process."""
    shop.connect()
    bearer = token(engines, shop, TokenScope.WRITE)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)

    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        _call_some(result.ok(), bearer)


def _call_some(operation: Any, bearer: str) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=8,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    def call(case: Any) -> None:
        # What is well-formed may still say nothing: a sum that differs, a place of another list.
        excluded = [checks.positive_data_acceptance]
        case.call_and_validate(headers={"Authorization": f"Bearer {bearer}"}, excluded_checks=excluded)

    call()
