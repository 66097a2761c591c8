"""Points, channels, days and times of interval rows, each text read once."""

from datetime import UTC, datetime, timedelta

import numpy as np

from ..codes import check_code
from ..errors import MarketError
from .cells import CellError, CellReader
from .market_days import MarketDays
from .profile import QUALITIES

EMPTY = -1
WRONG = -2
# a hostile file could hold a new text in every row; real ones hold some thousand
MAX_TEXTS = 500_000


class Texts:
    """Distinct cells of a column and what they mean.

    `read(cell)` returns the meaning (hashable) or raises CellError or MarketError.
    `values[n]` is the meaning with number n.
    """

    def __init__(self, read):
        self._read = read
        self._known: dict = {}
        self._numbers: dict = {}
        self.values: list = []
        self.errors: dict = {}

    def numbers(self, keys) -> np.ndarray:
        """Return for each row the number of its meaning, EMPTY or WRONG."""
        numbers = list(map(self._known.get, map(_key, keys.cells)))
        if None in numbers:
            numbers = [self._number(cell) for cell in keys.cells]
        return np.array([*numbers, EMPTY], np.int64)[keys.codes]

    def number_of(self, value) -> int:
        """Return the number of a meaning that is not read from a cell."""
        if value not in self._numbers:
            self._numbers[value] = len(self.values)
            self.values.append(value)
        return self._numbers[value]

    def _number(self, cell):
        key = _key(cell)
        if key not in self._known:
            if len(self._known) >= MAX_TEXTS:
                raise MarketError("too_many_texts", params={"limit": MAX_TEXTS})
            try:
                value = self._read(cell)
                number = EMPTY if value is None else self.number_of(value)
            except (CellError, MarketError) as error:
                self.errors[key] = error
                number = WRONG
            self._known[key] = number
        return self._known[key]

    def error(self, cell):
        """Return the error of a cell that is WRONG."""
        return self.errors[_key(cell)]


def _key(cell):
    """Return a key that keeps 1, 1.0 and True apart."""
    return cell if type(cell) is str else (type(cell), cell)


class IntervalKeys:
    """Resolves the key columns of blocks and tells what is wrong with them."""

    def __init__(self, profile, report):
        self.profile = profile
        self.report = report
        self.cells = CellReader(profile)
        self.market_days = MarketDays(profile.zone, profile.minutes)
        self.points = Texts(self._read_point)
        self.channels = Texts(self._read_channel)
        self.qualities = Texts(self._read_quality)
        self.days = Texts(self.cells.date)
        self.factor = float(profile.factor)
        self._told_points: set[str] = set()
        self._default_channel = self.channels.number_of(profile.default_channel)

    def scale(self, values: np.ndarray) -> np.ndarray:
        """Return values of the file as kWh."""
        if self.factor == 1:
            return values
        # 9 decimals (µWh): the binary fraction of a product is noise after that
        return np.round(values * self.factor, 9)

    def point_numbers(self, block, layout) -> np.ndarray:
        """Return the points of the rows, telling each wrong code once."""
        keys = block.keys["point"]
        numbers = self.points.numbers(keys)
        for i in np.flatnonzero(numbers < 0):
            row, column = int(block.rows[i]), layout.header.name(layout.keys["point"])
            if numbers[i] == EMPTY:
                if not self.is_blank(block, i):
                    self.report.error("missing_value", row, column)
                continue
            cell = keys.cells[keys.codes[i]]
            text = str(cell).strip()[:64]
            if text not in self._told_points:
                self._told_points.add(text)
                error = self.points.error(cell)
                params = self._error_params(error, "point")
                self.report.error(error.code, row, column, text, **params)
        return numbers

    def numbers(self, texts, block, layout, name, points, default=None):
        """Return the meanings of a key column, telling each wrong cell.

        Empty cells get `default`, or are told when there is none.
        """
        if name not in layout.keys:
            return np.full(len(block.rows), default, np.int64)
        keys = block.keys[name]
        numbers = texts.numbers(keys)
        if default is not None:
            numbers = np.where(numbers == EMPTY, default, numbers)
        for i in np.flatnonzero((numbers < 0) & (points >= 0)):
            row, column = int(block.rows[i]), layout.header.name(layout.keys[name])
            point = self.points.values[points[i]]
            if numbers[i] == EMPTY:
                self.report.error("missing_value", row, column, point)
                continue
            error = texts.error(keys.cells[keys.codes[i]])
            params = self._error_params(error, name)
            self.report.error(error.code, row, column, point, **params)
        return numbers

    def channel_numbers(self, block, layout, points) -> np.ndarray:
        """Return the channels of the rows."""
        return self.numbers(
            self.channels, block, layout, "channel", points, self._default_channel
        )

    def quality_numbers(self, block, layout, points) -> np.ndarray:
        """Return the qualities of the rows as indexes of QUALITIES, or WRONG."""
        zero = self.qualities.number_of(0)
        numbers = self.numbers(self.qualities, block, layout, "quality", points, zero)
        return self._quality_codes(numbers)

    def value_qualities(self, block) -> np.ndarray | None:
        """Return a quality per value where the file gives one; WRONG if unknown."""
        if not block.value_quality:
            return None
        self.qualities.number_of(0)
        return np.stack(
            [
                self._quality_codes(self.qualities.numbers(keys))
                for keys in block.value_quality
            ],
            axis=1,
        )

    def is_blank(self, block, i) -> bool:
        """Tell whether a row has no cell we look at."""
        return (
            all(keys.codes[i] == EMPTY for keys in block.keys.values())
            and np.isnan(block.values[i]).all()
            and not any(wrong[0] == i for wrong in block.wrong)
        )

    def slot_time(self, day, index) -> str:
        """Return the wall time at which a period of a day begins."""
        begin = self.market_days.begin(day) + index * self.profile.minutes * 60
        local = datetime.fromtimestamp(begin, self.profile.zone)
        return local.strftime("%H:%M") + (" (2)" if local.fold else "")

    def slot_of(self, moment: datetime):
        """Return the Slot of a time stamp; raise CellError when there is none."""
        profile = self.profile
        step = timedelta(minutes=profile.minutes)
        late = step if profile.stamp == "end" else timedelta()
        if moment.tzinfo is not None:
            slot = self.market_days.at_instant(moment.astimezone(UTC) - late)
        else:
            slot = self._wall_slot(moment, late)
        if slot is None:
            raise CellError("off_grid", moment)
        return slot

    def _wall_slot(self, moment, late):
        zone = self.profile.clock_zone or self.profile.zone
        try:
            return self.market_days.at_wall(moment - late, zone)
        except ValueError as error:
            # the label of the last end before the gap may be the time after it
            aware = moment.replace(tzinfo=zone).astimezone(UTC)
            if late and aware.astimezone(zone).replace(tzinfo=None) == moment:
                return self.market_days.at_instant(aware - late)
            raise CellError("nonexistent_time", moment) from error

    def _format(self, name):
        if name == "timestamp":
            return self.profile.timestamp_format
        return self.profile.time_format if name == "time" else self.profile.date_format

    def _quality_codes(self, numbers):
        table = np.array([*self.qualities.values, WRONG, 0], np.int64)
        return table[numbers]

    def _read_point(self, cell):
        text = self.cells.code(cell)
        if text is None:
            return None
        return check_code(text, self.profile.code_scheme, self.profile.code_pattern)

    def _read_channel(self, cell):
        text = self.cells.text(cell)
        channels = self.profile.channels
        if text is None or not channels:
            return text and text[:64]
        if text not in channels:
            raise CellError("bad_channel", text)
        return channels[text]

    def _read_quality(self, cell):
        text = self.cells.text(cell)
        if text is None:
            return None
        quality = self.profile.qualities.get(text, text)
        if quality not in QUALITIES:
            raise CellError("bad_quality", text)
        return QUALITIES.index(quality)

    def _error_params(self, error, name):
        if isinstance(error, MarketError):
            return dict(error.params)
        params = {"value": error.value}
        if error.code == "bad_date":
            params["format"] = self._format(name)
        if error.code == "off_grid":
            params["minutes"] = self.profile.minutes
        return params
