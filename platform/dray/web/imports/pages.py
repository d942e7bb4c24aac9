"""The pages of imports: bring a file, say what its columns are, look at what it would do, import it, take it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask import Response as Answer
from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dray.api.v1.entries import READERS
from dray.billing.given import Missing, NotNow
from dray.billing.imports import NotReadable
from dray.extensions import dray
from dray.imports import columns, reading, storing, work
from dray.imports.models import Import
from dray.imports.states import Kind
from dray.web import side as beside
from dray.web.access import database, needs, viewer
from dray.web.formats import plural
from dray.web.imports import reading as reading_import
from dray.web.invoices.pages import unless_same
from dray.web.notices import Notice
from dray_tenants.roles import Right
from dray_tenants.scope import ScopedSession

SHOWN = 20


@needs(Right.IMPORT)
def show_imports() -> str:
    """The form for a new file, and the imports before."""
    chosen = request.args.get("kind", "")
    return render_template(
        "imports/list.html",
        kinds=reading_import.KINDS,
        chosen=chosen if chosen in set(Kind) else Kind.INVOICES.value,
        imports=reading_import.latest(database(), SHOWN),
        fields={kind: [columns.label(field) for field in columns.NEEDED[kind]] for kind in Kind},
        side=_side(),
    )


@needs(Right.IMPORT)
def upload_file() -> Response:
    """A whole file in one request."""
    file, kind = request.files.get("file"), _kind()
    if file is None or not file.filename:
        flash(Notice("No file was chosen. Choose a CSV or JSON file first.").plain, "s-warn")
        return redirect(url_for("web.imports", kind=kind.value), 303)
    session, now = database(), dray().clock()
    public_id = storing.begin(session, kind, file.filename, actor=viewer().actor, at=now).public_id
    session.commit()
    offset = 0
    while content := file.stream.read(storing.PIECE):
        offset = storing.add(session, public_id, content, offset=offset, at=now)
    return _completed(public_id)


@needs(Right.IMPORT)
def begin_upload() -> Response:
    """A file that will come in pieces, because it is too large for one request."""
    row = storing.begin(database(), _kind(), request.form.get("name", ""), actor=viewer().actor, at=dray().clock())
    public_id = row.public_id
    database().commit()
    answer = jsonify(
        pieces=url_for("web.upload_piece", public_id=public_id), whole=url_for("web.upload_whole", public_id=public_id)
    )
    answer.status_code = 201
    return answer


@needs(Right.IMPORT)
def upload_piece(public_id: str) -> Response:
    """The next piece, from byte `at` on; answers how much is stored."""
    offset = request.args.get("at", "")
    if not (offset.isascii() and offset.isdigit() and len(offset) < 12):
        abort(400)
    try:
        stored = storing.add(
            database(), public_id, request.get_data(cache=False), offset=int(offset), at=dray().clock()
        )
    except Missing:
        abort(404)
    except NotNow as refused:
        database().rollback()
        answer = jsonify(sentence=str(refused))
        answer.status_code = 409
        return answer
    return jsonify(stored=stored)


@needs(Right.IMPORT)
def upload_whole(public_id: str) -> Response:
    """All pieces are there."""
    _found(public_id)
    return _completed(public_id)


@needs(Right.IMPORT)
def show_import(public_id: str) -> str:
    """One import, wherever it stands."""
    row = _found(public_id)
    shown = reading_import.page(database(), row)
    live = url_for("web.import_live", public_id=public_id) if shown.works else None
    return render_template("imports/one.html", live=live, **_one(shown))


@needs(Right.IMPORT)
def import_live(public_id: str) -> Response:
    """The part of the page that changes by itself."""
    return unless_same(render_template("imports/live.html", **_one(reading_import.page(database(), _found(public_id)))))


@needs(Right.IMPORT)
def choose_columns(public_id: str) -> Response:
    """What the columns are; without any, the page asks again."""
    session, now = database(), dray().clock()
    row = _held(public_id)
    if row.state != "matching":
        return _try(public_id, lambda: work.match_again(session, public_id, at=now), goes_on=False)
    fields = [request.form.get(f"column-{at}", "") or None for at in range(len(row.headings or []))]
    known = set(columns.FIELDS[Kind(row.kind)])
    if any(field not in known for field in fields if field):
        abort(400)
    dates = request.form.get("dates", "")
    mark = "," if request.form.get("mark") == "," else "."
    return _try(
        public_id,
        lambda: reading.choose(
            session, row, fields, dates=dates if dates in {"mdy", "dmy"} else None, mark=mark, at=now
        ),
    )


@needs(Right.IMPORT)
def start_import(public_id: str) -> Response:
    """Import what is good."""
    session = database()
    return _try(public_id, lambda: work.start_keeping(session, public_id, actor=viewer().actor, at=dray().clock()))


@needs(Right.IMPORT)
def undo_import(public_id: str) -> Response:
    """Delete the drafts that it made and that nobody touched."""
    session = database()
    return _try(public_id, lambda: work.start_undoing(session, public_id, actor=viewer().actor, at=dray().clock()))


@needs(Right.IMPORT)
def discard_import(public_id: str) -> Response:
    """Throw the file away before anything was kept."""
    row = _held(public_id)
    name = row.name
    try:
        storing.discard(database(), public_id, actor=viewer().actor, at=dray().clock())
    except NotNow as refused:
        database().rollback()
        flash(Notice(str(refused)).plain, "s-warn")
        return redirect(url_for("web.import", public_id=public_id), 303)
    flash(Notice(f"{name} was discarded. Nothing of it was imported.").plain, "s-ok")
    return redirect(url_for("web.imports"), 303)


@needs(Right.IMPORT)
def download_rest(public_id: str) -> Response:
    """The rows that cannot be imported, with the reasons."""
    row = _found(public_id)
    engines, tenant, key = dray().engines, viewer().tenant.id, row.id

    def written() -> Iterator[str]:
        # The request's own session is over by the time that this is sent.
        with ScopedSession(engines, read_only=True) as session, session.tenant(tenant):
            yield from reading_import.rest(session, session.get_one(Import, key))

    stem = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in row.name.rpartition(".")[0])
    answer = Answer(written(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{stem or "file"}-not-imported.csv"'
    return answer


def _completed(public_id: str) -> Response:
    session = database()
    storing.complete(session, public_id, at=dray().clock())
    session.commit()
    _go_on(public_id)
    return redirect(url_for("web.import", public_id=public_id), 303)


def _try(public_id: str, act: Callable[[], object], *, goes_on: bool = True) -> Response:
    """Do it, go on a little, and show the page; a refusal is told there."""
    session = database()
    try:
        act()
    except Missing:
        abort(404)
    except (NotNow, NotReadable) as refused:
        session.rollback()
        flash(Notice(str(refused)).plain, "s-warn")
        return redirect(url_for("web.import", public_id=public_id), 303)
    session.commit()
    if goes_on:
        _go_on(public_id)
    return redirect(url_for("web.import", public_id=public_id), 303)


def _go_on(public_id: str) -> None:
    """As much as fits into a request: a small file is done when its page is shown, a large one goes on behind it."""
    work.go_on(database(), public_id, READERS, clock=dray().clock, pieces=work.AT_ONCE)


def _one(shown: reading_import.ImportPage) -> dict[str, Any]:
    name, one, _ = reading_import.KINDS[shown.kind]
    return {
        "shown": shown,
        "kind_name": name,
        "one": one,
        "many": lambda count: plural(count, one),
        "choices": [(field, columns.label(field)) for field in columns.FIELDS[shown.kind]],
        "needed": columns.NEEDED[shown.kind],
        "label": columns.label,
        "bad_shown": reading_import.BAD_SHOWN,
        "side": _side(),
    }


def _kind() -> Kind:
    try:
        return Kind(request.form.get("kind", ""))
    except ValueError:
        abort(400)


def _found(public_id: str) -> Import:
    try:
        return storing.find(database(), public_id)
    except Missing:
        abort(404)


def _held(public_id: str) -> Import:
    try:
        return storing.hold(database(), public_id)
    except Missing:
        abort(404)


def _side() -> Any:
    return beside.read(database(), dray().registry, dray().clock())
