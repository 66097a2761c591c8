"""The one exception of this package, and the mark of texts to be translated."""


def _(text):
    """Marks a text for Odoo's translation export.

    It collects ``_("…")`` from every file of an add-on; the edge translates.
    """
    return text


class DocumentError(ValueError):
    """A document can't be drawn; the message says why and what to do.

    ``code`` is stable (``font_missing``, ``no_currency``…), ``params`` fill the
    placeholders of ``template``: the edge translates the template.
    """

    def __init__(self, code, template, **params):
        super().__init__(template % params)
        self.code = code
        self.template = template
        self.params = params
