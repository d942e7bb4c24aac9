"""Every state, kind and icon that pages may meet has its look; nothing in a template needs what the policy forbids."""

import re
from pathlib import Path

import dray.web
from dray.billing.counts import NOT_SENT
from dray.billing.states import InvoiceState
from dray.billing.timeline import SENTENCES
from dray.web.words import CONNECTION_LOOKS, INVOICE_LOOKS, TABS, TIMELINE_LOOKS

WEB = Path(dray.web.__file__).parent
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
SYMBOLS = set(re.findall(r'<symbol id="([\w-]+)"', (WEB / "templates" / "icons.svg").read_text()))
TONES = {"s-idle", "s-move", "s-ok", "s-warn", "s-bad"}


def test_every_state_has_its_look_and_its_tab() -> None:
    states = {state.value for state in InvoiceState} | {NOT_SENT}
    assert set(INVOICE_LOOKS) == set(TABS) == states


def test_every_kind_of_timeline_entry_has_its_look() -> None:
    assert set(TIMELINE_LOOKS) == set(SENTENCES)


def test_every_look_uses_a_tone_and_an_icon_that_exist() -> None:
    looks = [*INVOICE_LOOKS.values(), *TIMELINE_LOOKS.values(), *CONNECTION_LOOKS.values()]
    assert {look.tone for look in looks} <= TONES
    assert {look.icon for look in looks} <= SYMBOLS
    assert all(look.word for look in looks)


def test_no_two_invoice_states_look_alike() -> None:
    assert len({(look.icon, look.word) for look in INVOICE_LOOKS.values()}) == len(INVOICE_LOOKS)


def test_every_icon_that_a_template_names_exists() -> None:
    named = {
        (template.name, symbol)
        for template in TEMPLATES
        for symbol in re.findall(r'icon\("([\w-]+)"\)|<use href="#([\w-]+)"', template.read_text())
        for symbol in symbol
        if symbol
    }
    assert {pair for pair in named if pair[1] not in SYMBOLS} == set()
    assert len(named) > 30


def test_no_template_holds_inline_style_or_script() -> None:
    forbidden = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:|https?://", re.IGNORECASE)
    assert [(t.name, found.group()) for t in TEMPLATES if (found := forbidden.search(t.read_text()))] == []


def test_every_form_that_posts_carries_a_token() -> None:
    forms = [
        (template.name, form)
        for template in TEMPLATES
        for form in re.findall(r"<form\b.*?</form>", template.read_text(), re.DOTALL)
        if 'method="post"' in form
    ]
    assert len(forms) > 8
    assert [(name, form[:80]) for name, form in forms if "csrf()" not in form] == []
