"""The base of the rejections of a request, and the form of their figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from contracts.vocabulary import RejectionCode

FIGURES_MAX = 4000
"""Characters that the figures of a rejection have at most, names and values together."""
FiguresJson = Mapping[str, int | str | None]
"""The figures of a rejection as JSON holds them, by name. HTTP clients see these names in camel case."""


@dataclass(frozen=True)
class OfCode:
    """The base of every rejection type. A type without figures adds nothing but its code."""

    code: ClassVar[RejectionCode]

    def as_json(self) -> dict[str, int | str | None]:
        """The figures as JSON values, in the order of the fields. A figure that is None is left out."""
        given = {figure.name: getattr(self, figure.name) for figure in fields(self)}
        return {name: _json_value(value) for name, value in given.items() if value is not None}


def _json_value(value: int | str | UUID | datetime) -> int | str:
    match value:
        case int():
            return value
        case datetime():
            return value.isoformat()
        case _:
            return str(value)
