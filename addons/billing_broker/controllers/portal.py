from functools import partial

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import content_disposition, request

from odoo.addons.billing_base.tools import format_number
from odoo.addons.portal.controllers.portal import CustomerPortal, pager

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class BrokerPortal(CustomerPortal):
    """A broker sees his confirmed statements and the bills behind them."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "commission_count" in counters:
            Statement = request.env["billing.broker.statement"]
            values["commission_count"] = (
                Statement.search_count([]) if Statement.has_access("read") else 0
            )
        return values

    @http.route(
        ["/my/commissions", "/my/commissions/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def portal_commissions(self, page=1, **kwargs):
        Statement = request.env["billing.broker.statement"]
        pages = pager(
            url="/my/commissions",
            total=Statement.search_count([]),
            page=page,
            step=self._items_per_page,
        )
        values = self._prepare_portal_layout_values()
        values.update(
            # the record rules leave the user's own
            statements=Statement.search(
                [], limit=self._items_per_page, offset=pages["offset"]
            ),
            pager=pages,
            page_name="commission",
            default_url="/my/commissions",
        )
        return request.render("billing_broker.portal_statements", values)

    def _get_statement(self, statement_id, access_token):
        """The confirmed statement, sudo: the broker's own, or one he has the link of;
        empty for another one."""
        Statement = request.env["billing.broker.statement"]
        try:
            statement = self._document_check_access(
                Statement._name, statement_id, access_token
            )
        except (AccessError, MissingError):
            return Statement
        return statement.filtered(lambda found: found.state == "confirmed")

    @http.route(
        "/my/commissions/<int:statement_id>", type="http", auth="public", website=True
    )
    def portal_commission(self, statement_id, access_token=None, page=1, **kwargs):
        statement = self._get_statement(statement_id, access_token)
        if not statement:
            return request.redirect("/my")
        lines = statement.line_ids
        step = self._items_per_page
        page = int(page) if str(page).isdigit() else 1
        pages = pager(
            url=f"/my/commissions/{statement.id}",
            url_args={"access_token": access_token} if access_token else {},
            total=len(lines),
            page=page,
            step=step,
        )
        values = self._get_page_view_values(
            statement,
            access_token,
            {
                "statement": statement,
                "lines": lines[pages["offset"] : pages["offset"] + step],
                "number": partial(format_number, statement.env),
                "pager": pages,
                "page_name": "commission",
            },
            "my_commissions_history",
            False,
            **kwargs,
        )
        return request.render("billing_broker.portal_statement", values)

    @http.route(
        "/my/commissions/<int:statement_id>/xlsx",
        type="http",
        auth="public",
        website=True,
        readonly=True,
    )
    def portal_commission_xlsx(self, statement_id, access_token=None, **kwargs):
        statement = self._get_statement(statement_id, access_token)
        if not statement:
            raise request.not_found()
        name = f"{statement.name.replace('/', '-')}.xlsx"
        return request.make_response(
            statement._get_workbook(),
            [
                ("Content-Type", XLSX),
                ("Content-Disposition", content_disposition(name)),
            ],
        )
