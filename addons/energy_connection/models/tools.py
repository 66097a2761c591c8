"""Between Odoo's floats and the Decimals of the shares package."""

from odoo.tools.translate import code_translations

from odoo.addons.billing_base.rating import to_decimal

MODULE = "energy_connection"


def exact(value):
    """Decimal of an amount, percentage or capacity as Odoo keeps it."""
    return to_decimal(value or 0)


def rounding_of(currency):
    """Smallest step of the currency as Decimal."""
    return to_decimal(currency.rounding or 0.01)


def sentences(steps, lang):
    """Steps as ``[{"code", "text", "amount"}]``, the sentence in ``lang``."""
    texts = code_translations.get_python_translations(MODULE, lang or "en_US")
    return [
        {
            "code": step.code,
            "text": texts.get(step.template, step.template) % step.params,
            "amount": str(step.amount),
        }
        for step in steps
    ]


def translated(error, lang):
    """The message of a :class:`..shares.SharesError` in ``lang``."""
    texts = code_translations.get_python_translations(MODULE, lang or "en_US")
    return texts.get(error.template, error.template) % error.params
