"""Write the next migration: what the models have and the migrations so far do not make.

    python -m dray.migrations.revise "invoices know their ship method"

Read what it wrote before committing it. What differs by engine, moves data, or adds a trigger is written by hand. A
migration is never edited once a release has carried it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import BigInteger

from dray.migrations import newest
from dray.migrations.upgrade import configuration, upgrade
from dray_tenants.database import ExactDecimal, Json, UtcDateTime, make_engine


def revise(message: str) -> Path:
    """Compare the models with a fresh database and write the difference as the next revision."""
    number = f"{int(newest()) + 1:04}"
    with tempfile.TemporaryDirectory() as directory:
        url = f"sqlite:///{directory}/scratch.db"
        upgrade(url)
        engine = make_engine(url)
        with engine.begin() as connection:
            config = configuration(connection)
            config.attributes["render_item"] = render_type
            config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
            script: Any = command.revision(config, message, autogenerate=True, rev_id=number)
        engine.dispose()
    return Path(script.path)


def render_type(kind: str, thing: Any, context: Any) -> str | bool:
    """Name the house's own column types as code does; False leaves the rest to Alembic."""
    if kind != "type":
        return False
    match thing:
        case UtcDateTime():
            text = "UtcDateTime"
        case Json():
            text = "Json"
        case ExactDecimal():
            text = f"ExactDecimal({thing.places})"
        case BigInteger() if thing._variant_mapping:
            text = "BigKey"
        case _:
            return False
    context.imports.add(f"from dray_tenants.database import {text.partition('(')[0]}")
    return text


if __name__ == "__main__":
    sys.stdout.write(f"{revise(' '.join(sys.argv[1:]))}\n")
