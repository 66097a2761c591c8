"""Every text of our add-ons in every language, whole."""

import io
import re
from pathlib import Path

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export

ADDONS = Path(__file__).parents[2]
LANGUAGES = ("bg", "cs", "nb", "pl", "sr@latin")
PARTS = re.compile(
    r"%\(\w+\)(?:\.\d+)?[sdf]|%[sd]|%%|\{\w*\}|</?[a-zA-Z][^>]*>|&\w+;|https?://\S+"
)
SHORT = 25
"""Longest text in English, of those whose place on the screen is narrow."""


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    def setUp(self):
        super().setUp()
        installed = self.env["ir.module.module"].search([("state", "=", "installed")])
        self.own = sorted(
            {path.parent.name for path in ADDONS.glob("*/__manifest__.py")}
            & set(installed.mapped("name"))
        )

    def test_every_text_is_translated_with_all_its_parts(self):
        texts = self._get_texts()
        self.assertGreater(len(texts["billing_base"]), 1000)
        for addon, language in ((a, lang) for a in self.own for lang in LANGUAGES):
            file = polib.pofile(ADDONS / addon / "i18n" / f"{language}.po")
            said = {entry.msgid: entry.msgstr for entry in file}
            findings = [
                finding
                for text in sorted(texts[addon])
                if (finding := _find_fault(text, said.get(text, "")))
            ]
            with self.subTest(addon=addon, language=language):
                self.assertFalse(
                    findings,
                    f"{len(findings)} texts; run script/translations and fill in: "
                    + "; ".join(findings[:10]),
                )

    def _get_texts(self):
        """``{add-on: texts}`` as Odoo exports them."""
        buffer = io.BytesIO()
        trans_export(None, self.own, buffer, "po", self.env)
        texts = {addon: set() for addon in self.own}
        for entry in polib.pofile(buffer.getvalue().decode()):
            modules = entry.comment.splitlines()[0].partition(":")[2]
            for addon in modules.replace(",", " ").split():
                texts[addon].add(entry.msgid)
        return texts


def _find_fault(text, said):
    """What is wrong with a translation, or nothing."""
    if not said.strip():
        return f"“{text}” is not translated"
    if sorted(PARTS.findall(text)) != sorted(PARTS.findall(said)):
        return f"“{said}” has not the placeholders and tags of “{text}”"
    if (text[0].isspace(), text[-1].isspace()) != (
        said[0].isspace(),
        said[-1].isspace(),
    ):
        return f"“{said}” has not the spaces of “{text}” at its ends"
    if len(text) <= SHORT and len(said) > 2.2 * len(text) + 12:
        return f"“{said}” is too long for the place of “{text}”"
    return None
