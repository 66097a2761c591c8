"""Rows of a file of entries: cost centres, partners and services by their codes."""

from odoo.fields import Domain


class EntryResolver:
    """Finds what the cells of a file name, each once."""

    def __init__(self, postal_import):
        self.record = postal_import
        self.env = postal_import.env
        domain = Domain("is_cost_centre", "=", True) & Domain(
            "company_id", "in", (False, postal_import.company_id.id)
        )
        if not self.env.user.has_group("postal_billing.group_postal_record"):
            domain &= Domain("clerk_ids", "in", self.env.uid)
        self.centres = {
            centre.code: centre
            for centre in self.env["account.analytic.account"].search(domain)
        }
        self.partners = {}
        self.items = {}

    def resolve(self, row):
        """``((cost centre, partner, values), None)`` or ``(None, problem)``."""
        centre, partner, problem = self._parties(row)
        if problem:
            return None, problem
        values, problem = self._values(row, centre, partner)
        return (None, problem) if problem else ((centre, partner, values), None)

    def _parties(self, row):
        """``(cost centre, partner, problem)``"""
        _ = self.env._
        centre = self.record.cost_centre_id
        if row.get("centre"):
            centre = self.centres.get(row["centre"])
        if not centre:
            text = _(
                "There is no cost centre %(code)s, or it is not yours.",
                code=row.get("centre") or "–",
            )
            return None, None, (text, "centre")
        partner = self._partner(row["partner"])
        if not partner:
            text = _(
                "No partner, or more than one, has the reference %(code)s.",
                code=row["partner"],
            )
            return None, None, (text, "partner")
        return centre, partner, None

    def _values(self, row, centre, partner):
        """``(values of the entry, problem)``"""
        item = self._item(partner, row["service"])
        if not item:
            text = self.env._(
                "The price list of %(partner)s has no service %(code)s; see its "
                "contract.",
                partner=partner.display_name,
                code=row["service"],
            )
            return None, (text, "service")
        return {
            "cost_centre_id": centre.id,
            "item_id": item.id,
            "quantity": row["pieces"],
            "weight": float(row.get("grams") or 0),
            "money": float(row.get("money") or 0),
            "date": row.get("date"),
            "reference": row.get("list"),
        }, None

    def _partner(self, code):
        if code not in self.partners:
            Partner = self.env["res.partner"]
            own = (False, self.record.company_id.id)
            found = Partner
            for name in ("ref", "vat", "billing_account_ids.code"):
                # the account's number is looked up for whoever may not see accounts
                found = Partner.sudo().search(
                    [
                        (name, "=", code),
                        ("parent_id", "=", False),
                        ("company_id", "in", own),
                    ]
                )
                if found:
                    break
            self.partners[code] = Partner.browse(found.ids) if len(found) == 1 else None
        return self.partners[code]

    def _item(self, partner, code):
        return self._items(partner).get(code)

    def _items(self, partner):
        """Services of the price list of a partner: ``{code: billing.tariff.item}``"""
        if partner not in self.items:
            draft = self.env["postal.specification"].new(
                {
                    "kind": self.record.kind,
                    "period_id": self.record.period_id.id,
                    "company_id": self.record.company_id.id,
                    "partner_id": partner.id,
                }
            )
            self.items[partner] = {
                item.code: item
                for item in draft.tariff_id.item_ids
                if item.kind == "charge"
            }
        return self.items[partner]
