"""The discounts of many agreements, made ready for rating."""

from collections import defaultdict
from dataclasses import replace

from ..rating import Discount, to_decimal


class DiscountSet:
    """Discounts by whom they are given to, and the charges with those that reach
    them.

    :param discounts: billing.discount, loaded once for all agreements
    """

    def __init__(self, discounts):
        self.discounts = discounts
        self.receivers = defaultdict(list)
        for discount in discounts:
            self.receivers[_receiver(discount)].append(discount.id)
        self.reach = {
            discount.id: (
                discount.tariff_id.id,
                discount.item_id.id,
                _to_rating(discount),
            )
            for discount in discounts
        }

    def reaching(self, agreement, tariff, span):
        """Ids of the discounts that count for charges of an agreement.

        :param span: rating.Span
        :return: tuple of int, sorted: what the agreement's charges depend on
        """
        parties = agreement.company_id, agreement.partner_id, agreement.contract_id
        return self.reaching_parties(*parties, tariff, span)

    def reaching_parties(self, company, customer, contract, tariff, span):
        """The same for a customer and contract, either of which may be empty."""
        return tuple(
            found
            for found in self._of(company, customer, contract)
            if self.reach[found][0] in (False, tariff.id)
            and self.reach[found][2].start <= span.end
            and (self.reach[found][2].end or span.end) >= span.start
        )

    def apply(self, charges, items, ids):
        """``charges`` with the discounts that reach each of them.

        :param charges: rating.Charge, keys are item ids
        :param dict items: ``{item id: billing.tariff.item}``
        :param ids: of discounts of one agreement that reach the tariff
        :return: tuple of rating.Charge
        """
        if not ids:
            return tuple(charges)
        return tuple(
            replace(
                charge,
                discounts=tuple(
                    self.reach[found][2]
                    for found in ids
                    if self._reaches(found, items[charge.key])
                ),
            )
            for charge in charges
        )

    def describe(self, ids):
        """The discounts of a segment for its snapshot: JSON-able."""
        described = []
        for found in ids:
            tariff_id, item_id, discount = self.reach[found]
            described.append(
                {
                    "id": found,
                    "tariff": tariff_id,
                    "item": item_id,
                    "rank": discount.rank,
                    "depth": discount.depth,
                    "percent": str(discount.percent),
                    "amount": None if discount.amount is None else str(discount.amount),
                    "from": str(discount.start),
                    "to": str(discount.end) if discount.end else None,
                }
            )
        return described

    def _of(self, company, customer, contract):
        """Ids of the discounts given to a customer and contract, sorted."""
        if not self.receivers:
            return []
        receivers = (
            ("everyone", 0),
            ("customer", customer.id),
            ("contract", contract.id),
            ("customer_category", customer.billing_category_id.id),
        )
        return sorted(
            found
            for scope, receiver in receivers
            for found in self.receivers.get((scope, receiver, company.id), ())
        )

    def _reaches(self, found, item):
        tariff_id, item_id, discount = self.reach[found]
        if item_id:
            reached = f"/{item_id}/" in f"/{item.parent_path or ''}"
        else:
            reached = tariff_id in (False, item.tariff_id.id)
        # a percent of other charges has no price of a unit
        return reached and not (discount.amount and item.basis == "percent")


def _receiver(discount):
    receiver = discount.partner_id or discount.contract_id or discount.category_id
    return discount.scope, receiver.id or 0, discount.company_id.id


def _to_rating(discount):
    """A billing.discount as the rating package takes it."""
    rank = discount.scope
    if rank == "everyone":
        rank = "charge" if discount.item_id.kind == "charge" else "category"
    is_amount = discount.method == "amount"
    return Discount(
        key=discount.id,
        percent=to_decimal(0 if is_amount else discount.percent),
        start=discount.date_start,
        end=discount.date_end or None,
        rank=rank,
        amount=to_decimal(discount.amount) if is_amount else None,
        depth=discount._get_depth(),
    )
