"""What docs/connectors/ draws from the interface for connectors and from the engine that reads its outcomes."""

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, get_args

from dray.billing.states import SEEN_AS, TRANSITIONS, PostingState
from dray.sync.settlement import DEFINITE, MOVES
from dray_sdk import Outcome
from dray_sdk.testing import RULES
from dray_sdk.testing.conformance import statement

READING_ORDER = (
    "records", "operations", "outcomes", "wire", "books", "connector", "facets", "desk", "judging", "abbreviations",
    "webhooks", "money", "canonical", "redaction", "errors",
)  # fmt: skip


def reference() -> str:
    """Every module of the interface with all that is public in it, from signatures and docstrings."""
    return "\n\n".join(part for name in READING_ORDER for part in _module(import_module(f"dray_sdk.{name}")))


def outcomes_of_a_write() -> str:
    """What the answer to a write does to the invoice's posting, and what is enough when a lost answer is asked for."""
    rows = []
    for outcome in get_args(Outcome):
        move = MOVES.get(outcome)
        if move is None:
            continue
        after = TRANSITIONS[PostingState.SENDING, move]
        asked = "settles it" if outcome in DEFINITE else "leaves it to be looked up"
        rows.append((f"`{outcome.__name__}`", f"`{move}`", f"`{after}`", SEEN_AS[after].value.replace("_", " "), asked))
    head = ("outcome", "move", "posting becomes", "people see", "as the answer to `recover`")
    return _table(head, rows)


def rules() -> str:
    """Every rule of the conformance kit, as its tests are called, and what it says."""
    return _table(("rule", "says"), ((f"`test_{one.__name__}`", statement(one)) for one in RULES))


def _module(module: ModuleType) -> Iterator[str]:
    yield f"## {module.__name__.rpartition('.')[2]}"
    yield _shown(module)
    for name, node in _public(module):
        value = getattr(module, name)
        if isinstance(node, ast.ClassDef):
            yield from _class(value)
        elif isinstance(value, FunctionType):
            yield f"### {name}\n\n{_signature(name, value)}\n\n{_shown(value)}"
        else:
            yield f"### {name}\n\n```\n{ast.unparse(node)}\n```" + _below(module, node)


def _public(module: ModuleType) -> Iterator[tuple[str, ast.stmt]]:
    for node in ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")).body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]):
                if not name.startswith("_") and name != "T":
                    yield name, node
            case _:
                pass


def _class(cls: type) -> Iterator[str]:
    yield f"### {cls.__name__}"
    yield _shown(cls)
    if issubclass(cls, Enum):
        yield ", ".join(f"`{member.name}` = `{member.value!r}`" for member in cls)
    elif is_dataclass(cls):
        if parts := fields(cls):
            yield _table(
                ("field", "type", "default"), ((f"`{part.name}`", _code(part.type), _default(part)) for part in parts)
            )
    elif annotations := inspect.get_annotations(cls):
        yield _table(("attribute", "type"), ((f"`{name}`", _code(hint)) for name, hint in annotations.items()))
    for name, held in vars(cls).items():
        if isinstance(held, property) and not name.startswith("_"):
            yield f"**`{name}`**: {_shown(held)}"
            continue
        function = held.__func__ if isinstance(held, classmethod) else held
        if isinstance(function, FunctionType) and not name.startswith("_") and inspect.getdoc(function):
            yield f"{_signature(name, function)}\n\n{_shown(function)}"


def _signature(name: str, function: FunctionType) -> str:
    signature = inspect.signature(function)
    parameters = [part for part in signature.parameters.values() if part.name not in ("self", "cls")]
    shown = signature.replace(parameters=parameters, return_annotation=signature.empty)
    arguments = re.sub(r": '([^']*)'", r": \1", str(shown))  # annotations are kept as texts
    # Strings as ruff writes them, so that what is drawn is also formatted.
    return f"```python\ndef {name}{arguments} -> {signature.return_annotation}: ...\n```".replace("'", '"')


def _default(part: Field[Any]) -> str:
    if part.default is not MISSING:
        return f"`{part.default!s}`" if isinstance(part.default, Enum) else f"`{part.default!r}`"
    return "" if part.default_factory is MISSING else "empty"


def _shown(documented: object) -> str:
    return inspect.getdoc(documented) or ""


def _below(module: ModuleType, node: ast.stmt) -> str:
    """The string beneath a constant."""
    body = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")).body
    for one, after in pairwise(body):
        match after:
            case ast.Expr(value=ast.Constant(value=str(text))) if one.lineno == node.lineno:
                return f"\n\n{inspect.cleandoc(text)}"
            case _:
                pass
    return ""


def _code(text: object) -> str:
    return f"`{text}`"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
