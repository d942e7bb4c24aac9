"""Help is there for everybody, is found by words, and no link in it leads nowhere."""

import re
from pathlib import Path

import dray.web
from dray.billing.states import InvoiceState
from dray.help import articles
from dray.inbox.causes import TITLES
from dray.web.words import INVOICE_LOOKS
from tests.platform.web.stage import Stage


def test_every_article_is_listed_and_opens_without_signing_in(stage: Stage) -> None:
    client = stage.app.test_client()
    listed = client.get("/help").text
    assert len(articles.every()) > 8
    for article in articles.every():
        assert article.title in listed
        page = client.get(f"/help/{article.name}")
        assert page.status_code == 200
        for link in re.findall(r'href="([\w-]+)"', article.body):
            assert client.get(f"/help/{link}").status_code == 200, (article.name, link)


def test_articles_are_found_by_all_of_the_words(stage: Stage) -> None:
    client = stage.app.test_client()
    found = client.get("/help?q=quiet+hours").text
    assert "Alerts by mail" in found
    assert "Closing the month" not in found
    assert "0 articles" in client.get("/help?q=zeppelin").text
    assert "&lt;b&gt;" in client.get("/help?q=<b>").text


def test_there_is_nothing_at_the_name_of_no_article(stage: Stage) -> None:
    assert stage.app.test_client().get("/help/nothing-like-it").status_code == 404


TEMPLATES = Path(str(dray.web.__file__)).parent / "templates"


def test_every_state_and_every_problem_is_told_of_by_name() -> None:
    states, problems = articles.find("states"), articles.find("problems")
    assert states is not None
    assert problems is not None
    assert len(TITLES) > 12
    for state in InvoiceState:
        assert f"<strong>{INVOICE_LOOKS[state.value]}</strong>" in states.body, state
    for code, title in TITLES.items():
        assert f"<strong>{title}.</strong>" in problems.body, code


def test_every_page_leads_to_an_article_about_it_that_is_there() -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html")}
    named = {name for text in sources.values() for name in re.findall(r"web.help_article', name='([\w-]+)'", text)}
    assert len(named) > 4
    of_tenants = {
        section
        for path, text in sources.items()
        for section in re.findall(r'set section = "(\w+)"', text)
        if "console" not in path.parts
    }
    assert of_tenants - {"errors"} <= articles.OF_SECTION.keys()
    for name in named | set(articles.OF_SECTION.values()):
        assert articles.find(name) is not None, name


def test_a_link_of_an_article_leads_to_a_page(stage: Stage) -> None:
    client = stage.app.test_client()
    targets = {link for each in articles.every() for link in re.findall(r'href="(/[^"]*)"', each.body)}
    assert len(targets) > 5
    for link in targets:
        assert client.get(link).status_code in (200, 303), link
    assert client.get("/users/roles").status_code == 303, "a page that asks to sign in"
