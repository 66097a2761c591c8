"""A billable charge as the draft of a segment, as the generator stores it."""

from ..rating import round_quantity, to_decimal
from .billing_generator_rater import hash_snapshot


def charge_draft(charge, agreement, period):
    """The draft of the segment of ``charge`` on the bill of ``agreement``."""
    quantity = str(round_quantity(to_decimal(charge.quantity)))
    price = str(to_decimal(charge.unit_price))
    amount = str(charge._get_amount())
    snapshot = {
        **agreement._prepare_snapshot_parties(charge.currency_id),
        "terms": [],
        "quantities": [],
        "charge": {
            "id": charge.id,
            "kind": charge.type_id.id,
            "text": charge.name,
            "date": str(charge.date),
            "product": charge.product_id.id,
            "quantity": quantity,
            "unit": charge.uom_id.id,
            "unit_price": price,
            "amount": amount,
            "origin": charge.origin or "",
        },
    }
    return {
        "key": ("charge", charge.id),
        "vals": {
            **agreement._prepare_segment_parties(),
            "currency_id": charge.currency_id.id,
            "period_id": period.id,
            "type_id": charge.type_id.id,
            "is_exclusive": False,
            "charge_id": charge.id,
            "is_estimated": False,
            "is_final": False,
            "date_start": charge.date,
            "date_end": charge.date,
            # consumption of the agreement is not made of charges
            "quantity": 0.0,
            "amount": charge.amount,
            "snapshot": snapshot,
            "snapshot_hash": hash_snapshot(snapshot),
        },
        "lines": [_line(charge, quantity, price, amount)],
        "problems": [],
    }


def _line(charge, quantity, price, amount):
    day = str(charge.date)
    return {
        "product_id": charge.product_id.id,
        "name": charge.name,
        "date_start": charge.date,
        "date_end": charge.date,
        "quantity": charge.quantity,
        "uom_id": charge.uom_id.id,
        "unit_price": charge.unit_price,
        "factor": 1.0,
        "amount": charge.amount,
        "explanation": {
            "terms": {
                "basis": "unit",
                "charge": charge.name,
                "from": day,
                "to": day,
                "days": 1,
                "price": price,
                "rounding": str(to_decimal(charge.currency_id.rounding)),
            },
            "inputs": [
                {
                    "code": "charge",
                    "from": day,
                    "to": day,
                    "value": quantity,
                    "unit": charge.uom_id.name or "",
                    "quality": "manual",
                    "split": "days",
                    "source": {"charge": charge.id, "origin": charge.origin or ""},
                }
            ],
            "quantity": quantity,
            "unit_price": price,
            "amount": amount,
        },
    }
