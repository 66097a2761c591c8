"""Merge templates of translations into the files of each language.

Called by script/translations with the folder of the add-ons, where each has its
i18n/NAME.pot.
"""

import sys
from pathlib import Path

import polib

LANGUAGES = ("bg", "cs", "nb", "pl", "sr@latin")
PLURALS = {
    "bg": "nplurals=2; plural=(n != 1);",
    "cs": "nplurals=3; plural=(n==1) ? 0 : (n>=2 && n<=4) ? 1 : 2;",
    "nb": "nplurals=2; plural=(n != 1);",
    "pl": "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || "
    "n%100>=20) ? 1 : 2);",
    "sr@latin": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && "
    "(n%100<10 || n%100>=20) ? 1 : 2);",
}


def main(addons):
    templates = sorted(Path(addons).glob("*/i18n/*.pot"))
    for template in templates:
        _write(polib.pofile(template), template, "")
    for language in LANGUAGES:
        files = {path: path.parent / f"{language}.po" for path in templates}
        own = {template: _read(file) for template, file in files.items()}
        known = {}
        for said in own.values():
            known |= said
        missing = 0
        for template, file in files.items():
            merged = polib.pofile(template)
            # a word may mean something else in another add-on
            said = known | own[template]
            for entry in merged:
                entry.msgstr = said.get(entry.msgid, "")
                missing += not entry.msgstr
            _write(merged, file, language)
        print(f"{language}: {missing} texts are not translated")


def _read(file):
    """``{text: translation}`` of what is translated."""
    if not file.exists():
        return {}
    return {entry.msgid: entry.msgstr for entry in polib.pofile(file) if entry.msgstr}


def _write(file, path, language):
    """Save with a head that changes with the language alone."""
    file.header = f"Texts of {path.parent.parent.name}; see script/translations."
    file.metadata = {
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": PLURALS.get(language, ""),
    }
    file.save(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
