"""Name, logo, telephone and address of whoever runs the installation stand wherever a customer looks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dray.installation import Dray
from dray.mail.letters import Letter, message
from dray.mail.outbox import envelope_of
from dray.settings import WrongSetting, read_settings
from tests.platform.connect.customer import Customer
from tests.platform.web.stage import Stage

NAME, PHONE, ADDRESS = "Haul Books", "+1 555 0100", "1 Mill Road, Springfield"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def parts(stage: Stage, tmp_path: Path) -> Dray:
    """The installation of somebody who has set everything."""
    logo = tmp_path / "logo.png"
    logo.write_bytes(PNG)
    parts: Dray = stage.app.extensions["dray"]
    settings = replace(
        parts.settings, product_name=NAME, support_phone=PHONE, support_address=ADDRESS, logo=logo.resolve()
    )
    stage.app.extensions["dray"] = replace(parts, settings=settings)
    found: Dray = stage.app.extensions["dray"]
    return found


def test_set_up_pages_and_support_page_and_file_carry_it(parts: Dray, stage: Stage, customer: Customer) -> None:
    pages = [customer.browser.get(customer.link).text, customer.browser.get("/connect").text, customer.claim()]
    qwc, _ = customer.hand_over()
    support = qwc.app_support.partition("localhost:8000")[2]
    pages.append(customer.browser.get(support).text)
    for page in pages:
        for said in (NAME, PHONE, ADDRESS, 'src="/logo"'):
            assert said in page
    assert qwc.app_name == NAME
    assert qwc.description == f"QuickBooks Desktop. Help: {PHONE}, {ADDRESS}"
    logo = stage.app.test_client().get("/logo")
    assert (logo.data, logo.content_type) == (PNG, "image/png")


def test_every_letter_carries_it(parts: Dray) -> None:
    envelope = envelope_of(parts.settings, "owner@harlan.example", "mail_1")
    written = message(envelope, Letter("Hello", ("A paragraph.",)), parts.clock)
    plain, html = (written.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    assert plain.get_content().endswith(f"\n-- \n{NAME}, {PHONE}, {ADDRESS}\n")
    assert f"{NAME}, {PHONE}, {ADDRESS}" in html.get_content()
    assert f'<img src="{parts.settings.public_url}/logo" alt="{NAME}"' in html.get_content()


def test_without_a_logo_nothing_asks_for_one(stage: Stage, customer: Customer) -> None:
    assert "/logo" not in customer.claim()
    assert stage.app.test_client().get("/logo").status_code == 404
    settings = stage.app.extensions["dray"].settings
    written = message(envelope_of(settings, "a@b.example", "m"), Letter("Hello", ("A.",)), lambda: stage.now)
    assert "img" not in written.as_string()
    assert "-- " not in written.as_string()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("logo.txt", b"x", "name a file that ends in"),
        ("none.png", None, "no such file"),
        ("l.svg", b"x" * 500_001, "kB"),
    ],
)
def test_a_logo_that_cannot_be_shown_stops_the_start(
    tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WrongSetting, match=words):
        read_settings({"DRAY_HOME": str(tmp_path / "home"), "DRAY_LOGO": str(path)})
