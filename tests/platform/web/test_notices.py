"""What is said after something was done fits the cookie that carries it."""

import random

from flask import Flask, flash, session

from dray.web.notices import Notice


def carried(notice: Notice) -> int:
    """Bytes of the cookie that carries it."""
    app = Flask("test")
    app.secret_key = "x" * 32

    @app.get("/")
    def say() -> str:
        flash(notice.plain)
        session["login"] = "x" * 43
        return ""

    return len(app.test_client().get("/").headers["Set-Cookie"])


def test_a_short_notice_is_kept_as_it_is() -> None:
    plain = Notice("2 were sent.", ["INV-1: too long"], undo="snd_1").plain
    assert plain == {"text": "2 were sent.", "more": ["INV-1: too long"], "undo": "snd_1"}


def test_what_has_no_room_is_counted() -> None:
    plain = Notice("Nothing was sent.", [f"INV-{number}: {'x' * 90}" for number in range(1000)]).plain
    assert len(plain["more"]) < 25
    kept = len(plain["more"]) - 1
    assert plain["more"][-1] == f"and {1000 - kept:,} more; each says why on its own page."


def test_the_longest_and_worst_text_still_fits_a_cookie() -> None:
    dice = random.Random(7)
    lines = ["".join(chr(dice.randrange(0x4E00, 0x9FFF)) for _ in range(5000)) for _ in range(50)]
    assert carried(Notice(lines[0], lines)) < 4000
