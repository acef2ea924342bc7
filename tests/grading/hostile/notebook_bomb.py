"""Hands in a zip that unpacks to gigabytes."""

# earns: none
# looks: yes
import io
import zipfile


def damage(nb):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("torch4.ipynb", bytes(300_000_000))
    return {"torch4.zip": file.getvalue()}
