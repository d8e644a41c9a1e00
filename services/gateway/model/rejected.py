"""A rejection on its way to the caller: the API turns it into problem details, the pages into a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contracts.rejection_base import FiguresJson


class RejectedError(Exception):
    """A rejection: its code, the figures of its sentence, and further values of the response.

    Between services a rejection is a message. Here it is an exception, because it ends a request from any depth.
    """

    def __init__(
        self,
        code: str,
        figures: FiguresJson | None = None,
        *,
        errors: Mapping[str, str] | None = None,
        agencies: Sequence[Mapping[str, str]] = (),
        options: Sequence[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(code)
        self.code = code
        self.figures = dict(figures or {})
        self.errors = dict(errors or {})
        self.agencies = tuple(agencies)
        self.options = tuple(options)
