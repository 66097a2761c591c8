"""Codes and files of the energy markets, without Odoo.

Nothing here knows a database, a clock or a path: functions take texts and binary
file objects and return dataclasses, numpy arrays and findings. The modules import
each other relatively only, so the package works inside the add-on and alone in
``tests/unit``.
"""
