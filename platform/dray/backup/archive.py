"""The archive: a ZIP file with one table a member, and a manifest that says what each holds and its checksum.

    manifest.json           format, when, schema, vault keys; of each table its columns and their kinds, rows, sha256
    tables/<name>.jsonl     a JSON list of values for each row, in the order of the columns

It is the same whichever engine it came from, so that SQLite can be put back into PostgreSQL and the other way round. A
manifest names each column's kind, so that reading one needs no table of the program that wrote it. What the vault has
sealed stays sealed: the master keys are in no archive.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final, Self

from sqlalchemy import BigInteger, Boolean, Date, Integer, LargeBinary, String, Text
from sqlalchemy.types import TypeEngine

from dray_tenants.database import ExactDecimal, Json, UtcDateTime

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"


class ArchiveBroken(Exception):
    """The file is no archive of Dray's, or not whole; the message is a sentence. Nothing was done."""


@dataclass(frozen=True, slots=True)
class TableContent:
    """One table of an archive. `columns` are (name, kind); `rows` and `sha256` are of its member."""

    name: str
    columns: tuple[tuple[str, str], ...]
    rows: int
    sha256: str

    @property
    def member(self) -> str:
        """Its name inside the archive."""
        return f"tables/{self.name}.jsonl"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive holds. `vault_keys`: ids of the master keys that what is sealed inside needs."""

    made_at: dt.datetime
    revision: str
    engine: str
    vault_keys: tuple[str, ...]
    tables: tuple[TableContent, ...]

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(table.rows for table in self.tables)


def kind_of(column_type: TypeEngine[Any]) -> str:
    """How an archive writes values of this type. TypeError for a type that it cannot hold exactly."""
    match column_type:
        case UtcDateTime():
            return "moment"
        case ExactDecimal(places=places):
            return f"decimal.{places}"
        case Json():
            return "json"
        case Date():
            return "date"
        case LargeBinary():
            return "bytes"
        case Boolean():
            return "bool"
        case Integer() | BigInteger():
            return "int"
        case String() | Text():
            return "text"
    raise TypeError(f"a backup cannot hold a column of type {column_type!r}")


def type_of(kind: str) -> TypeEngine[Any]:
    """The column type that takes values of this kind. ArchiveBroken for a kind that is not known."""
    if kind.startswith("decimal."):
        return ExactDecimal(int(kind.removeprefix("decimal.")))
    try:
        return _TYPES[kind]
    except KeyError:
        raise ArchiveBroken(f"The archive holds values of a kind that this release does not know: {kind}.") from None


_TYPES: Final[dict[str, TypeEngine[Any]]] = {
    "moment": UtcDateTime(),
    "json": Json(),
    "date": Date(),
    "bytes": LargeBinary(),
    "bool": Boolean(),
    "int": BigInteger(),
    "text": Text(),
}


class Writer:
    """Writes the members of an archive, one table after the other, and last the manifest. A context manager."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self._tables: list[TableContent] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def table(self, name: str, columns: Sequence[tuple[str, str]], rows: Iterator[Sequence[Any]]) -> None:
        """Write one table; `rows` give values in the order of the columns."""
        digest, count = hashlib.sha256(), 0
        kinds = [kind for _, kind in columns]
        with self._zip.open(f"tables/{name}.jsonl", "w", force_zip64=True) as member:
            for row in rows:
                values = [_written(kind, value) for kind, value in zip(kinds, row, strict=True)]
                line = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
                digest.update(line)
                member.write(line)
                count += 1
        self._tables.append(TableContent(name, tuple(columns), count, digest.hexdigest()))

    def finish(self, *, made_at: dt.datetime, revision: str, engine: str, vault_keys: Sequence[str]) -> Manifest:
        """Write the manifest and end the archive."""
        manifest = Manifest(made_at, revision, engine, tuple(vault_keys), tuple(self._tables))
        head = {
            "dray_backup": FORMAT,
            "made_at": made_at.isoformat(),
            "revision": revision,
            "engine": engine,
            "vault_keys": list(vault_keys),
            "tables": [
                {"name": table.name, "columns": table.columns, "rows": table.rows, "sha256": table.sha256}
                for table in self._tables
            ],
        }
        self._zip.writestr(MANIFEST, json.dumps(head, indent=1))
        self._zip.close()
        return manifest


class Reader:
    """Reads an archive; a context manager. Raises ArchiveBroken for anything that is not whole."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except zipfile.BadZipFile:
            raise ArchiveBroken(f"{path} is not a backup of Dray's, or it is cut off.") from None
        self._path = path
        try:
            self.manifest: Final = _manifest(json.loads(self._zip.read(MANIFEST)))
        except (KeyError, ValueError, TypeError, zipfile.BadZipFile):
            self._zip.close()
            raise ArchiveBroken(f"{path} is not a backup of Dray's that this release can read.") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def verify(self) -> None:
        """Read everything once and compare checksums and counts with the manifest."""
        for table in self.manifest.tables:
            digest, count = hashlib.sha256(), 0
            try:
                for line in self._lines(table):
                    digest.update(line)
                    count += 1
            except (KeyError, zipfile.BadZipFile, EOFError, OSError):
                raise ArchiveBroken(f"{self._path} is damaged: {table.name} cannot be read.") from None
            if (count, digest.hexdigest()) != (table.rows, table.sha256):
                raise ArchiveBroken(f"{self._path} is damaged: {table.name} is not what was written.")

    def rows(self, table: TableContent) -> Iterator[dict[str, Any]]:
        """The rows of one table, as values of Python."""
        for line in self._lines(table):
            values = json.loads(line)
            yield {name: _read(kind, value) for (name, kind), value in zip(table.columns, values, strict=True)}

    def _lines(self, table: TableContent) -> Iterator[bytes]:
        with self._zip.open(table.member) as member:
            yield from member


def _manifest(head: dict[str, Any]) -> Manifest:
    if head["dray_backup"] != FORMAT:
        raise ValueError("another format")
    tables = tuple(
        TableContent(
            table["name"], tuple((name, kind) for name, kind in table["columns"]), table["rows"], table["sha256"]
        )
        for table in head["tables"]
    )
    made_at = dt.datetime.fromisoformat(head["made_at"])
    return Manifest(made_at, head["revision"], head["engine"], tuple(head["vault_keys"]), tables)


def _written(kind: str, value: Any) -> Any:
    if value is None:
        return None
    match kind:
        case "moment" | "date":
            return value.isoformat()
        case "bytes":
            return base64.b64encode(value).decode()
        case "bool" | "int" | "json":
            return value
        case _:
            return str(value)


def _read(kind: str, value: Any) -> Any:
    if value is None:
        return None
    match kind:
        case "moment":
            return dt.datetime.fromisoformat(value)
        case "date":
            return dt.date.fromisoformat(value)
        case "bytes":
            return base64.b64decode(value)
        case "bool" | "int" | "json" | "text":
            return value
        case _:
            return Decimal(value)
