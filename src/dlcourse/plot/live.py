"""A picture that changes while its cell runs, with a text for whoever cannot see it."""

import base64

import anywidget
import traitlets


class LiveImage(anywidget.AnyWidget):
    """An `<img alt>` that follows `show`: the image of ipywidgets can have no alt text."""

    _esm = """
    export default { render({ model, el }) {
      const image = document.createElement("img");
      image.style.maxWidth = "100%";
      const show = () => { image.alt = model.get("alt"); image.src = model.get("source"); };
      model.on("change:source", show);
      show();
      el.append(image);
    } };
    """
    source = traitlets.Unicode().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)

    def show(self, picture: bytes, alt: str) -> None:
        """Show an encoded PNG from now on."""
        self.set_trait("alt", alt)  # first: the view reads both when the source changes
        self.source = "data:image/png;base64," + base64.b64encode(picture).decode()
