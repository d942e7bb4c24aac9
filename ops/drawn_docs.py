"""The tables and pictures in the documents that are drawn from the code.

A document says where one belongs between two comments; what stands between them is replaced by `make docs`, and
tests/architecture/test_the_docs.py fails where it is not what the code says now.
"""

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from importlib import import_module
from importlib.metadata import distribution
from pathlib import Path

import click

from dray.billing.states import SEEN_AS, TRANSITIONS, InvoiceState, Move, PostingState
from dray.cli import COMMANDS
from dray.settings import VARIABLES
from dray_tenants.roles import GRANTS, Right
from ops import connector_docs, guards

DOCS = Path(__file__).parents[1] / "docs"
PLACE = re.compile(r"(<!-- drawn: (?P<what>[\w ]+) -->\n).*?(\n<!-- end -->)", re.DOTALL)


def redrawn(document: str) -> str:
    """The text of a document with everything drawn anew. Raises KeyError where it asks for what nothing draws."""
    return PLACE.sub(lambda place: place[1] + DRAWINGS[place["what"]]() + place[3], document)


def places(document: str) -> list[str]:
    """What a document wants drawn, in order."""
    return [place["what"] for place in PLACE.finditer(document)]


def settings() -> str:
    """Every setting of the platform, then those that the connectors which come with it declare."""
    rows = [(variable.name, variable.default, variable.shown_default, variable.help) for variable in VARIABLES]
    ours = distribution("dray").entry_points.select(group="dray.connectors")
    for entry_point in sorted(ours, key=lambda found: found.name):
        rows += [(each.name, each.default, "none", each.help) for each in entry_point.load().settings]
    return _table(
        ("name", "default", "meaning"),
        ((f"`{name}`", f"`{default}`" if default else shown, meaning) for name, default, shown, meaning in rows),
    )


def commands() -> str:
    """Every command as it is typed, and what it does in one line."""
    leaves = [
        leaf
        for name, (module, _) in COMMANDS.items()
        for leaf in _leaves(f"dray {name}", import_module(f"dray.cli.{module}").command)
    ]
    return _table(("command", "does"), ((f"`{typed}`", meaning) for typed, meaning in leaves))


def moves() -> str:
    """Every move of a posting from one state to the next."""
    return _table(
        ("from", "seen as", "move", "to", "seen as"),
        (
            (f"`{state}`", _words(SEEN_AS[state]), f"`{move}`", f"`{after}`", _words(SEEN_AS[after]))
            for (state, move), after in TRANSITIONS.items()
        ),
    )


def picture_of_states() -> str:
    """The same moves as a Mermaid diagram."""
    begin = [f"    [*] --> {PostingState.QUEUED}: send"]
    arrows = [f"    {state} --> {after}: {_words(move)}" for (state, move), after in TRANSITIONS.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", *begin, *arrows, "```"])


def rights() -> str:
    """Every right, what it allows, and the roles that hold it."""
    return _table(
        ("right", "allows", "held by"),
        (
            (f"`{right}`", meaning, ", ".join(role for role, held in GRANTS.items() if right in held))
            for right, meaning in _meanings(Right).items()
        ),
    )


DRAWINGS: dict[str, Callable[[], str]] = {
    "settings": settings,
    "commands": commands,
    "moves": moves,
    "picture of states": picture_of_states,
    "rights": rights,
    "connector reference": connector_docs.reference,
    "outcomes of a write": connector_docs.outcomes_of_a_write,
    "rules for connectors": connector_docs.rules,
    "guards": guards.document,
}


def _leaves(path: str, command: click.Command) -> Iterator[tuple[str, str]]:
    context = click.Context(command, info_name=path)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            if below := command.get_command(context, name):
                yield from _leaves(f"{path} {name}", below)
        return
    words = [word for parameter in command.get_params(context) for word in _typed(parameter, context)]
    yield " ".join([path, *words]), command.get_short_help_str(limit=200)


def _typed(parameter: click.Parameter, context: click.Context) -> list[str]:
    """Return how a parameter is typed: options that may be left out stand in brackets."""
    if isinstance(parameter, click.Argument):
        return parameter.get_usage_pieces(context)
    if not isinstance(parameter, click.Option) or parameter.hidden or "--help" in parameter.opts:
        return []
    name = max(parameter.opts, key=len)
    word = name if parameter.is_flag else f"{name} {parameter.make_metavar(context)}"
    return [word if parameter.required else f"[{word}]"]


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _words(name: InvoiceState | Move) -> str:
    return name.value.replace("_", " ")


def _meanings(enumeration: type[Enum]) -> dict[str, str]:
    """The string beneath each member of an enumeration, which Python itself does not keep."""
    (definition,) = ast.parse(inspect.getsource(enumeration)).body
    assert isinstance(definition, ast.ClassDef)
    meanings = {}
    for member, below in zip(definition.body, definition.body[1:], strict=False):
        match member, below:
            case ast.Assign(targets=[ast.Name(id=name)]), ast.Expr(value=ast.Constant(value=str(text))):
                meanings[str(enumeration[name].value)] = " ".join(text.split()).rstrip(".")
    return meanings


if __name__ == "__main__":
    for path in sorted(DOCS.rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        if (new := redrawn(text)) != text:
            path.write_text(new, encoding="utf-8")
            print(f"drew {', '.join(places(text))} in {path.name}")
