"""One maximum demand a month, however many meters measured it."""

from datetime import timedelta


def monthly_maxima(usages):
    """Usages of one point as groups that have one quantity each.

    What registers of a level were read within a calendar month is one group, as long as
    their days follow each other: a meter that is exchanged has two maxima, and the
    month's is the higher of them. Every other usage is a group of its own, so is a
    maximum of days in several months.

    :param usages: dictionaries with ``quantity_type_id``, ``date_start``, ``date_end``
        and ``is_maximum``, in the order of days
    :return: list of lists of them, in the order of their first days
    """
    groups, last = [], {}
    for usage in usages:
        group = last.get(usage["quantity_type_id"])
        if group and usage["is_maximum"] and _goes_on(group, usage):
            group.append(usage)
            continue
        group = [usage]
        groups.append(group)
        last[usage["quantity_type_id"]] = group
    return groups


def _goes_on(group, usage):
    """Whether a maximum begins where others of the same month end."""
    return (
        _month(group[0]["date_start"]) == _month(usage["date_end"])
        and group[-1]["date_end"] + timedelta(days=1) == usage["date_start"]
    )


def _month(day):
    return day.year, day.month
