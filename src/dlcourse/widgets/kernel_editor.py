"""Edit a 3x3 kernel and see what it makes of a photograph."""

import numpy as np
import torch
import torch.nn.functional as F
import traitlets

from dlcourse import plot
from dlcourse.runtime import CourseError
from dlcourse.widgets.base import CourseWidget, asset

PRESETS: dict[str, list[list[float]]] = {
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "blur": [[1 / 9] * 3] * 3,
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "Laplacian": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "horizontal edges": [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
    "vertical edges": [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
    "emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
}


def filter_photo(photo: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
    """Slide a (3, 3) kernel over a photograph (H, W) and return the (H, W) result, any range.

    The border is repeated outward, so that the frame of the picture is not an edge.
    """
    padded = F.pad(photo[None, None], (1, 1, 1, 1), mode="replicate")  # (1, 1, H + 2, W + 2)
    return F.conv2d(padded, kernel[None, None])[0, 0]


def stretch(result: torch.Tensor) -> tuple[torch.Tensor, str]:
    """Bring a filtered picture (H, W) into [0, 1]; return it and the line that says how.

    What lies in [0, 1] stays as it is. Else the range without its outermost hundredths becomes
    black to white.
    """
    low, high = np.percentile(result.numpy(), [1, 99]).tolist()
    if low >= 0 and high <= 1:
        return result.clamp(0, 1), "Shown as it is: 0 is black, 1 is white."
    shown = ((result - low) / max(high - low, 1e-6)).clamp(0, 1)
    return shown, f"Stretched for display: {low:.2f} is black, {high:.2f} is white."


class KernelEditor(CourseWidget):
    """Show a photograph beside its convolution with a 3x3 kernel that the reader edits.

    `photo` is an array or tensor (H, W) in [0, 1]; `kernel` a name from `PRESETS` or nine numbers
    (3, 3), the deck's Laplacian to begin with. `editor.kernel` reads the numbers back as three
    rows. Raises CourseError for any other photo or kernel.
    """

    _esm = asset("kernel_editor.js")
    _css = asset("kernel_editor.css")
    hint = "Run this cell, then change the nine numbers."
    presets = traitlets.Dict(PRESETS).tag(sync=True)
    kernel = traitlets.List().tag(sync=True)
    before = traitlets.Bytes().tag(sync=True)
    after = traitlets.Bytes().tag(sync=True)

    def __init__(self, photo, kernel=None) -> None:
        photo = torch.as_tensor(photo, dtype=torch.float32).detach().cpu()
        if photo.ndim != 2 or photo.min() < 0 or photo.max() > 1:
            raise CourseError(
                f"photo: want one channel (H, W) in [0, 1], got {tuple(photo.shape)} "
                f"in [{photo.min():.3g}, {photo.max():.3g}]"
            )
        self._photo = photo
        if kernel is None or isinstance(kernel, str):
            name = kernel or "Laplacian"
            if name not in PRESETS:
                raise CourseError(f"kernel: {name!r} is not one of {', '.join(PRESETS)}")
            kernel = PRESETS[name]
        rows = torch.as_tensor(kernel, dtype=torch.float64).tolist()
        super().__init__(kernel=rows, before=plot.encode(photo, photograph=True))

    @traitlets.validate("kernel")
    def _three_by_three(self, proposal) -> list[list[float]]:
        kernel = torch.as_tensor(proposal.value, dtype=torch.float64)
        if kernel.shape != (3, 3) or not kernel.isfinite().all():
            raise CourseError(f"kernel: want 3 rows of 3 finite numbers, got {proposal.value!r}")
        return kernel.tolist()

    def result(self) -> torch.Tensor:
        """Return the photograph (H, W) filtered by the present kernel, not stretched."""
        return filter_photo(self._photo, torch.tensor(self.kernel))

    def update(self) -> None:
        """Filter the photograph into `after`."""
        shown, how = stretch(self.result())
        self.after = plot.encode(shown, photograph=True)
        total = sum(map(sum, self.kernel))
        self.status = f"The nine numbers add up to {_short(total)}. {how}"
        rows = "; ".join(" ".join(map(_short, row)) for row in self.kernel)
        self.alt = f"A photograph beside its convolution with the kernel {rows}. {how}"

    def picture(self) -> bytes:
        """Draw the photograph, the kernel and the result side by side."""
        figure, [[left, middle, right]] = plot.new(1, 3, width=8.4, height=3.2)
        left.imshow(self._photo.numpy(), cmap="gray", vmin=0, vmax=1)
        left.set_title("photograph")
        plot.numbers(middle, np.round(self.kernel, 2), title="kernel")
        right.imshow(stretch(self.result())[0].numpy(), cmap="gray", vmin=0, vmax=1)
        right.set_title("result")
        for axes in (left, right):
            axes.set_axis_off()
        return plot.encode(figure, photograph=True)

    def __repr__(self) -> str:
        rows = ", ".join(f"[{', '.join(map(_short, row))}]" for row in self.kernel)
        return f"KernelEditor(kernel=[{rows}])"


def _short(weight: float) -> str:
    return f"{round(weight, 2) + 0.0:g}"  # + 0.0 turns -0 into 0
