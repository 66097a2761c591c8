import logging

from odoo import fields, http
from odoo.exceptions import AccessError, MissingError, UserError, ValidationError
from odoo.http import request
from odoo.tools.mimetypes import guess_mimetype

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

_logger = logging.getLogger(__name__)

UPLOADS = ("application/pdf", "image/png", "image/jpeg")
UPLOAD_LIMIT = 10 * 2**20
TEXTS = (
    "customer_name",
    "customer_email",
    "customer_phone",
    "customer_vat",
    "street",
    "zip",
    "city",
    "property_name",
    "point_code",
    "note",
)
WISHES = ("wants_meter", "wants_transformer", "wants_sealing", "wants_decommissioning")


class ConnectionPortal(CustomerPortal):
    """Where a job stands: for its customer, its installer and its contractors."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "connection_count" in counters:
            values["connection_count"] = request.env["connection.case"].search_count([])
        return values

    @http.route(
        ["/my/connections", "/my/connections/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def portal_connections(self, page=1, **kwargs):
        Case = request.env["connection.case"]
        pages = pager(
            url="/my/connections",
            total=Case.search_count([]),
            page=page,
            step=self._items_per_page,
        )
        # the record rules leave the user's own cases
        cases = Case.search([], limit=self._items_per_page, offset=pages["offset"])
        values = self._prepare_portal_layout_values()
        values.update(
            cases=cases.sudo(),
            pager=pages,
            page_name="connection",
            default_url="/my/connections",
        )
        return request.render("energy_connection.portal_cases", values)

    def _get_case(self, case_id, access_token=None):
        try:
            return self._document_check_access("connection.case", case_id, access_token)
        except (AccessError, MissingError):
            _logger.warning(
                "Refused: case %s asked for by user %s from %s",
                case_id,
                request.env.uid,
                request.httprequest.remote_addr,
            )
            return None

    @http.route(
        "/my/connections/<int:case_id>", type="http", auth="public", website=True
    )
    def portal_connection(self, case_id, access_token=None, **kwargs):
        case = self._get_case(case_id, access_token)
        if not case:
            return request.redirect("/my")
        partner = request.env.user.partner_id.commercial_partner_id
        is_customer = partner in (
            case.partner_id.commercial_partner_id | case.payer_id.commercial_partner_id
        ) or (access_token and request.env.user._is_public())
        is_installer = partner == case.installer_id.commercial_partner_id
        values = self._get_page_view_values(
            case,
            access_token,
            {
                "case": case,
                "page_name": "connection",
                "is_customer": is_customer,
                "is_installer": is_installer,
                "orders": case.order_ids.filtered(
                    lambda order: (
                        is_customer
                        or is_installer
                        or order.partner_id.commercial_partner_id == partner
                    )
                ),
                "own_orders": case.order_ids.filtered(
                    lambda order: order.partner_id.commercial_partner_id == partner
                ),
            },
            "my_connections_history",
            False,
            **kwargs,
        )
        return request.render("energy_connection.portal_case", values)

    # === Installer ===

    def _render_form(self, values, error=""):
        companies = request.env.user.company_ids.sudo()
        kinds = (
            request.env["connection.case.type"]
            .sudo()
            .search([("company_id", "in", companies.ids)])
        )
        layout = self._prepare_portal_layout_values()
        layout.update(kinds=kinds, form=values, error=error, page_name="connection_new")
        return request.render("energy_connection.portal_notify", layout)

    @http.route(
        "/my/connections/new",
        type="http",
        auth="user",
        website=True,
        methods=["GET", "POST"],
    )
    def portal_notify(self, **post):
        if request.httprequest.method == "GET":
            return self._render_form({})
        try:
            with request.env.cr.savepoint():
                notification = self._create_notification(post)
                self._attach(notification, request.httprequest.files.getlist("files"))
        except (UserError, ValidationError) as error:
            return self._render_form(post, str(error))
        layout = self._prepare_portal_layout_values()
        layout.update(notification=notification, page_name="connection_new")
        return request.render("energy_connection.portal_notified", layout)

    def _create_notification(self, post):
        _ = request.env._
        values = {name: (post.get(name) or "").strip() for name in TEXTS}
        for name, label in (
            ("customer_name", _("Customer's name")),
            ("street", _("Street")),
            ("zip", _("ZIP")),
            ("city", _("City")),
        ):
            if not values[name]:
                raise UserError(_("Enter: %(label)s.", label=label))
        try:
            kind_id = int(post.get("type_id") or 0)
            count = int(post.get("point_count") or 0)
            capacity = float((post.get("capacity_kw") or "0").replace(",", "."))
        except ValueError as error:
            raise UserError(_("Points and capacity are numbers.")) from error
        companies = request.env.user.company_ids.sudo()
        kind = request.env["connection.case.type"].sudo().browse(kind_id).exists()
        if kind.company_id not in companies:
            raise UserError(_("Choose the kind of work."))
        # installers have no rights on notifications beyond reading their own
        return (
            request.env["connection.notification"]
            .sudo()
            .create(
                {
                    **values,
                    **{name: bool(post.get(name)) for name in WISHES},
                    "type_id": kind.id,
                    "company_id": kind.company_id.id,
                    "installer_id": request.env.user.commercial_partner_id.id,
                    "point_count": count,
                    "capacity_kw": capacity,
                }
            )
        )

    def _attach(self, record, files):
        """Store uploads whose content is what they say; refuse the others."""
        _ = request.env._
        values = []
        for file in files:
            if not file.filename:
                continue
            content = file.read(UPLOAD_LIMIT + 1)
            if len(content) > UPLOAD_LIMIT:
                raise UserError(
                    _("“%(name)s” is larger than 10 MB.", name=file.filename)
                )
            mimetype = guess_mimetype(content)
            if mimetype not in UPLOADS:
                _logger.warning(
                    "Refused: upload %s of user %s is %s",
                    file.filename,
                    request.env.uid,
                    mimetype,
                )
                raise UserError(
                    _(
                        "“%(name)s” is no PDF, PNG or JPEG file, whatever its name "
                        "says.",
                        name=file.filename,
                    )
                )
            values.append(
                {
                    "name": file.filename,
                    "raw": content,
                    "mimetype": mimetype,
                    "res_model": record._name,
                    "res_id": record.id,
                }
            )
        return request.env["ir.attachment"].sudo().create(values)

    @http.route(
        "/my/connections/<int:case_id>/complete",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_complete(self, case_id, **kwargs):
        case = self._get_case(case_id)
        partner = request.env.user.commercial_partner_id
        if case and case.installer_id.commercial_partner_id != partner:
            _logger.warning(
                "Refused: completion of %s by user %s", case.name, request.env.uid
            )
            case = None
        if not case:
            return request.redirect("/my")
        if case.state in ("accepted", "released", "invoice_sent", "invoice_paid"):
            case.action_complete()
        return request.redirect(f"/my/connections/{case.id}")

    # === Contractor ===

    @http.route(
        "/my/connections/order/<int:order_id>/report",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_report(self, order_id, number=None, note="", task="change", **post):
        order = request.env["connection.order"].search([("id", "=", order_id)])
        partner = request.env.user.commercial_partner_id
        if not order or order.partner_id.commercial_partner_id != partner:
            _logger.warning(
                "Refused: report on order %s by user %s", order_id, request.env.uid
            )
            return request.redirect("/my")
        order = order.sudo()
        url = f"/my/connections/{order.case_id.id}"
        try:
            with request.env.cr.savepoint():
                self._report(order, task, number, note, post)
        except UserError as error:
            return request.redirect_query(url, {"error": str(error)})
        return request.redirect(url)

    def _report(self, order, task, number, note, post):
        if task == "start":
            order.action_start()
            return
        rows = []
        for line in order.line_ids:
            text = (post.get(f"done_{line.id}") or "").replace(",", ".").strip()
            if not text:
                continue
            try:
                done = float(text)
            except ValueError as error:
                raise UserError(
                    request.env._(
                        "%(line)s: “%(text)s” is no number.", line=line.name, text=text
                    )
                ) from error
            rows.append((line, done))
        alike = {}
        for line, done in rows:
            alike[done] = alike.get(done, line.browse()) | line
        for done, lines in alike.items():
            lines.quantity_actual = done
        if rows or note:
            texts = [f"{line.name}: {done:g}" for line, done in rows]
            request.env["connection.order.change"].sudo().create(
                {
                    "order_id": order.id,
                    "number": number or f"P{fields.Datetime.now():%Y%m%d%H%M%S}",
                    "note": note,
                    "changes": "\n".join(texts),
                }
            )
        if task == "done":
            order.action_done()
