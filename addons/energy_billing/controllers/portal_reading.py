import logging
from decimal import Decimal, InvalidOperation
from functools import partial

from werkzeug.exceptions import NotFound

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools.mimetypes import guess_mimetype

from odoo.addons.billing_base.tools import format_number

from .portal import EnergyPortal, to_date

_logger = logging.getLogger(__name__)

PHOTOS = ("image/jpeg", "image/png", "image/webp")
PHOTO_LIMIT = 10 * 2**20
SHOWN = 20


class Unusual(Exception):
    """Readings that may be right; nothing of them is kept before he confirms."""


class ReadingPortal(EnergyPortal):
    """A customer enters what his meters show."""

    def _is_own_day(self, spans, installation, day):
        """Whether the customer has the point at the end of the day, or from the next
        day on: his opening reading."""
        following = fields.Date.add(day, days=1)
        return any(
            span.start <= following and day <= span.end
            for span in spans[installation.point_id]
        )

    def _render_readings(self, form=None, error="", question="", stored=False):
        installations = self._get_own_installations()
        customer = request.env.user.commercial_partner_id
        Reading = request.env["energy.reading"].sudo()
        today = fields.Date.context_today(Reading)
        values = self._prepare_portal_layout_values()
        values.update(
            page_name="readings",
            installations=installations,
            readings=Reading.search(
                [
                    ("told_by_id", "child_of", customer.id),
                    ("point_id", "in", installations.point_id.ids),
                ],
                limit=SHOWN,
            ),
            form=form or {},
            error=error,
            question=question,
            stored=stored,
            today=today,
            last={
                register: found
                for (register, _day), found in Reading._get_last_before(
                    [
                        (register.id, fields.Date.add(today, days=1))
                        for register in installations.meter_id.register_ids
                    ]
                ).items()
            },
            number=partial(format_number, request.env),
        )
        return request.render("energy_billing.portal_readings", values)

    @http.route(
        "/my/readings", type="http", auth="user", website=True, methods=["GET", "POST"]
    )
    def portal_readings(self, **post):
        request.env.user._check_portal_right("readings")
        if request.httprequest.method == "GET":
            return self._render_readings(stored=bool(post.get("stored")))
        installation = self._get_own_installations().filtered(
            lambda own: str(own.id) == post.get("installation")
        )
        if not installation:
            _logger.warning(
                "Refused: reading of installation %s by user %s from %s",
                post.get("installation"),
                request.env.uid,
                request.httprequest.remote_addr,
            )
            raise NotFound()
        try:
            with request.env.cr.savepoint():
                self._store_readings(installation, post)
        except Unusual as question:
            return self._render_readings(post, question=str(question))
        except UserError as error:
            return self._render_readings(post, error=str(error))
        return request.redirect("/my/readings?stored=1")

    def _store_readings(self, installation, post):
        """Store the readings of a form, all of them or none.

        :raises Unusual: with a question to the customer
        :raises UserError: what is wrong with the form
        """
        _ = request.env._
        day = to_date(post.get("date"))
        if not day:
            raise UserError(_("Enter the day on which you read the meter."))
        if not self._is_own_day(self._get_own_spans(), installation, day):
            raise UserError(_("The metering point was not yours on this day."))
        photo = self._get_photo()
        values = {
            register: self._parse(post[f"value_{register.id}"])
            for register in installation.meter_id.register_ids
            if (post.get(f"value_{register.id}") or "").strip()
        }
        if not values:
            raise UserError(_("Enter what the register shows."))
        Reading = request.env["energy.reading"].sudo()
        stored, questions = Reading, []
        for register, value in values.items():
            reading, question = Reading._tell(
                installation,
                register,
                day,
                value,
                request.env.user.partner_id,
                confirmed=bool(post.get("confirmed")),
            )
            stored |= reading
            questions += [f"{register.kind_id.name}: {question}"] if question else []
        if questions:
            raise Unusual(" ".join(questions))
        if photo:
            request.env["ir.attachment"].sudo().create(
                [
                    {
                        **photo,
                        "res_model": reading._name,
                        "res_id": reading.id,
                    }
                    for reading in stored
                ]
            )

    def _parse(self, text):
        try:
            value = Decimal(text.strip().replace(" ", "").replace(",", "."))
        except InvalidOperation as error:
            raise UserError(
                request.env._("“%(text)s” is no number.", text=text)
            ) from error
        if not value.is_finite():
            raise UserError(request.env._("“%(text)s” is no number.", text=text))
        return round(value, 6)

    def _get_photo(self):
        """Values of an attachment, empty without a photo.

        :raises UserError: when it is too large, or no picture whatever its name says
        """
        file = request.httprequest.files.get("photo")
        if not file or not file.filename:
            return {}
        _ = request.env._
        content = file.read(PHOTO_LIMIT + 1)
        if len(content) > PHOTO_LIMIT:
            raise UserError(_("The photo is larger than 10 MB."))
        mimetype = guess_mimetype(content)
        if mimetype not in PHOTOS:
            _logger.warning(
                "Refused: photo %s of user %s is %s",
                file.filename,
                request.env.uid,
                mimetype,
            )
            raise UserError(_("The photo is no JPEG, PNG or WebP picture."))
        return {"name": file.filename, "raw": content, "mimetype": mimetype}
