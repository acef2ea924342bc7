"""Cells of tables that no spreadsheet takes for a formula."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def tame(value: object) -> object:
    """Return what may stand in a cell of a table without being taken for a formula."""
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value


def untame(text: str) -> str:
    """Return the text that `tame` was given."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text
