"""The blueprint on which every operation of the API is registered."""

from __future__ import annotations

from typing import Final

from apiflask import APIBlueprint

PREFIX: Final = "/api/v1"

api = APIBlueprint("api", __name__, url_prefix=PREFIX, template_folder="templates")
