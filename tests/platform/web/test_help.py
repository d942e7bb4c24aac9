"""Help is there for everybody, is found by words, and no link in it leads nowhere."""

import re

from dray.help import articles
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
