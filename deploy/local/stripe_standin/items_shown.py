"""A subscription's items as a page shows and edits them: each has a form field that is named by the item's id."""

from fractions import Fraction

from starlette.datastructures import FormData

from deploy.local.stripe_standin.errors import bad_parameter
from deploy.local.stripe_standin.pricing import exact_amount, unit_decimal
from deploy.local.stripe_standin.world import Obj, World

_MOST_DIGITS = 6


def items_shown(world: World, subscription: Obj) -> list[Obj]:
    """Return each item's id, name, quantity, unit price and price a period, in cents."""
    shown = []
    for item in subscription["_items"]:
        price = {**world.table("prices")[item["price"]], **item.get("_priced_as", {})}
        quantity = item.get("quantity", 0)
        shown.append(
            {
                "id": item["id"],
                "quantity": quantity,
                "name": world.table("products")[price["product"]]["name"],
                "each": float(Fraction(unit_decimal(price, quantity))),
                "total": float(exact_amount(price, quantity)),
                "currency": price["currency"],
                "interval": price["recurring"]["interval"],
            }
        )
    return shown


def quantity_changes(subscription: Obj, form: FormData) -> list[Obj]:
    """Return the `items` parameter of the update from the form; an item without a field is left unchanged."""
    changes = []
    for item in subscription["_items"]:
        value = form.get(item["id"])
        if value is None:
            continue
        number = str(value).strip()
        if not number.isdigit() or len(number) > _MOST_DIGITS:
            raise bad_parameter(
                "Please enter a whole number of seats.", param="quantity", code="parameter_invalid_integer"
            )
        changes.append({"id": item["id"], "quantity": int(number)})
    return changes
