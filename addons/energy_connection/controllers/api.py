import logging
import time

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..models.connection_api_message import HANDLERS

_logger = logging.getLogger(__name__)

BODY_LIMIT = 2**20


class ConnectionApi(http.Controller):
    """Messages of other systems; see docs/connection_api.md."""

    @http.route(
        "/connection/api/1/<string:path>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        max_content_length=BODY_LIMIT,
    )
    def receive(self, path, **kwargs):
        headers = request.httprequest.headers
        address = request.httprequest.remote_addr
        body = request.httprequest.get_data(cache=False)
        _ = request.env._
        if path not in HANDLERS:
            return self._refuse(
                404, _("There is no such address. Use: %s.", ", ".join(HANDLERS))
            )
        # who calls is known by the key and the signature alone
        key = (
            request.env["connection.api.key"]
            .sudo()
            .search([("key", "=", headers.get("X-Key", ""))])
        )
        if not key:
            return self._refuse(
                401, _("Header X-Key: this key is not known. Ask the grid company.")
            )
        key = key.with_company(key.company_id).with_context(
            allowed_company_ids=key.company_id.ids
        )
        messages = key.env["connection.api.message"]
        try:
            key._check_signature(
                headers.get("X-Timestamp", ""),
                headers.get("X-Signature", ""),
                body,
                int(time.time()),
            )
        except UserError as error:
            values = {"key_id": key.id, "path": path, "ip_address": address}
            status, answer = messages._refuse(values, 401, str(error))
        else:
            status, answer = messages._receive(key, path, body, address)
        if status != 200:
            _logger.warning(
                "Refused: %s of key %s from %s: %s %s",
                path,
                key.key,
                address,
                answer["place"],
                answer["error"],
            )
        return request.make_json_response(answer, status=status)

    def _refuse(self, status, text):
        _logger.warning(
            "Refused: %s from %s: %s",
            request.httprequest.path,
            request.httprequest.remote_addr,
            text,
        )
        return request.make_json_response({"error": text, "place": ""}, status=status)
