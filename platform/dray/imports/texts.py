"""Bytes of a file as rows of cells or entries of JSON, a little at a time. Pure.

What Excel and its neighbours write is understood: UTF-8 with or without a mark, UTF-16, Windows text; commas,
semicolons, tabs or bars; a first line `sep=;`.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from dray.billing.imports import NotReadable

LONGEST_LINE: Final = 1_000_000
MOST_COLUMNS: Final = 300
_CHUNK: Final = 65_536
_DELIMITERS: Final = ",;\t|"
_BLANK: Final = " \t\r\n\ufeff"
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TEXT: Final = (
    (b"PK\x03\x04", "This is an Excel workbook. In Excel choose “Save as”, then “CSV UTF-8”, and import that file."),
    (
        b"\xd0\xcf\x11\xe0",
        "This is an old Excel workbook. In Excel choose “Save as”, then “CSV UTF-8”, and import that.",
    ),
    (b"%PDF", "This is a PDF. Export the list as CSV from the program that made it, and import that file."),
    (b"\x1f\x8b", "This file is compressed. Unpack it first, then import what is in it."),
)
# Only the ends are sought here; what the values are is read later, strictly.
_ENDS: Final = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)


def encoding_of(chunks: Callable[[], Iterator[bytes]]) -> str:
    """The encoding in which the whole file can be read. Raises NotReadable."""
    start = b"".join(_first(chunks(), 4096))
    if not start:
        raise NotReadable("The file is empty. Its first row holds the names of the columns.")
    for mark, said in _NOT_TEXT:
        if start.startswith(mark):
            raise NotReadable(said)
    marked = [encoding for mark, encoding in _MARKS if start.startswith(mark)]
    if not marked and b"\0" in start:
        raise NotReadable("This is not a text file. Save the list as “CSV UTF-8” and import that file.")
    for encoding in marked or ("utf-8", "cp1252"):
        if _decodes(chunks(), encoding):
            return encoding
    raise NotReadable("The letters of this file cannot be read. Save it as “CSV UTF-8” and import it again.")


def open_text(chunks: Iterable[bytes], encoding: str) -> io.TextIOWrapper:
    """The file as text, read as far as it is asked for; line ends are left as they are."""
    return io.TextIOWrapper(io.BufferedReader(_Chunks(iter(chunks)), _CHUNK), encoding=encoding, newline="")


def delimiter_of(text: io.TextIOBase) -> tuple[str, int]:
    """What stands between the cells, and how many lines come before the headings. Reads from the start of the text."""
    line = text.readline(LONGEST_LINE)
    said = line.strip().lower()
    if said.startswith("sep=") and len(said) == 5:
        return said[4], 1
    if line.strip("\r\n").lower() == "sep=\t":
        return "\t", 1
    outside = "".join(line.split('"')[::2])
    return max(_DELIMITERS, key=outside.count), 0


def rows(text: io.TextIOBase, delimiter: str, *, after: int = 0) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of each row behind line `after`, which ends a row. Raises NotReadable."""
    for _ in range(after):
        text.readline(LONGEST_LINE)
    reader = csv.reader(_lines(text, after), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if len(cells) > MOST_COLUMNS:
                raise NotReadable(f"Row {after + reader.line_num} has more than {MOST_COLUMNS} cells.")
            yield after + reader.line_num, cells
    except csv.Error as wrong:
        said = "a quotation mark is not closed, or stands inside a text" if "delimiter" in str(wrong) else str(wrong)
        raise NotReadable(f"Row {after + reader.line_num} is not CSV: {said}. Nothing was imported.") from None


def entries(text: io.TextIOBase, name: str) -> Iterator[tuple[int, str]]:
    """(number, JSON) of each entry of a list, or of the list under `name` of an object. Raises NotReadable."""
    source = _Buffer(text)
    if source.peek() == "{":
        source.take("{")
        if source.value().strip('"') != name:
            raise NotReadable(f"The file holds no list of {name}. It is a list, or an object with “{name}” in it.")
        source.take(":")
    source.take("[")
    number = 0
    while source.peek() != "]":
        if number:
            source.take(",")
        number += 1
        yield number, source.value()
    source.take("]")


class _Chunks(io.RawIOBase):
    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill as much of the buffer as the next chunk gives."""
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = chunk
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size


class _Buffer:
    """JSON read value by value, never holding more than one value and what was read behind it."""

    def __init__(self, text: io.TextIOBase) -> None:
        self._text = text
        self._held = ""
        self._whole = False

    def peek(self) -> str:
        """The next character that is no blank."""
        self._held = self._held.lstrip(_BLANK)
        while not self._held and self._more():
            self._held = self._held.lstrip(_BLANK)
        return self._held[:1]

    def take(self, character: str) -> None:
        """Pass over this character; NotReadable where another stands."""
        found = self.peek()
        if found != character:
            raise NotReadable(
                f"The file is not complete: “{character}” is missing at its end. Nothing was imported."
                if not found
                else f"The file is not a JSON list: “{character}” is expected where “{found}” stands."
            )
        self._held = self._held[1:]

    def value(self) -> str:
        """The next value, as it is written."""
        self.peek()
        while True:
            try:
                _, end = _ENDS.raw_decode(self._held)
            except RecursionError:
                raise NotReadable("The file is nested too deeply. Nothing was imported.") from None
            except ValueError as wrong:
                if len(self._held) <= LONGEST_LINE and self._more(len(self._held)):
                    continue
                raise NotReadable(f"The file is not JSON ({wrong}). Nothing was imported.") from None
            # A number could go on behind what is held; text, lists and objects end by themselves.
            if end < len(self._held) or not self._more():
                value, self._held = self._held[:end], self._held[end:]
                return value

    def _more(self, at_least: int = 0) -> bool:
        if self._whole:
            return False
        fresh = self._text.read(max(_CHUNK, at_least))
        self._whole = not fresh
        self._held += fresh
        return bool(fresh)


def _lines(text: io.TextIOBase, after: int) -> Iterator[str]:
    number = after
    while line := text.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
            raise NotReadable(f"Row {number} is longer than a million characters. Is this the right file?")
        yield line


def _decodes(chunks: Iterator[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in chunks:
            decoder.decode(chunk)
        decoder.decode(b"", True)
    except UnicodeError:
        return False
    return True


def _first(chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk[:size]
        size -= len(chunk)
        if size <= 0:
            return
