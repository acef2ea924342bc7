"""The templates of pages for instructors: what a student wrote is text in them, never markup."""

from collections.abc import Callable

from jinja2 import Environment, PackageLoader, StrictUndefined, Template


def open_template(name: str, **filters: Callable) -> Template:
    """Return a template of this package with filters of its own."""
    pages = Environment(
        loader=PackageLoader("dlcourse.grading", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters.update(filters)
    return pages.get_template(name)
