"""Dated rules: which one is in force on a day."""

from .errors import SharesError, _


def rule_on(rules, day, **facts):
    """The rule of ``rules`` whose span holds ``day``; None when there is none.

    :param facts: attributes the rule must have, for example ``level="regional"``
    :raises SharesError: ``two_rules``
    """
    found = [
        rule
        for rule in rules
        if rule.date_start <= day
        and (rule.date_end is None or day <= rule.date_end)
        and all(getattr(rule, name) == value for name, value in facts.items())
    ]
    if len(found) > 1:
        raise SharesError(
            "two_rules",
            _("Two rules are in force on %(day)s: %(first)s and %(second)s. End one."),
            day=day,
            first=found[0].name or found[0],
            second=found[1].name or found[1],
        )
    return found[0] if found else None
