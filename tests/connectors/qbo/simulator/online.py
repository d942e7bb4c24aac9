"""A pretend QuickBooks Online that stands still in time, and short ways to call it."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from dray_qbo.simulator import App, Company, Faults, Intuit, Limits, WsgiAdapter, application

NOON = datetime(2026, 8, 5, 19, 0, 0, 300_000, tzinfo=UTC)  # noon in California
HOST = "https://quickbooks.example"


@dataclass
class Clock:
    """Time that only passes when a test says so."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Online:
    """An Intuit with one company, a client that is connected to it, and the calls of that client."""

    intuit: Intuit
    clock: Clock
    session: requests.Session
    realm_id: str
    access: str = ""
    refresh: str = ""
    accept: str = "application/json"
    pauses: list[float] = field(default_factory=list)

    @property
    def company(self) -> Company:
        return self.intuit.realms[self.realm_id].company

    @property
    def faults(self) -> Faults:
        return self.intuit.faults

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.access}", "Accept": self.accept}
        return self.session.request(
            method, f"{HOST}/v3/company/{self.realm_id}/{path}", json=body, headers=headers, **more
        )

    def post(self, path: str, body: Any, **params: str) -> Any:
        """The answer's entity; fails where it is a fault."""
        response = self.call("POST", path, body, params=params)
        assert response.status_code == 200, response.text
        answer = response.json()
        return next(value for name, value in answer.items() if name != "time")

    def get(self, path: str, **params: str) -> Any:
        response = self.call("GET", path, params=params)
        assert response.status_code == 200, response.text
        answer = response.json()
        return next(value for name, value in answer.items() if name != "time")

    def query(self, statement: str) -> list[Any]:
        found = self.get("query", query=statement)
        return next((value for value in found.values() if isinstance(value, list)), [])

    def refused(self, path: str, body: Any, **params: str) -> list[tuple[str, str]]:
        """(code, element) of every error of the fault."""
        response = self.call("POST", path, body, params=params)
        assert response.status_code in {400, 500}, response.text
        return [(error["code"], error.get("element", "")) for error in response.json()["Fault"]["Error"]]

    def refused_query(self, statement: str) -> dict[str, str]:
        response = self.call("GET", "query", params={"query": statement})
        assert response.status_code == 400, response.text
        (error,) = response.json()["Fault"]["Error"]
        return dict(error)


def online(
    company: Company | None = None,
    *,
    app: App | None = None,
    faults: Faults | None = None,
    limits: Limits | None = None,
    clock: Clock | None = None,
    **settings: Any,
) -> Online:
    """Connected and ready. `settings` are those of the sample company."""
    clock = clock or Clock()
    pauses: list[float] = []
    intuit = Intuit(
        company or Company.sample(**settings),
        app=app,
        clock=clock,
        dice=random.Random(7),
        faults=faults,
        limits=limits or Limits.none(),
        pause=pauses.append,
    )
    session = requests.Session()
    session.mount(HOST, WsgiAdapter(application(intuit)))
    realm_id = next(iter(intuit.realms))
    tokens = intuit.connect(realm_id)
    return Online(intuit, clock, session, realm_id, tokens.access, tokens.refresh, pauses=pauses)


def sale(amount: Any = 100, item: str = "1", **detail: Any) -> dict[str, Any]:
    return {
        "Amount": amount,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": item}, **detail},
    }


def invoice(*lines: Any, customer: str = "1", **more: Any) -> dict[str, Any]:
    return {"CustomerRef": {"value": customer}, "Line": list(lines) or [sale()], **more}


def shape(value: Any) -> Any:
    """Keys and types of a JSON value; of a list, those of its members."""
    if isinstance(value, dict):
        return {key: shape(held) for key, held in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value]
    return type(value).__name__


Ask = Callable[[], Any]
