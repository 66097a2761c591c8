"""What the pure packages of this add-on raise."""


class ForecastError(ValueError):
    """Input that no forecast can be made from.

    :param code: machine-readable reason, such as "no_history"
    :param params: what the user needs to know to mend it
    """

    def __init__(self, code, **params):
        super().__init__(code)
        self.code = code
        self.params = params
