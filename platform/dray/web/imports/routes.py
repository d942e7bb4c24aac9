"""Which address leads to which page of imports."""

from __future__ import annotations

from flask import Blueprint

from dray.web.imports import pages as imports


def add_import_routes(web: Blueprint) -> None:
    """Add the pages of imports."""
    one = "/imports/<public_id>"
    web.add_url_rule("/imports", "imports", imports.show_imports)
    web.add_url_rule("/imports", "upload_file", imports.upload_file, methods=["POST"])
    web.add_url_rule("/imports/begin", "begin_upload", imports.begin_upload, methods=["POST"])
    web.add_url_rule(one, "import", imports.show_import)
    web.add_url_rule(f"{one}/live", "import_live", imports.import_live)
    web.add_url_rule(f"{one}/pieces", "upload_piece", imports.upload_piece, methods=["POST"])
    web.add_url_rule(f"{one}/whole", "upload_whole", imports.upload_whole, methods=["POST"])
    web.add_url_rule(f"{one}/columns", "choose_columns", imports.choose_columns, methods=["POST"])
    web.add_url_rule(f"{one}/import", "start_import", imports.start_import, methods=["POST"])
    web.add_url_rule(f"{one}/undo", "undo_import", imports.undo_import, methods=["POST"])
    web.add_url_rule(f"{one}/discard", "discard_import", imports.discard_import, methods=["POST"])
    web.add_url_rule(f"{one}/not-imported.csv", "download_rest", imports.download_rest)
