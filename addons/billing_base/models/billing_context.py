"""Context keys by which invoices in bulk spare Odoo what it would do one by one."""

COMPLETE = "billing_complete_lines"
"""Moves are created with all their lines and amounts (billing_move_completion.py)."""

FISCAL_POSITIONS = "billing_fiscal_positions"
"""A dictionary of searches for fiscal positions and what they found."""

NUMBER_FORMATS = "billing_number_formats"
"""Moves are posted in bulk; a dictionary of number formats by journal and day."""
