"""The one exception of this package, and the mark of texts to be translated."""


def _(text):
    """Marks a text for Odoo's translation export; the edge translates."""
    return text


class ExportError(ValueError):
    """A file can't be written; the message says where and what to do.

    ``params`` fill the placeholders of ``template``.
    """

    def __init__(self, template, **params):
        super().__init__(template % params)
        self.template = template
        self.params = params
