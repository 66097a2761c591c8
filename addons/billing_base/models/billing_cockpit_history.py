"""The period beside earlier ones, for comparison and charts."""

from dateutil.relativedelta import relativedelta

from odoo import models

from .billing_cockpit import MONTHS

SUMS = ("__count", "segment_count:sum", "error_count:sum", "amount:sum")


class BillingCockpit(models.AbstractModel):
    _inherit = "billing.cockpit"

    def _read_comparison(self, scope, business):
        """Comparison and charts of a business, of billing where none is chosen.

        :return: ``(rows, charts)`` as of ``_compare`` and ``_get_charts``
        """
        if not scope.period or business not in (None, False, "billing"):
            return [], []
        _ = self.env._
        rows = self._read_history(scope, "billing.agreement.period", SUMS)
        names = (
            (2, _("Segments"), "count"),
            (3, _("With Error"), "count"),
            (4, _("Untaxed Amount"), "amount"),
        )
        return self._compare(scope, rows, names), self._get_charts(scope, rows)

    def _read_history(self, scope, model, sums):
        """Figures of this period and those of a year before it, in one statement.

        :param model: one with a ``period_id``
        :param sums: aggregates of ``_read_group``
        :return: ``[(billing.period, *sums), …]`` in the order of the periods
        """
        period = scope.period
        periods = (
            self.env["billing.period"]
            .search(
                [
                    ("cycle_id", "=", period.cycle_id.id),
                    ("date_start", "<=", period.date_start),
                    (
                        "date_start",
                        ">=",
                        period.date_start - relativedelta(years=1, days=1),
                    ),
                ],
                order="date_start desc",
                limit=2 * MONTHS,
            )
            .sorted("date_start")
        )
        rows = {
            row[0]: row
            for row in self.env[model]._read_group(
                [("period_id", "in", periods.ids)], ["period_id"], sums
            )
        }
        return [rows.get(found, (found, *(0 for _sum in sums))) for found in periods]

    def _compare(self, scope, rows, names):
        """This period beside the last one and that of a year ago.

        :param rows: of ``_read_history``
        :param names: ``[(place in a row, name, kind), …]``
        :return: ``[{"name", "kind", "currency_id", "value", "last", "year",
            "last_percent", "year_percent"}, …]``; None where there is no such period
        """
        year_start = scope.period.date_start - relativedelta(years=1)
        now = next(row for row in rows if row[0] == scope.period)
        last = rows[-2] if len(rows) > 1 else None
        year = next((row for row in rows if row[0].date_start == year_start), None)
        return [
            {
                "name": name,
                "kind": kind,
                "currency_id": scope.company.currency_id.id,
                "value": now[place] or 0,
                "last": last and (last[place] or 0),
                "year": year and (year[place] or 0),
                "last_percent": _percent(now[place] or 0, last and last[place]),
                "year_percent": _percent(now[place] or 0, year and year[place]),
            }
            for place, name, kind in names
        ]

    def _get_charts(self, scope, rows):
        """What the charts show; the screen draws it and computes nothing.

        :return: ``[{"key", "name", "type", "labels", "sets": [{"name", "values"}]}]``
        """
        charts = [
            {
                "key": "amount",
                "name": self.env._("Untaxed Amount by Period"),
                "type": "bar",
                "labels": [row[0].name for row in rows],
                "sets": [
                    {
                        "name": scope.company.currency_id.name,
                        "values": [row[4] for row in rows],
                    }
                ],
            },
            {
                "key": "errors",
                "name": self.env._("Segments with an Error by Period"),
                "type": "line",
                "labels": [row[0].name for row in rows],
                "sets": [
                    {
                        "name": self.env._("With Error"),
                        "values": [row[3] for row in rows],
                    }
                ],
            },
        ]
        kinds = self.env["billing.agreement.period"]._read_group(
            [("period_id", "=", scope.period.id)],
            ["agreement_id.type_id"],
            ["amount:sum"],
        )
        if len(kinds) > 1:
            charts.append(
                {
                    "key": "kinds",
                    "name": self.env._("Untaxed Amount by Agreement Type"),
                    "type": "doughnut",
                    "labels": [kind.display_name for kind, _amount in kinds],
                    "sets": [
                        {
                            "name": scope.company.currency_id.name,
                            "values": [amount for _kind, amount in kinds],
                        }
                    ],
                }
            )
        return charts


def _percent(now, before):
    """Change in percent, None without anything to compare with."""
    return round(100 * (now - before) / abs(before), 1) if before else None
