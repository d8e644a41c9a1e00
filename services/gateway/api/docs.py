"""/docs: the API on one plain page for people, made from its description; no script, and no file of another site."""

from __future__ import annotations

from html import escape
from typing import Any

import orjson
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import HTMLResponse, Response

from services.gateway.api import extension_docs
from services.gateway.api.openapi import describe
from services.gateway.api.problems import status_of
from services.gateway.texts.problems import PROBLEMS

router = APIRouter(include_in_schema=False)
_METHODS = ("get", "post", "put", "patch", "delete")
_CSS = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
h1, h2 { line-height: 1.2; }
article { border-top: 1px solid #8886; padding: .75rem 0; }
h3 { margin: 0 0 .25rem; font: 600 1rem ui-monospace, monospace; overflow-wrap: anywhere; }
p { margin: .25rem 0; white-space: pre-line; }
table { border-collapse: collapse; }
td, th { text-align: left; vertical-align: top; padding: .25rem 1rem .25rem 0; }
code { font-family: ui-monospace, monospace; }
pre { overflow-x: auto; }
"""


@router.get("/docs.css")
async def style() -> Response:
    """Serve the page's style sheet."""
    return Response(_CSS, media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})


@router.get("/openapi.json")
async def description(request: Request) -> Response:
    """Serve the OpenAPI description."""
    app: FastAPI = request.app
    return Response(orjson.dumps(describe(app)), media_type="application/json")


@router.get("/docs")
async def page(request: Request) -> Response:
    """Serve the page: each call, then each rejection code with its sentence."""
    app: FastAPI = request.app
    api = describe(app)
    calls = "".join(
        _call(method.upper(), path, operation)
        for path, item in api["paths"].items()
        for method, operation in item.items()
        if method in _METHODS
    )
    codes = "".join(
        f'<tr id="{escape(str(code))}"><td>{status_of(code)}</td><td><code>{escape(str(code))}</code></td>'
        f"<td>{escape(PROBLEMS[code].title)}. {escape(PROBLEMS[code].detail({}))}</td></tr>"
        for code in sorted(PROBLEMS, key=lambda code: (status_of(code), code))
    )
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(app.title)} API</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/docs.css"></head>'
        f"<body><h1>{escape(app.title)} API</h1><p>{escape(app.description)}</p>"
        '<p>For programs: <a href="/openapi.json">openapi.json</a>.'
        f' For <a href="{extension_docs.PAGE}">browser extensions and apps</a>: bearer tokens.</p>'
        f"<h2>Calls</h2>{calls}<h2>Rejections</h2><table><tbody>{codes}</tbody></table></body></html>"
    )


def _call(method: str, path: str, operation: dict[str, Any]) -> str:
    responses = ", ".join(
        f"{status}{' ' + escape(response['description']) if int(status) >= 400 else ''}"  # noqa: PLR2004  rejections
        for status, response in operation["responses"].items()
    )
    about = escape(operation.get("description", operation.get("summary", "")))
    return f"<article><h3>{method} {escape(path)}</h3><p>{about}</p><p><small>{responses}</small></p></article>"
