"""A "no" on its way to whoever asked: the edge turns it into problem details or a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class RejectedError(Exception):
    """A rejection: `code` of the vocabulary, the figures of its sentence, and what else the answer carries.

    Inside the services a "no" is a message. Here it ends a request, from any depth, and nothing else hears it.
    """

    def __init__(
        self,
        code: str,
        figures: Mapping[str, int | str | None] | None = None,
        *,
        errors: Mapping[str, str] | None = None,
        agencies: Sequence[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(code)
        self.code = code
        self.figures = dict(figures or {})
        self.errors = dict(errors or {})
        self.agencies = tuple(agencies)
