"""The one exception of this package, and the mark of texts to be translated."""


def _(text):
    """Marks a text for Odoo's translation export; the edge translates."""
    return text


class SharesError(ValueError):
    """Figures that can't be shared; the message says which and what to do.

    ``code`` is stable, ``params`` fill the placeholders of ``template``: the edge
    translates the template.
    """

    def __init__(self, code, template, **params):
        super().__init__(template % params)
        self.code = code
        self.template = template
        self.params = params
