"""Routes of the pages for people: due changes happen before a page is shown, and an error is shown as a page."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.local.stripe_standin.errors import StripeError
from deploy.local.stripe_standin.pages import Pages
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.service import Service
from deploy.local.stripe_standin.world import Draft

SEE_OTHER = 303
Page = Callable[[Request], Awaitable[Response]]


class PageRouter:
    """What all pages share: the service, the templates, and the handling of errors."""

    def __init__(self, service: Service, pages: Pages) -> None:
        self.service = service
        self.pages = pages

    def draft(self) -> tuple[Draft, Renderer]:
        """Begin a draft of the current state; a change made in a page has no idempotency key."""
        self.service.catch_up()
        draft = Draft(self.service.world, self.service.world.clock.now())
        return draft, Renderer(draft, self.service.address)

    def route(self, method: str, path: str, page: Page) -> Route:
        """Return the route of a page; a StripeError is shown as an error page."""

        async def handle(request: Request) -> Response:
            try:
                return await page(request)
            except StripeError as error:
                return self.pages.show("error.html", status=error.status, sentence=error.message)

        return Route(path, handle, methods=[method])
