"""Reads the JSON of a message of another system; each error names its place."""

import json
from datetime import date
from decimal import Decimal, InvalidOperation

LIMIT = 500
"""Lines of one message."""


class PayloadError(Exception):
    """What is wrong with a message.

    :param place: such as ``lines[2].quantity``, empty for the whole
    """

    def __init__(self, text, place=""):
        super().__init__(text)
        self.place = place


class Reader:
    """Typed access to a message.

    :param env: for the language of its errors
    :param bytes body: JSON
    """

    def __init__(self, env, body):
        self._ = env._
        try:
            self.data = json.loads(body)
        except ValueError as error:
            raise PayloadError(
                self._("The body is no JSON in UTF-8: %(reason)s", reason=str(error))
            ) from error
        if not isinstance(self.data, dict):
            raise PayloadError(self._("The body must be a JSON object."))

    def text(self, name, required=False, data=None, place=None):
        """Stripped text, empty when it is missing and not required."""
        value = (self.data if data is None else data).get(name)
        place = place or name
        if value is None or value == "":
            if required:
                raise PayloadError(self._("Is missing. Send it as a text."), place)
            return ""
        if not isinstance(value, str) or len(value) > 2000 or "\x00" in value:
            raise PayloadError(
                self._("Must be a text of at most 2,000 characters."), place
            )
        if required and not value.strip():
            raise PayloadError(self._("Is missing. Send it as a text."), place)
        return value.strip()

    def choice(self, name, choices, required=False):
        value = self.text(name, required=required)
        if value and value not in choices:
            raise PayloadError(
                self._("Must be one of: %(choices)s.", choices=", ".join(choices)), name
            )
        return value

    def date(self, name):
        """``datetime.date`` or False."""
        value = self.text(name)
        try:
            return value and date.fromisoformat(value) or False
        except ValueError as error:
            raise PayloadError(
                self._("Must be a date such as 2026-03-31."), name
            ) from error

    def rows(self, names, required):
        """Lines as ``connection.order.change._receive`` takes them.

        :param names: keys a line may have; ``item`` is always required
        :param required: others that are
        """
        lines = self.data.get("lines", [])
        if not isinstance(lines, list) or len(lines) > LIMIT or required and not lines:
            raise PayloadError(
                self._("Must be a list of at most %(limit)s lines.", limit=LIMIT),
                "lines",
            )
        return [
            self._row(line, f"lines[{number}]", names, required)
            for number, line in enumerate(lines)
        ]

    def _row(self, line, place, names, required):
        if not isinstance(line, dict):
            raise PayloadError(self._("Must be an object."), place)
        for name in line.keys() - names:
            raise PayloadError(
                self._(
                    "Is not known here. A line has: %(names)s.",
                    names=", ".join(sorted(names)),
                ),
                f"{place}.{name}"[:200],
            )
        row = {
            "item": self.text("item", True, line, f"{place}.item"),
            "component": self.text("component", False, line, f"{place}.component")
            or None,
        }
        for name in ("quantity", "done"):
            value = line.get(name)
            row[name] = None
            if value is not None or name in required:
                row[name] = self._number(value, f"{place}.{name}")
        return row

    def _number(self, value, place):
        try:
            number = Decimal(value if isinstance(value, str) else repr(value))
        except InvalidOperation:
            number = None
        bad = number is None or isinstance(value, bool) or not number.is_finite()
        if bad or not 0 <= number < 10**9:
            raise PayloadError(
                self._(
                    "Must be a number from 0 to 999999999, with a decimal point: "
                    "%(value)s",
                    value=str(value)[:50],
                ),
                place,
            )
        return float(number)
