"""Consent, tokens, rotation and revocation at the pretend Intuit."""

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from dray_qbo.simulator import App, Rotation
from dray_qbo.simulator.grants import ACCOUNTING
from tests.connectors.qbo.simulator.online import HOST, Online, online, shape

CALLBACK = "https://dray.example/oauth/qbo/callback"
TOKEN, REVOKE = f"{HOST}/oauth2/v1/tokens/bearer", f"{HOST}/v2/oauth2/tokens/revoke"
ASKED = {
    "client_id": App().client_id,
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": f"{ACCOUNTING} openid email",
    "state": "s & t",
}


def basic(app: App | None = None, secret: str = "") -> dict[str, str]:
    app = app or App()
    pair = f"{app.client_id}:{secret or app.client_secret}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}", "Accept": "application/json"}


def press(books: Online, decision: str = "allow", **more: str) -> dict[str, str]:
    answer = books.session.post(
        f"{HOST}/connect/oauth2",
        data={**ASKED, "realm": books.realm_id, "decision": decision, **more},
        allow_redirects=False,
    )
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{CALLBACK}?")
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def exchange(books: Online, code: str, **more: str) -> requests.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **more}
    return books.session.post(TOKEN, data=form, headers=basic())


def refresh(books: Online, token: str, **headers: str) -> requests.Response:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return books.session.post(TOKEN, data=form, headers={**basic(), **headers})


def works(books: Online, access: str) -> bool:
    books.access = access
    return books.call("GET", "customer/1").status_code == 200


def test_discovery_is_shaped_as_intuits(reference_data: Path) -> None:
    wanted = json.loads((reference_data / "qbo" / "oauth" / "discovery.json").read_text(encoding="utf-8-sig"))
    for name in ("openid_configuration", "openid_configuration/", "openid_sandbox_configuration/"):
        found = online().session.get(f"{HOST}/.well-known/{name}").json()
        assert shape(found) == shape(wanted)
        assert found["token_endpoint"] == TOKEN


def test_the_page_asks_and_a_press_brings_code_state_and_realm_back() -> None:
    books = online(app=App(redirect_uris=(CALLBACK,)))
    page = books.session.get(f"{HOST}/connect/oauth2", params={**ASKED, "state": '"><script>'})
    assert page.status_code == 200
    assert "<script>" not in page.text
    assert books.intuit.grants.codes == {}
    back = press(books)
    assert (back["state"], back["realmId"]) == ("s & t", books.realm_id)
    given = exchange(books, back["code"]).json()
    assert works(books, given["access_token"])
    assert set(given) == {
        "token_type", "access_token", "expires_in", "refresh_token", "x_refresh_token_expires_in", "id_token",
    }  # fmt: skip
    assert (given["expires_in"], given["x_refresh_token_expires_in"]) == (3600, 8_726_400)


def test_whoever_declines_is_sent_back_without_a_code() -> None:
    assert press(online(), decision="deny") == {"error": "access_denied", "state": "s & t"}
    assert press(online(), scope="everything") == {"error": "invalid_scope", "state": "s & t"}


@pytest.mark.parametrize(
    "wrong",
    [{"client_id": "other"}, {"redirect_uri": CALLBACK + "/"}, {"response_type": "token"}, {"state": ""}],
)
def test_what_cannot_be_trusted_is_never_sent_back(wrong: dict[str, str]) -> None:
    books = online(app=App(redirect_uris=(CALLBACK,)))
    answer = books.session.get(f"{HOST}/connect/oauth2", params={**ASKED, **wrong}, allow_redirects=False)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_a_code_is_good_once_for_ten_minutes_and_for_its_address() -> None:
    refused = {"error": "invalid_grant", "error_description": "Invalid authorization code"}
    books = online()
    late = press(books)["code"]
    books.clock.pass_(minutes=11)
    for answer in (exchange(books, late), exchange(books, press(books)["code"], redirect_uri="https://x.example")):
        assert (answer.status_code, answer.json()) == (400, refused)
    code = press(books)["code"]
    given = exchange(books, code).json()
    assert exchange(books, code).json() == refused
    # Whoever sends a code twice may have stolen it: what it gave is over.
    assert not works(books, given["access_token"])


def test_the_client_says_who_it_is() -> None:
    books = online()
    form = {"grant_type": "refresh_token", "refresh_token": books.refresh}
    wrong = books.session.post(TOKEN, data=form, headers=basic(secret="guess"))
    assert (wrong.status_code, wrong.json()) == (401, {"error": "invalid_client"})
    assert wrong.headers["WWW-Authenticate"] == 'Basic realm="Intuit"'
    assert books.session.post(TOKEN, data=form).status_code == 401
    posted = {**form, "client_id": App().client_id, "client_secret": App().client_secret}
    assert books.session.post(TOKEN, data=posted).status_code == 200


def test_strict_rotation_ends_the_old_refresh_token_at_once() -> None:
    books = online()
    first = refresh(books, books.refresh).json()
    assert first["refresh_token"] != books.refresh
    old = refresh(books, books.refresh)
    assert (old.status_code, old.json()["error"]) == (400, "invalid_grant")
    assert refresh(books, first["refresh_token"]).status_code == 200


def test_reuse_can_end_the_whole_connection() -> None:
    books = online(app=App(reuse_revokes=True))
    first = refresh(books, books.refresh).json()
    refresh(books, books.refresh)
    assert refresh(books, first["refresh_token"]).json()["error"] == "invalid_grant"
    assert not works(books, first["access_token"])


def test_lenient_rotation_changes_the_value_once_a_day() -> None:
    books = online(app=App(rotation=Rotation.LENIENT))
    assert refresh(books, books.refresh).json()["refresh_token"] == books.refresh
    books.clock.pass_(hours=25)
    second = refresh(books, books.refresh).json()["refresh_token"]
    assert second != books.refresh
    assert refresh(books, books.refresh).json()["refresh_token"] == second
    books.clock.pass_(hours=25)
    assert refresh(books, books.refresh).status_code == 400
    assert refresh(books, second).status_code == 200


def test_tokens_end() -> None:
    books = online()
    books.clock.pass_(seconds=3599)
    assert works(books, books.access)
    books.clock.pass_(seconds=1)
    assert not works(books, books.access)
    second = refresh(books, books.refresh).json()["refresh_token"]
    books.clock.pass_(seconds=8_726_401)
    assert refresh(books, second).json()["error"] == "invalid_grant"


def test_no_refresh_reaches_past_five_years() -> None:
    books = online()
    answer: dict[str, Any] = {"refresh_token": books.refresh}
    for _ in range(18):
        books.clock.pass_(days=100)
        capped = refresh(books, answer["refresh_token"], **{"x-include-refresh-token-hard-expires-in": "true"})
        answer = capped.json()
    assert answer["x_refresh_token_hard_expires_in"] == 157_680_000 - 1800 * 86_400
    assert answer["x_refresh_token_expires_in"] == answer["x_refresh_token_hard_expires_in"]
    books.clock.pass_(days=26)
    assert refresh(books, answer["refresh_token"]).status_code == 400


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("which", ["access", "refresh"])
def test_either_token_revokes_both(as_json: bool, which: str) -> None:
    books = online()
    sent: dict[str, Any] = {"json" if as_json else "data": {"token": getattr(books, which)}}
    assert books.session.post(REVOKE, headers=basic(), **sent).status_code == 200
    assert not works(books, books.access)
    assert refresh(books, books.refresh).json()["error"] == "invalid_grant"
    assert books.session.post(REVOKE, headers=basic(), **sent).status_code == 400
    assert books.session.post(REVOKE, **sent).status_code == 401


def test_a_company_that_disconnects_answers_403() -> None:
    books = online()
    books.intuit.grants.disconnect(books.realm_id)
    answer = books.call("GET", "customer/1")
    assert (answer.status_code, answer.json()["fault"]["error"][0]["code"]) == (403, "3100")
    assert refresh(books, books.refresh).json()["error"] == "invalid_grant"


def test_one_companys_token_opens_no_other_company() -> None:
    books = online()
    books.intuit.add(type(books.company).sample("9341450000000002"))
    books.realm_id = "9341450000000002"
    assert books.call("GET", "customer/1").status_code == 403


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": ""}, "invalid_grant"),
    ],
)
def test_other_questions_are_refused(form: dict[str, str], error: str) -> None:
    answer = online().session.post(TOKEN, data=form, headers=basic())
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.headers["intuit_tid"]


def test_who_gave_consent_is_told_as_far_as_the_scope_reaches(reference_data: Path) -> None:
    books = online()
    address = f"{HOST}/v1/openid_connect/userinfo"

    def asked(scope: str) -> requests.Response:
        access = books.intuit.connect(scope=scope).access
        return books.session.get(address, headers={"Authorization": f"Bearer {access}"})

    documented = json.loads(
        (reference_data / "qbo" / "oauth" / "success_userinfo_response.json").read_text(encoding="utf-8-sig")
    )
    everything = asked("openid profile email phone address").json()
    assert shape(everything) == shape(documented)
    assert set(asked("openid email").json()) == {"sub", "email", "emailVerified"}
    assert asked(ACCOUNTING).status_code == 401
    assert books.session.get(address).status_code == 401


def test_a_token_without_the_accounting_scope_reads_nothing() -> None:
    books = online()
    books.access = books.intuit.connect(scope="openid").access
    assert books.call("GET", "customer/1").status_code == 403


def test_a_refresh_can_be_lost_refused_or_unavailable() -> None:
    books = online()
    books.faults.refresh_refused = 1
    assert refresh(books, books.refresh).json()["error"] == "invalid_grant"
    books.faults.token_unavailable = 1
    unavailable = refresh(books, books.refresh)
    assert (unavailable.status_code, unavailable.headers["Content-Type"]) == (503, "text/html")
    books.faults.token_slow = 4
    books.faults.refresh_lost = 1
    with pytest.raises(requests.exceptions.ReadTimeout):
        refresh(books, books.refresh)
    assert books.pauses == [4]
    assert refresh(books, books.refresh).json()["error"] == "invalid_grant"


def test_grants_outlive_a_restart(tmp_path: Path) -> None:
    books = online()
    books.intuit.save(tmp_path / "intuit.json")
    other = online()
    other.intuit.load(tmp_path / "intuit.json")
    assert works(other, books.access)
    assert refresh(other, books.refresh).status_code == 200
