"""Where the shipped files are: templates, sample configuration and translations, in a checkout and in a wheel alike."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """Return the folder of shipped files called `name` (``templates`` or ``config``)."""
    installed = _PACKAGE / "share" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def translations_of(language: str) -> Path:
    """Return the compiled gettext catalogue of a language."""
    return _PACKAGE / "locale" / language / "LC_MESSAGES" / "watchword.mo"
