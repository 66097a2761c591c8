"""What can be wrong with a file of settings."""


def _(text):
    """Marks a text for translation; whoever catches the error translates it."""
    return text


class FileError(ValueError):
    """What is wrong with a file; ``params`` fill the placeholders of ``template``."""

    def __init__(self, template, **params):
        super().__init__(template % params)
        self.template = template
        self.params = params
