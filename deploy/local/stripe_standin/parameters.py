"""Readers for the parameters of an endpoint: they return typed values, and reject unknown parameters as Stripe does."""

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from deploy.local.stripe_standin.errors import StripeError, bad_parameter
from deploy.local.stripe_standin.form import Raw

# Stripe's limits of free text and of a metadata value.
_LONGEST_TEXT = 5000
_LONGEST_METADATA = 500


class Reader(Protocol):
    """Turns a raw parameter into a value; a 400 that names the parameter if it is invalid."""

    def read(self, raw: Raw, name: str) -> Any:  # noqa: ANN401 - what comes out depends on the reader
        """Return the value."""


def _plain(raw: Raw, name: str) -> str:
    if isinstance(raw, dict):
        raise bad_parameter("Invalid string: an object was given", param=name, code="parameter_invalid_string")
    return raw


@dataclass(frozen=True)
class Text:
    """A string that is not empty: Stripe reads an empty string as an attempt to unset the parameter."""

    def read(self, raw: Raw, name: str) -> str:
        """Return the text."""
        text = _plain(raw, name)
        if not text:
            message = (
                f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a"
                f" parameter; however '{name}' cannot be unset."
            )
            raise bad_parameter(message, param=name, code="parameter_invalid_empty")
        if len(text) > _LONGEST_TEXT:
            raise bad_parameter(f"Invalid string: {name} is too long", param=name, code="parameter_invalid_string")
        return text


@dataclass(frozen=True)
class Integer:
    """An integer, at least `least` where that is given."""

    least: int | None = None
    most: int | None = None

    def read(self, raw: Raw, name: str) -> int:
        """Return the integer."""
        text = _plain(raw, name)
        if not re.fullmatch(r"-?\d{1,15}", text):
            raise bad_parameter(f"Invalid integer: {text}", param=name, code="parameter_invalid_integer")
        number = int(text)
        if (self.least is not None and number < self.least) or (self.most is not None and number > self.most):
            bound = (
                f"at least {self.least}" if self.least is not None and number < self.least else f"at most {self.most}"
            )
            raise bad_parameter(f"This value must be {bound}.", param=name, code="parameter_invalid_integer")
        return number


@dataclass(frozen=True)
class DecimalCents:
    """A decimal amount in cents with at most twelve places, as in `unit_amount_decimal`."""

    def read(self, raw: Raw, name: str) -> Decimal:
        """Return the amount in cents."""
        text = _plain(raw, name)
        try:
            amount = Decimal(text)
        except InvalidOperation:
            amount = Decimal("NaN")
        if not amount.is_finite() or amount < 0:
            raise bad_parameter(f"Invalid decimal: {text}", param=name, code="parameter_invalid_string")
        return amount


@dataclass(frozen=True)
class Flag:
    """`true` or `false`."""

    def read(self, raw: Raw, name: str) -> bool:
        """Return the boolean."""
        text = _plain(raw, name)
        if text not in {"true", "false"}:
            raise bad_parameter(f"Invalid boolean: {text}", param=name, code="parameter_invalid_string")
        return text == "true"


@dataclass(frozen=True)
class OneOf:
    """One word of a closed set."""

    words: tuple[str, ...]

    def read(self, raw: Raw, name: str) -> str:
        """Return the word."""
        text = _plain(raw, name)
        if text not in self.words:
            known = ", ".join(self.words[:-1]) + (f", or {self.words[-1]}" if len(self.words) > 1 else self.words[0])
            raise bad_parameter(f"Invalid {name}: must be one of {known}", param=name, code="parameter_invalid_string")
        return text


@dataclass(frozen=True)
class IntegerOr:
    """An integer or one of some words, such as `up_to=inf`."""

    words: tuple[str, ...]

    def read(self, raw: Raw, name: str) -> int | str:
        """Return the word or the integer."""
        return raw if isinstance(raw, str) and raw in self.words else Integer().read(raw, name)


@dataclass(frozen=True)
class Metadata:
    """Metadata: text by key. An empty string removes the key, or, in place of the object, all keys."""

    def read(self, raw: Raw, name: str) -> dict[str, str] | None:
        """Return the metadata, or None to remove all keys."""
        if raw == "":
            return None
        if isinstance(raw, str):
            raise bad_parameter("Invalid object", param=name, code="parameter_invalid_string")
        metadata = {key: _plain(value, f"{name}[{key}]") for key, value in raw.items()}
        for key, value in metadata.items():
            if len(value) > _LONGEST_METADATA:
                raise bad_parameter(
                    f"Metadata values can have up to {_LONGEST_METADATA} characters.",
                    param=f"{name}[{key}]",
                    code="parameter_invalid_string",
                )
        return metadata


@dataclass(frozen=True)
class Clearable:
    """A parameter that an empty string unsets: read as None."""

    inner: Reader

    def read(self, raw: Raw, name: str) -> Any:  # noqa: ANN401 - as the inner reader
        """Return None for the empty string, otherwise the value of the inner reader."""
        return None if raw == "" else self.inner.read(raw, name)


@dataclass(frozen=True)
class ListOf:
    """A list, written with indexes."""

    inner: Reader
    longest: int = 100

    def read(self, raw: Raw, name: str) -> list[Any]:
        """Return the values in the order of their indexes."""
        if isinstance(raw, str) or not all(key.isdigit() for key in raw):
            raise bad_parameter("Invalid array", param=name, code="parameter_invalid_string")
        if len(raw) > self.longest:
            raise bad_parameter(f"Array is longer than {self.longest}", param=name, code="parameter_invalid_string")
        return [self.inner.read(raw[key], f"{name}[{key}]") for key in sorted(raw, key=int)]


@dataclass(frozen=True)
class MapOf:
    """An object whose names are free, such as currencies."""

    inner: Reader

    def read(self, raw: Raw, name: str) -> dict[str, Any]:
        """Return the values by their names."""
        if isinstance(raw, str):
            raise bad_parameter("Invalid object", param=name, code="parameter_invalid_string")
        return {key: self.inner.read(value, f"{name}[{key}]") for key, value in raw.items()}


@dataclass(frozen=True)
class Shape:
    """An object of known parameters, some of them required."""

    fields: dict[str, Reader]
    required: frozenset[str] = field(default_factory=frozenset)

    def read(self, raw: Raw, name: str) -> dict[str, Any]:
        """Return the typed parameters; an unknown name is a 400 `parameter_unknown`."""
        if isinstance(raw, str):
            raise bad_parameter("Invalid object", param=name, code="parameter_invalid_string")
        full = {key: f"{name}[{key}]" if name else key for key in {*raw, *self.required}}
        unknown = [full[key] for key in raw if key not in self.fields]
        if unknown:
            raise _unknown(unknown)
        for key in self.required - raw.keys():
            raise bad_parameter(f"Missing required param: {full[key]}.", param=full[key], code="parameter_missing")
        return {key: self.fields[key].read(value, full[key]) for key, value in raw.items()}


def _unknown(names: list[str]) -> StripeError:
    noun = "parameter" if len(names) == 1 else "parameters"
    return bad_parameter(f"Received unknown {noun}: {', '.join(names)}", param=names[0], code="parameter_unknown")


def shape(required: str = "", /, **fields: Reader) -> Shape:
    """Define an object: `shape("price", price=Text(), quantity=Integer(0))`."""
    return Shape(fields, frozenset(required.split()))


EXPAND: Reader = ListOf(Text())
CREATED: Reader = shape(gt=Integer(), gte=Integer(), lt=Integer(), lte=Integer())


@dataclass(frozen=True)
class TimeFilter:
    """A time filter of a list: a second, or bounds (`created[gte]`)."""

    def read(self, raw: Raw, name: str) -> dict[str, int]:
        """Return the bounds by their names; a plain second is both bounds."""
        if isinstance(raw, str):
            second = Integer().read(raw, name)
            return {"gte": second, "lte": second}
        bounds: dict[str, int] = CREATED.read(raw, name)
        return bounds


def listing(**filters: Reader) -> Shape:
    """Define the parameters of a list: its filters, and the paging that all lists have."""
    paging: dict[str, Reader] = {
        "limit": Integer(1, 100),
        "starting_after": Text(),
        "ending_before": Text(),
        "expand": EXPAND,
    }
    return Shape({**paging, **filters})


def merge_metadata(before: dict[str, str], change: dict[str, str] | None) -> dict[str, str]:
    """Return the metadata after a change: an empty value removes its key, and None removes all keys."""
    if change is None:
        return {}
    return {key: value for key, value in {**before, **change}.items() if value != ""}
