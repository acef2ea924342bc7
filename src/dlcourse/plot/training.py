"""Training as a curve, afterwards and live."""

import time

import numpy as np
from matplotlib.figure import Figure

from dlcourse import runtime
from dlcourse.plot.output import encode
from dlcourse.plot.style import PALETTE, new


def curves(history, *, title: str = "Training", loss_name: str = "cross-entropy") -> Figure:
    """Draw a `train.History`: the loss of every step, and held-out loss and error if any."""
    panels = 2 if history.val_loss else 1
    figure, axes = new(1, panels, width=4.25 * panels, height=3.1)
    loss_axis = axes[0, 0]
    loss = np.asarray(history.loss)
    loss_axis.plot(
        np.arange(1, len(loss) + 1), loss, color=PALETTE["sky"], alpha=0.5, lw=1, label="one step"
    )
    window = max(1, len(loss) // 40)
    if len(loss) >= 2 * window > 2:
        smooth = np.convolve(loss, np.ones(window) / window, mode="valid")
        loss_axis.plot(
            np.arange(window, len(loss) + 1),
            smooth,
            color=PALETTE["blue"],
            ls="-",
            label=f"mean of {window}",
        )
    if history.val_loss:
        loss_axis.plot(
            history.val_step, history.val_loss, "o--", color=PALETTE["orange"], label="held out"
        )
    loss_axis.set(title="Loss", xlabel="step", ylabel=loss_name, ylim=(0, None))
    if len(loss):
        loss_axis.legend(fontsize=9)
    if history.val_loss:
        error = 100 * (1 - np.asarray(history.val_accuracy))
        axes[0, 1].plot(history.val_step, error, "o--", color=PALETTE["orange"])
        axes[0, 1].set(title="Wrong on held-out examples", xlabel="step", ylabel="%")
        axes[0, 1].set_ylim(0, None)
    figure.suptitle(title)
    return figure


class LiveCurve:
    """Draw a history while `train.fit` runs: pass it as `on_step`.

    It belongs to the cell that trains: in another cell it begins a picture of its own. It draws
    twice a second at the most, and takes at most a fifth of the time. In a build nothing is shown;
    draw `curves(history)` afterwards for the record.
    """

    def __init__(self, title: str = "Training, live", loss_name: str = "cross-entropy") -> None:
        self.names = {"title": title, "loss_name": loss_name}
        self.due = 0.0
        self.image = self.cell = None

    def __call__(self, model, history) -> None:
        start = time.monotonic()
        if runtime.static() or start < self.due:
            return
        from IPython import get_ipython

        cell = getattr(get_ipython(), "execution_count", None)
        image = self.image if cell == self.cell else None
        new = image is None
        if image is None:
            from dlcourse.plot.live import LiveImage

            image = self.image = LiveImage()
            self.cell = cell
        alt = "{title}: {loss_name} ".format(**self.names)
        alt += f"{history.loss[0]:.2f} at first, {history.loss[-1]:.2f} at step {len(history.loss)}"
        image.show(encode(curves(history, **self.names)), alt)
        if new:
            from IPython.display import display

            display(image)
        end = time.monotonic()
        self.due = end + max(0.5, 4 * (end - start))
