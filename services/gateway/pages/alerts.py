"""An alert is a message that a page shows to its reader, with the HTTP status of that page."""

from __future__ import annotations

from dataclasses import dataclass

from services.gateway.api.problems import status_of
from services.gateway.model.rejected import RejectedError
from services.gateway.texts.messages import Message, message


@dataclass(frozen=True, slots=True)
class Alert:
    """A title, the sentences below it, and the status of the page that shows them."""

    status: int
    title: str
    sentence: str

    @staticmethod
    def of(rejected: RejectedError) -> Alert:
        """The alert of a rejection, with the status that the API gives the same code."""
        return Alert.saying(status_of(rejected.code), message(rejected.code, rejected.figures))

    @staticmethod
    def saying(status: int, words: Message) -> Alert:
        """The alert of a rejection that the page itself decides."""
        return Alert(status, words.title, words.sentence)
