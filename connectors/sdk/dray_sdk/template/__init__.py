"""A new connector as a whole package: `dray connector new`. What is rendered installs, conforms, and can be tried.

The files stand beside this module with `.tmpl` behind their names, so that nothing takes them for ours.
"""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

__all__ = ["render", "rendered"]

_NAME = re.compile(r"[a-z][a-z0-9]{2,29}")
_PLACES: Mapping[str, str] = MappingProxyType(
    {
        "pyproject.toml": "pyproject.toml",
        "README.md": "README.md",
        "package/__init__.py": "@name@/__init__.py",
        "package/connector.py": "@name@/connector.py",
        "package/messages.py": "@name@/messages.py",
        "package/sessions.py": "@name@/sessions.py",
        "package/pretend.py": "@name@/pretend.py",
        "package/agent.py": "@name@/agent.py",
        "test_conformance.py": "tests/test_conformance.py",
    }
)


_OF_CALLERS = frozenset({"package/sessions.py", "package/agent.py"})
"""What only a connector has whose books call us."""


def rendered(name: str, title: str = "", *, called: bool = False) -> dict[str, str]:
    """Path → content of every file of a new connector. `name` is what the package and the connector are called; `title`
    is what people read, made of the name where it is empty. `called`: Dray calls its books, which somebody signs in to;
    otherwise an agent beside the books calls Dray. ValueError for a name that cannot be one."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be a connector's name; take 3 to 30 small letters and digits")
    if keyword.iskeyword(name) or name in sys.stdlib_module_names or name.startswith("dray"):
        raise ValueError(f"{name} is taken: it means something to Python or to Dray already")
    shown = title.strip() or name.capitalize()
    if not shown.isprintable() or set(shown) & set("\"'\\{}"):
        raise ValueError(f"{title!r} cannot be a title; leave out quotes, backslashes and braces")
    words = {"@name@": name, "@NAME@": name.upper(), "@class@": name.capitalize(), "@title@": shown}
    home, kind = files(__name__), "is called" if called else "calls us"
    made = {
        _filled(to, words): _filled(_of_kind(home.joinpath(f"{at}.tmpl").read_text("utf-8"), kind), words)
        for at, to in _PLACES.items()
        if not (called and at in _OF_CALLERS)
    }
    return {**made, f"{name}/py.typed": ""}


def render(name: str, folder: Path, title: str = "", *, called: bool = False) -> tuple[Path, ...]:
    """Write them into a new folder; the files written. ValueError as for `rendered`, FileExistsError where the folder
    is there already: nothing is written over."""
    content = rendered(name, title, called=called)
    folder.mkdir(parents=True)
    written = []
    for path, text in content.items():
        place = folder / path
        place.parent.mkdir(exist_ok=True)
        place.write_text(text, encoding="utf-8")
        written.append(place)
    return tuple(written)


def _of_kind(text: str, kind: str) -> str:
    """Without what is of the other kind of connector. `#@ calls us` and `#@ is called` begin what only one of them has,
    `#@ end` what both have again."""
    kept, part = [], ""
    for line in text.splitlines(keepends=True):
        if line.startswith("#@ "):
            part = line.removeprefix("#@ ").strip().removeprefix("end")
        elif part in ("", kind):
            kept.append(line)
    return "".join(kept)


def _filled(text: str, words: Mapping[str, str]) -> str:
    for token, word in words.items():
        text = text.replace(token, word)
    return text
