"""A piece takes as many queries as it takes, however many customers are in it."""

from unittest.mock import patch

from odoo.sql_db import Cursor
from odoo.tests import tagged

from .common import BillingCase

WARM, SMALL, LARGE = 2, 20, 100
#: Queries of a piece of a hundred segments, each an invoice of two lines, from a cold
#: cache; those that other add-ons bring are in it.
BUDGETS = {"generate": 110, "check": 80, "invoice": 80, "post": 80}


@tagged("post_install", "-at_install")
class TestQueryBudget(BillingCase):
    def _count(self, count):
        """Queries of each step for so many customers of their own.

        :return: ``{step: queries}``
        """
        agreements = self.env["billing.agreement"].union(
            *(self._create_agreement(f"Q-{count}-{n}", 10 + n) for n in range(count))
        )
        run = self.env["billing.run"].create(
            {
                "period_id": self.january.id,
                "agreement_domain": repr([("id", "in", agreements.ids)]),
                "last_step": "post",
            }
        )
        run._advance()
        counts = {}
        while piece := run.piece_ids.filtered(lambda piece: piece.state == "pending"):
            self.assertEqual(piece.item_count, count)
            counts[piece.step] = self._count_queries(piece)
            self.assertEqual(piece.state, "done")
            run._advance()
        return counts

    def _count_queries(self, piece):
        self.env.flush_all()
        self.env.invalidate_all()
        queries = []
        execute = Cursor.execute

        def counted(cr, query, *args, **kwargs):
            queries.append(query)
            return execute(cr, query, *args, **kwargs)

        with patch.object(Cursor, "execute", counted):
            piece._run()
            self.env.flush_all()
        return len(queries)

    def test_queries_do_not_grow_with_the_customers(self):
        self._count(WARM)  # what is read once and for all
        small, large = self._count(SMALL), self._count(LARGE)
        self.assertEqual(large.keys(), BUDGETS.keys())
        for step, budget in BUDGETS.items():
            with self.subTest(step, small=small[step], large=large[step]):
                self.assertLessEqual(large[step], budget)
                # rows are written in batches, of which a larger piece has a few more
                self.assertLessEqual(large[step], small[step] + 10)
