"""What no file of the project may say: whose machine it was written on, where packages come from, how it was made."""

import re
from pathlib import Path

import pytest

from tests.ground.tree import ROOT, files

THIS_FILE = Path("tests/architecture/test_the_text.py")
BINARY = {".png", ".jpg", ".ico", ".woff2", ".gz", ".zip", ".pdf"}

# By their last parts, so that this file names none of them either.
REGISTRIES_UNDER = {
    "org": ("pypi", "pythonhosted", "npmjs", "deb.debian", "security.debian", "rubygems", "proxy.golang"),
    "com": ("npmjs",),
    "io": ("crates",),
}
REGISTRIES = tuple((name, last) for last, names in REGISTRIES_UNDER.items() for name in names)

FORBIDDEN = {
    "a path of somebody's machine": r"(?<![\w.])/(?:work|home|Users|root)/\w",
    "the host of a package registry": "|".join(re.escape(".".join(parts)) for parts in REGISTRIES)
    + r"|--(?:extra-)?index-url\s+\S+:",
    "a file that is not part of the project": r"\bRULINGS\b|\b(?:DESIGN|CONTRACT|STYLE|STACK|BRIEF)\.md\b"
    r"|\breference/(?:qbd|qbo|market)\.md\b|\[\d\d?\] to \[\d\d?\]",
    "the number of an issue": r"\b[Ii]ssues? (?:no\. ?|#)?\d+\b|(?<![\w&/'\"(])#\d{1,4}\b(?![\w-])(?=[ ,.)])",
    "who or what wrote it": r"(?i)\b(?:claude|anthropic|chatgpt|openai|copilot)\b|\bAs an AI\b|\blanguage model\b",
    "work put off": r"\b(?:TODO|FIXME|XXX|HACK)\b",
    "a mark of an unfinished merge": r"(?m)^(?:<{7}|>{7}) ",
}

# Where a sentence needs a word that is forbidden elsewhere.
ALLOWED = {
    Path("tests/ground/reference.py"): {"a file that is not part of the project"},
    Path("pyproject.toml"): {"work put off"},
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_says(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    assert [
        f"{path}:{text[: found.start()].count(chr(10)) + 1}: {found.group()!r}"
        for path, text in _texts()
        if what not in ALLOWED.get(path, set())
        for found in pattern.finditer(text)
    ] == []


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("a path of somebody's machine", "see /home/ann/dray"),
        *(("the host of a package registry", f"https://files.{'.'.join(parts)}/packages/") for parts in REGISTRIES),
        ("a file that is not part of the project", "settled in RULINGS"),
        ("the number of an issue", "as issue 4 asks"),
        ("the number of an issue", "repairs #12."),
        ("who or what wrote it", "written by Claude"),
        ("work put off", "# TODO: later"),
    ],
)
def test_the_patterns_find_what_they_are_for(what: str, said: str) -> None:
    assert re.search(FORBIDDEN[what], said)


def test_every_text_file_is_utf_8_with_a_newline_at_its_end() -> None:
    assert [
        str(path)
        for path, text in _texts()
        if path.suffix in {".py", ".md", ".toml", ".css", ".js", ".html"} and text and not text.endswith("\n")
    ] == []


def _texts() -> list[tuple[Path, str]]:
    return [
        (path, (ROOT / path).read_bytes().decode("utf-8"))
        for path in files()
        if path.suffix not in BINARY and path != THIS_FILE
    ]
