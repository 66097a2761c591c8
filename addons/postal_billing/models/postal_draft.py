"""A specification as the draft of a segment, as the generator stores it."""

from decimal import Decimal

from odoo.addons.billing_base.models.billing_generator_rater import hash_snapshot


def specification_draft(specification, priced):
    """The draft of the segment that bills a specification.

    :param dict priced: ``{postal.specification.line: Priced}``
    """
    agreement, period = specification.agreement_id, specification.period_id
    lines, entries, problems = [], [], []
    for line in specification.line_ids:
        result = priced.get(line)
        if result is None:
            continue
        entries.append(_entry(line, result))
        if result.problem:
            problems.append(("rating_problem", _problem(line, result)))
        lines += [_line(line, rated, period) for rated in result.lines]
    if problems:
        # an amount that may be wrong is never shown as one
        lines = []
    snapshot = {
        **agreement._prepare_snapshot_parties(specification.currency_id),
        "terms": [],
        "quantities": [],
        "specification": specification.name,
        "cost_centre": specification.cost_centre_id.id,
        "entries": entries,
    }
    amount = sum((Decimal(row["explanation"]["amount"]) for row in lines), Decimal())
    return {
        "key": ("specification", specification.id),
        "vals": {
            **agreement._prepare_segment_parties(),
            "currency_id": specification.currency_id.id,
            "period_id": period.id,
            "type_id": agreement.type_id.segment_type_id.id,
            "is_exclusive": False,
            "source_key": f"postal.specification:{specification.id}",
            "specification_id": specification.id,
            "cost_centre_id": specification.cost_centre_id.id,
            "is_estimated": False,
            "is_final": False,
            "date_start": period.date_start,
            "date_end": period.date_end,
            "quantity": specification.quantity,
            "amount": float(amount),
            "snapshot": snapshot,
            "snapshot_hash": hash_snapshot(snapshot),
        },
        "lines": lines,
        "problems": problems,
    }


def _entry(line, result):
    return {
        "line": line.id,
        "service": line.item_id.code,
        "day": str(line._get_day()),
        "pieces": str(line.quantity),
        "grams": str(line.weight),
        "money": str(line.money),
        "centre": line.cost_centre_id.id,
        "discounts": result.discounts,
        "prices": [[rated.price_key, str(rated.unit_price)] for rated in result.lines],
        "amount": str(result.amount),
    }


def _problem(line, result):
    return {
        "problem": result.problem,
        "charge": line.item_id.display_name,
        "item_id": line.item_id.id,
        "date_start": str(line._get_day()),
        "date_end": str(line._get_day()),
    }


def _line(line, rated, period):
    item = line.item_id
    return {
        "sequence": item.sequence,
        "item_id": item.id,
        "price_id": rated.price_key,
        "product_id": item.product_id.id,
        "name": item.name,
        "date_start": line.date or period.date_start,
        "date_end": line.date or period.date_end,
        "quantity": float(rated.quantity),
        "uom_id": item.product_id.uom_id.id,
        "unit_price": float(rated.unit_price),
        "factor": 1.0,
        "amount": float(rated.amount),
        "explanation": {**rated.explanation, "amount": str(rated.amount)},
        "specification_line_id": line.id,
    }
