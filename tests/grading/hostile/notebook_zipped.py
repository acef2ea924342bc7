"""Hands in a zip."""

# earns: all
import io
import zipfile

import nbformat


def damage(nb):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("homework/torch4.ipynb", nbformat.writes(nb))
    return {"torch4.zip": file.getvalue()}
