"""A person who has no mouse, and sees where they are."""

from __future__ import annotations

from playwright.sync_api import Page

_HERE = """() => {
  const at = document.activeElement;
  const words = (at.textContent || '').replace(/\\s+/g, ' ').trim();
  const drawn = getComputedStyle(at);
  return [[at.id, at.getAttribute('aria-label'), at.getAttribute('name'), words],
          drawn.outlineStyle !== 'none' || drawn.boxShadow !== 'none', at.getBoundingClientRect().width > 0];
}"""


def tab_to(page: Page, what: str, key: str = "Tab") -> None:
    """Press Tab until the element of that id, label, name or text has the focus; that it has must be visible."""
    passed: list[str] = []
    for _ in range(90):
        page.keyboard.press(key)
        names, marked, drawn = page.evaluate(_HERE)
        passed.append(next((name for name in reversed(names) if name), "?")[:40])
        if what in names:
            assert marked, f"nothing shows that {what} has the focus"
            assert drawn, f"{what} has the focus and is not on the page"
            return
    raise AssertionError(f"{what} cannot be reached by {key}; passed: {passed}")


def press(page: Page, what: str, key: str = "Enter") -> None:
    """Go there and press it."""
    tab_to(page, what)
    page.keyboard.press(key)


def write(page: Page, what: str, text: str) -> None:
    """Go to that field and write into it, in place of what is there."""
    tab_to(page, what)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
