"""Every page of a test company says so, and its owner empties it by typing its name."""

from __future__ import annotations

from dray_tenants.roles import Role
from tests.platform.web.stage import Stage


def test_its_pages_say_so_and_it_is_emptied_once_its_name_was_typed(stage: Stage) -> None:
    company = stage.company("Try It", "try-it", test=True)
    stage.connect("Pretend", tenant=company)
    page = stage.browse(stage.person("tess@try.example", Role.OWNER, company))
    for address in ("/", "/invoices", "/connections", "/company"):
        assert "<b>Test company.</b>" in page.get(address, follow_redirects=True).text, address
    page.get("/company")
    refused = page.press("/company/empty", slug="try it")
    assert refused.status_code == 422
    assert "Type try-it, exactly as it is here." in refused.text
    assert "Pretend" in page.get("/connections").text
    emptied = page.press("/company/empty", follow=True, slug="try-it")
    assert "The company is empty again" in emptied.text
    assert "1 connection" in emptied.text
    assert "Pretend" not in page.get("/connections").text
    assert "emptied this test company" in page.get("/audit").text


def test_a_real_company_says_nothing_of_it_and_has_nothing_to_press(stage: Stage) -> None:
    page = stage.browse(stage.person("olga@harlan.example", Role.OWNER))
    text = page.get("/company").text
    assert "Test company" not in text
    assert "Begin anew" not in text
    assert page.press("/company/empty", slug="harlan").status_code == 404
