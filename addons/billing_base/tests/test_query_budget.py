"""A piece takes as many queries as it takes, however many customers are in it."""

from unittest.mock import patch

from odoo.sql_db import Cursor
from odoo.tests import tagged

from .common import BillingCase

SMALL, LARGE = 20, 100
#: Queries of a piece of a hundred segments, each an invoice of two lines.
BUDGETS = {"generate": 40, "check": 25, "invoice": 80, "post": 80}


@tagged("post_install", "-at_install")
class TestQueryBudget(BillingCase):
    def _count(self, step, count):
        """Queries of a step for so many customers of their own, from a cold cache."""
        agreements = self.env["billing.agreement"].union(
            *(
                self._create_agreement(f"Q{step[0]}-{count}-{n:03d}", 10 + n)
                for n in range(count)
            )
        )
        run = self.env["billing.run"].create(
            {
                "period_id": self.january.id,
                "agreement_domain": repr([("id", "in", agreements.ids)]),
                "last_step": "post",
            }
        )
        run._advance()
        while run.piece_ids.filtered(lambda p: p.state == "pending").step != step:
            run.piece_ids.filtered(lambda p: p.state == "pending")._run()
            run._advance()
        piece = run.piece_ids.filtered(lambda p: p.state == "pending")
        self.assertEqual(piece.item_count, count)
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
        self.assertEqual(piece.state, "done")
        return len(queries)

    def test_queries_do_not_grow_with_the_customers(self):
        for step, budget in BUDGETS.items():
            with self.subTest(step):
                self._count(step, 2)  # what is read once and for all
                small, large = self._count(step, SMALL), self._count(step, LARGE)
                self.assertLessEqual(large, budget)
                # rows are written in batches, of which a larger piece has a few more
                self.assertLessEqual(large, small + 10)
