"""Records of a tariff as a reading of their rows has them."""

from ..rating import to_decimal
from .billing_list_code import field_value


def product_name(product):
    """How a product is named in a cell: by its reference, else by its name."""
    return product.default_code or product.name or None


def tariff_row(tariff):
    return {
        "code": tariff.code,
        "name": tariff.name,
        "currency": tariff.currency_id.name,
        "note": str(tariff.note).strip() if tariff.note else None,
        "active": tariff.active,
    }


def item_row(item, item_fields=()):
    """A charge or category as a reading of its row has it."""
    return {
        **{name: field_value(item, name) for name in item_fields},
        "code": item.code,
        "name": item.name,
        "kind": item.kind,
        "parent": item.parent_id.code or None,
        "sequence": item.sequence,
        "product": product_name(item.product_id),
        "charge_type": item.charge_type_id.code or None,
        "basis": item.basis or None,
        "quantity": item.quantity_type_id.code or None,
        "time_unit": item.time_unit,
        "percent_of": tuple(sorted(item.percent_of_ids.mapped("code"))),
        "minimum": to_decimal(item.minimum) if item.minimum else None,
        "maximum": to_decimal(item.maximum) if item.maximum else None,
        "prorate_limits": item.prorate_limits,
        "coverage": item.coverage,
        "pick_group": item.pick_group or None,
        "pick": item.pick,
        "active": item.active,
    }


def price_row(price):
    return {
        "item": price.item_id.code,
        "date_start": price.date_start,
        "date_end": price.date_end or None,
        "price": to_decimal(price.price),
        "formula": price.formula or None,
        "discount": to_decimal(price.discount) if price.discount else None,
        "band_mode": price.band_mode,
    }


def band_row(band):
    return {
        "item": band.price_id.item_id.code,
        "date_start": band.price_id.date_start,
        "upper": None if band.is_open else to_decimal(band.upper),
        **{
            name: to_decimal(band[name]) if band[name] else None
            for name in ("price", "percent", "fixed")
        },
    }


def factor_row(factor):
    return {
        "item": factor.item_id.code,
        "date_start": factor.date_start,
        "date_end": factor.date_end or None,
        "value": to_decimal(factor.value),
    }
