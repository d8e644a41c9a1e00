"""The rejection codes that only the gateway gives; `contracts.vocabulary.RejectionCode` has those of all services."""

from __future__ import annotations

from typing import Final

NOT_FOUND: Final = "not_found"
METHOD_NOT_ALLOWED: Final = "method_not_allowed"
REQUEST_TOO_LARGE: Final = "request_too_large"
REQUEST_TOO_SLOW: Final = "request_too_slow"
HEADERS_TOO_LARGE: Final = "headers_too_large"
MALFORMED_REQUEST: Final = "malformed_request"
TOO_MANY_CONNECTIONS: Final = "too_many_connections"
TOO_MANY_STREAMS: Final = "too_many_streams"
BAD_SIGNATURE: Final = "bad_signature"
UNKNOWN_API_KEY: Final = "unknown_api_key"
UNKNOWN_SESSION: Final = "unknown_session"
INSUFFICIENT_SCOPE: Final = "insufficient_scope"
"""RFC 6750, section 3.1. The figure `scope` is what an API key lacks; a bearer token has no scope to gain."""
REMINDED_ALREADY: Final = "reminded_already"
TOO_MANY_API_KEYS: Final = "too_many_api_keys"
FRESH_CODE_REQUIRED: Final = "fresh_code_required"
CONFIRMATION_REQUIRED: Final = "confirmation_required"
