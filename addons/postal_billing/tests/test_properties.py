"""What holds for any entries: sums of invoices by tax, and copies."""

from collections import defaultdict
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from odoo.addons.billing_base.rating import to_decimal

from .common import PostalCase

ENTRY = st.tuples(
    st.sampled_from(("letter", "registered", "per_cheque", "percent", "commission")),
    st.integers(1, 400),
    st.integers(1, 1000),  # tenths of grams, and cents of a cheque
)
ENTRIES = st.lists(ENTRY, min_size=1, max_size=4)
CENTRES = st.lists(ENTRIES, min_size=1, max_size=4)
FEW = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    # the first draw reads the constants of all loaded modules, and Odoo has many
    suppress_health_check=[HealthCheck.too_slow],
)


@tagged("post_install", "-at_install")
class TestProperties(PostalCase):
    """Prices end in odd tenths of cents, so that taxes have something to round."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registered.price_ids.price = 0.017
        cls.per_cheque.price_ids.price = 0.333
        cls.percent.product_id = cls.taxed_product
        cls.by_centre = cls.env["billing.profile"].create(
            {"name": "One each", "grouping": "cost_centre", "tax_rounding": "line"}
        )
        cls.profile.tax_rounding = "line"
        cls.twin = cls._partner("Twin", "TWIN", profile=cls.by_centre)
        cls.centres = [
            cls.centre_a,
            cls.centre_b,
            cls._centre("Bar", "BR"),
            cls._centre("Kotor", "KO"),
        ]
        cls.company.tax_calculation_rounding_method = "round_globally"

    def _undone(self, work, *args):
        """Do the work and undo it: the next example begins anew."""
        savepoint = self.env.cr.savepoint()
        try:
            work(*args)
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)

    def _enter(self, partner, centres, period=None):
        """A specification for each list of entries, at one centre after another."""
        return self.env["postal.specification"].union(
            *(
                self._specification(
                    *(
                        (
                            getattr(self, service),
                            {
                                "quantity": pieces,
                                "weight": small / 10,
                                "money": pieces * small / 100,
                            },
                        )
                        for service, pieces, small in entries
                    ),
                    partner_id=partner.id,
                    cost_centre_id=centre.id,
                    period_id=(period or self.january).id,
                )
                for centre, entries in zip(self.centres, centres, strict=False)
            )
        )

    def _by_tax(self, invoices):
        """Base and tax of each tax, as the entries of the ledger say."""
        found = defaultdict(lambda: [Decimal(), Decimal()])
        for line in invoices.line_ids:
            amount = -to_decimal(line.balance)
            for tax in line.tax_ids:
                found[tax][0] += amount
            if line.tax_line_id:
                found[line.tax_line_id][1] += amount
        return dict(found)

    def test_a_consolidated_invoice_is_the_sum_of_individual_ones(self):
        """By tax and to the cent, whatever the company's own rounding."""

        @FEW
        @given(CENTRES)
        def check(centres):
            self._undone(compare, centres)

        def compare(centres):
            one = self._enter(self.bank, centres)
            each = self._enter(self.twin, centres)
            one.action_invoice()
            each.action_invoice()
            self.assertEqual(len(one.invoice_ids), 1)
            self.assertEqual(len(each.invoice_ids), len(centres))
            self.assertEqual(
                self._by_tax(one.invoice_ids), self._by_tax(each.invoice_ids)
            )
            for name in ("amount_untaxed", "amount_tax", "amount_total"):
                self.assertEqual(
                    to_decimal(one.invoice_ids[name]),
                    sum(map(to_decimal, each.invoice_ids.mapped(name))),
                )

        check()

    def test_copied_and_invoiced_the_quantities_are_the_same(self):
        @FEW
        @given(CENTRES)
        def check(centres):
            self._undone(compare, centres)

        def compare(centres):
            source = self._enter(self.bank, centres)
            source.action_invoice()
            for kept in (True, False):
                wizard = self.env["postal.copy"].create(
                    {
                        "source_period_id": self.january.id,
                        "period_id": self.february.id,
                        "keeps_quantities": kept,
                    }
                )
                wizard.action_copy()
                self.assertEqual(bool(wizard.specification_ids), kept)
            copies = source.search([("copied_from_id", "in", source.ids)])
            copies.action_invoice()
            self.assertEqual(self._quantities(copies), self._quantities(source))
            self.assertEqual(
                copies.invoice_ids.amount_total, source.invoice_ids.amount_total
            )

        check()

    def _quantities(self, specifications):
        return sorted(
            (line.cost_centre_id.code, line.item_id.code, line.quantity)
            for line in specifications.sudo().segment_ids.line_ids
        )
