"""A page that shows every sample mail: its HTML part at the width of a phone, and its text part."""

from collections.abc import Sequence
from html import escape

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from services.notifier.mails.branding import branding
from services.notifier.mails.gallery import gallery
from services.notifier.mails.rendering import RenderedMail

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h2 { margin: 3rem 0 .25rem; font-size: 1.125rem; }
nav { columns: 16rem; }
nav a { display: block; }
section > p { margin: 0 0 .75rem; opacity: .75; }
.parts { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
iframe { flex: none; width: 392px; max-width: 100%; height: 40rem; border: 1px solid #7d8894; border-radius: 8px; }
pre { flex: 1 1 20rem; min-width: 0; margin: 0; padding: 1rem; overflow: auto; border: 1px solid #7d8894;
      border-radius: 8px; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8125rem; }
"""


def mail_gallery(gateway: str, extra_routes: Sequence[Route] = ()) -> Starlette:
    """The page, each mail at its own address with links to this gateway, and the `extra_routes`."""
    mail_branding = branding("Headcount <no-reply@headcount.localhost>", gateway)
    mails = gallery(mail_branding)

    async def all_mails(_request: Request) -> HTMLResponse:
        links = "".join(f'<a href="#{name}">{escape(name)}</a>' for name in mails)
        shown = "".join(_shown(name, words) for name, words in mails.items())
        return HTMLResponse(
            '<!doctype html><html lang="en"><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>Mails</title><style>{_STYLE}</style>"
            f"<h1>Every mail, with sample data</h1><nav>{links}</nav><main>{shown}</main>"
        )

    async def single_mail(request: Request) -> HTMLResponse:
        if (words := mails.get(request.path_params["name"])) is None:
            raise HTTPException(404)
        return HTMLResponse(words.html)

    return Starlette(routes=[Route("/", all_mails), *extra_routes, Route("/{name}", single_mail)])


def _shown(name: str, words: RenderedMail) -> str:
    return (
        f'<section><h2 id="{name}">{escape(words.subject)}</h2><p>{escape(name)} · <a href="/{name}">alone</a></p>'
        f'<div class="parts"><iframe src="/{name}" title="{escape(words.subject)}" sandbox loading="lazy"></iframe>'
        f"<pre>{escape(words.text)}</pre></div></section>"
    )
