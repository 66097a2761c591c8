from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .billing_context import NUMBER_FORMATS
from .billing_move_builder import MoveBuilder

PAYMENT_TABLES = (
    "account_move",
    "account_move_line",
    "account_partial_reconcile",
)
"""What Odoo's payment state of invoices is read from."""


class BillingInvoicer(models.AbstractModel):
    """Turns segments into invoices and cancelled segments into credit notes.

    What stands on them is decided in billing_move_builder.py; how their taxes and
    terms come about, in billing_move_completion.py.
    """

    _name = "billing.invoicer"
    _description = "Invoicer"

    # === What goes on which invoice ===

    @api.model
    def _group(self, segments):
        """Ready segments by invoice, without those that are held back.

        :return: ``{key: billing.segment}``; a key holds currency, company and what
            the profile groups by
        """
        ready = segments.filtered(
            lambda segment: segment.state == "ready" and not segment.invoice_id
        )
        held = self._get_held_keys(ready)
        groups = defaultdict(list)
        for segment in ready:
            key = self._group_key(segment)
            if key not in held:
                groups[key].append(segment.id)
        # what one group reads is read for all of them
        return {
            key: ready.browse(ids).with_prefetch(ready.ids)
            for key, ids in groups.items()
        }

    @api.model
    def _group_key(self, segment):
        profile = segment.account_id.profile_id
        return (
            segment.company_id.id,
            segment.currency_id.id,
            segment.account_id.invoice_partner_id.id or segment.partner_id.id,
            profile.id,
            segment._get_invoice_key(profile.grouping),
        )

    @api.model
    def _get_held_keys(self, segments):
        """Keys of the bills one of whose segments has an error, where the profile
        holds the whole bill."""
        blocking = self.env["billing.segment"].search(
            [
                ("partner_id", "in", segments.partner_id.ids),
                ("period_id", "in", segments.period_id.ids),
                ("state", "in", ("incomplete", "error")),
                ("account_id.profile_id.hold", "=", "bill"),
            ]
        )
        return {self._group_key(segment) for segment in blocking}

    # === Invoices ===

    @api.model
    def _create_invoices(self, segments, invoice_date=None, tax_date=None):
        """Make draft invoices of the ready segments, grouped by profile.

        :param invoice_date: date, or None for the last day of what is billed
        :param tax_date: date of supply where the profile takes it from the run
        :return: the account.move made
        """
        self.env["res.users"]._check_may("invoice")
        groups = self._group(segments)
        if not groups:
            return self.env["account.move"]
        batches = defaultdict(list)
        for (company_id, *_rest), group in groups.items():
            batches[company_id].append(group.with_company(company_id))
        moves = self.env["account.move"]
        for company_id, company_groups in batches.items():
            company = self.env["res.company"].browse(company_id)
            moves |= self.with_company(company)._create_company_invoices(
                company, company_groups, invoice_date, tax_date
            )
        self.env["billing.segment"].union(*groups.values())._refresh_figures()
        return moves

    @api.model
    def _create_company_invoices(self, company, groups, invoice_date, tax_date):
        builder = MoveBuilder(self.env, company)
        drafts = [
            builder.invoice_draft(segments, invoice_date, tax_date)
            for segments in groups
        ]
        moves = builder.make(drafts)
        self._link(moves, [draft.links for draft in drafts], "charge_move_line_id")
        self._set_move(moves, groups, "invoice_id")
        return moves

    @api.model
    def _set_move(self, moves, groups, column):
        """Write the invoice or credit note of segments, in one statement.

        :raises UserError: where one of them has got another meanwhile
        """
        pairs = [
            (segment.id, move.id)
            for move, segments in zip(moves, groups, strict=True)
            for segment in segments
        ]
        self.env.cr.execute(
            SQL(
                """
                UPDATE billing_segment s SET %(column)s = v.move_id
                  FROM unnest(%(segments)s::int[], %(moves)s::int[])
                       v(segment_id, move_id)
                 WHERE s.id = v.segment_id AND s.%(column)s IS NULL
                """,
                column=SQL.identifier(column),
                segments=[segment_id for segment_id, _move_id in pairs],
                moves=[move_id for _segment_id, move_id in pairs],
            )
        )
        if self.env.cr.rowcount != len(pairs):
            raise UserError(
                self.env._(
                    "Some of these segments were put on another invoice meanwhile. "
                    "Repeat the step, it takes what is left."
                )
            )
        self.env["billing.segment"].union(*groups).invalidate_recordset([column])

    @api.model
    def _link(self, moves, links_by_move, column):
        """Write each segment line's invoice line, in one statement.

        :param list links_by_move: as ``Draft.links``, of each of ``moves``
        """
        segment_line_ids, move_line_ids = [], []
        for move, links in zip(moves, links_by_move, strict=True):
            billed_lines = move.line_ids.filtered(
                lambda line: line.is_billed and line.display_type == "product"
            ).sorted("id")
            for move_line, ids in zip(billed_lines, links, strict=True):
                segment_line_ids += ids
                move_line_ids += [move_line.id] * len(ids)
        self.env.cr.execute(
            SQL(
                """
                UPDATE billing_segment_line l SET %(column)s = v.move_line_id
                  FROM unnest(%(lines)s::int[], %(move_lines)s::int[])
                       v(line_id, move_line_id)
                 WHERE l.id = v.line_id AND l.%(column)s IS NULL
                """,
                column=SQL.identifier(column),
                lines=segment_line_ids,
                move_lines=move_line_ids,
            )
        )
        self.env["billing.segment.line"].browse(segment_line_ids).invalidate_recordset(
            [column]
        )

    @api.model
    def _post(self, moves):
        """Post draft invoices; their segments freeze in the same transaction.

        A draft is in step with its lines since it was made or last saved, so that
        posting has nothing to synchronise; but one without its date, which gets a
        date now and new terms with it.
        """
        drafts = moves.filtered(lambda move: move.state == "draft")
        dated = drafts.filtered("invoice_date")
        (drafts - dated)._post(soft=False)
        if not dated:
            return
        (dated.partner_id | dated.commercial_partner_id)._become_customers()
        self._gather_statistics()
        # read at once what Odoo asks of each invoice by itself
        dated.line_ids.tax_ids.mapped("tax_exigibility")
        dated.with_context(
            skip_invoice_sync=True,
            skip_invoice_line_sync=True,
            tracking_disable=True,
            **{NUMBER_FORMATS: {}},
        )._post(soft=False)
        dated._message_log_batch(
            bodies=dict.fromkeys(dated.ids, self.env._("Invoice posted"))
        )

    # === Drafts that change ===

    @api.model
    def _gather_statistics(self):
        """Odoo asks for the payment state of all invoices in one query. Where Postgres
        takes the tables for empty it joins them row by row then, which takes minutes
        for some hundred invoices: in a database that never gathered statistics, after
        a vacuum that saw no committed rows, and when the tables have grown since."""
        self.env.flush_all()
        unknown = self.env.execute_query(
            SQL(
                """
                SELECT c.relname FROM pg_class c
                 WHERE c.relkind = 'r' AND c.relname IN %s
                   AND pg_relation_size(c.oid) > 0
                   AND (c.reltuples <= 0
                        OR pg_relation_size(c.oid)
                            / current_setting('block_size')::int > 2 * c.relpages
                        OR NOT EXISTS (
                           SELECT 1 FROM pg_stats s WHERE s.tablename = c.relname))
                """,
                PAYMENT_TABLES,
            )
        )
        for (table,) in unknown:
            self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))

    @api.model
    def _renew_drafts(self, moves):
        """Give draft invoices the lines of their segments as those are now.

        Lines written by hand, dates and terms stay. A segment that is not ready any
        more keeps its draft from being posted; where the profile bills what is clean,
        it leaves the draft. A draft on which nothing remains is deleted.
        """
        drafts = moves.filtered(lambda move: move.state == "draft")
        if not drafts:
            return
        segments = drafts.segment_ids
        segments.filtered(
            lambda segment: (
                segment.state != "ready"
                and segment.account_id.profile_id.hold == "segment"
            )
        )._leave_draft()
        drafts.line_ids.filtered("is_billed").unlink()
        drafts.filtered(
            lambda move: not move.segment_ids and not move.invoice_line_ids
        ).unlink()
        filled = drafts.exists().filtered("segment_ids")
        for company, company_drafts in filled.grouped("company_id").items():
            self.with_company(company)._fill_drafts(company, company_drafts)
        segments._refresh_figures()

    @api.model
    def _fill_drafts(self, company, drafts):
        builder = MoveBuilder(self.env, company)
        vals_list, links_by_move = [], []
        for move in drafts:
            profile = next(iter(move.segment_ids)).account_id.profile_id
            lines, links = builder.invoice_lines(
                move.segment_ids,
                profile,
                move.partner_id,
                move.fiscal_position_id,
                move.taxable_supply_date or move.invoice_date,
            )
            links_by_move.append(links)
            # lines written by hand keep their sense
            move_type = builder.orient(
                lines, move.currency_id, move.move_type, bool(move.invoice_line_ids)
            )
            if move_type != move.move_type:
                move.move_type = move_type
            vals_list += [
                {"move_id": move.id, "sequence": sequence, **line}
                for sequence, line in enumerate(lines, start=1)
            ]
        self.env["account.move.line"].create(vals_list)
        self._link(drafts, links_by_move, "charge_move_line_id")

    # === Credit notes ===

    @api.model
    def _create_credit_notes(self, segments, invoice_date=None):
        """Make draft credit notes that take back what ``segments`` were billed.

        Each line of the credit note repeats the invoice line with its price, tax and
        account as they were then. :return: the account.move made
        """
        moves = self.env["account.move"]
        by_invoice = segments.grouped("invoice_id")
        for company, invoices in (
            self.env["account.move"].union(*by_invoice).grouped("company_id").items()
        ):
            builder = MoveBuilder(self.with_company(company).env, company)
            drafts = [
                builder.credit_draft(invoice, by_invoice[invoice], invoice_date)
                for invoice in invoices
            ]
            company_moves = builder.make(drafts)
            links = [draft.links for draft in drafts]
            self._link(company_moves, links, "reversal_move_line_id")
            groups = [by_invoice[invoice] for invoice in invoices]
            self._set_move(company_moves, groups, "reversal_id")
            moves |= company_moves
        return moves
