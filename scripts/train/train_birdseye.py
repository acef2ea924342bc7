"""Train the top view of 03_cnn/08_beyond_photographs for longer than a lesson may, on a CPU."""

import argparse

import torch
from checkpoints import save

from dlcourse import metrics, runtime, train
from dlcourse.data import scenes
from dlcourse.models.vision.birdseye import BirdsEye, look_up, top_view_loss


def build() -> BirdsEye:
    """Return an untrained net for `scenes.drives` as they come: four cameras, three frames."""
    eyes = look_up(scenes.views.centres(32), (0.0, 1.2), aspect=2.0, **scenes.views.RIG)
    return BirdsEye(*eyes, reach=scenes.views.REACH)


def measure(model: BirdsEye, drives: scenes.Drives) -> dict[str, float]:
    """Return the overlap of each layer, the share of cars' cells told moving or standing, and the
    root mean square error of their velocities in metres a second."""  # fmt: skip
    model.eval()
    with torch.no_grad():
        parts = [drives[i : i + 32] for i in range(0, len(drives), 32)]
        answer = torch.cat([model(part.images, part.poses) for part in parts])
    layers = scenes.views.LAYERS
    overlap = metrics.iou(answer[:, : len(layers)].argmax(1), drives.top, len(layers))
    car = drives.top == layers.index("car")
    moves = answer[:, -2:].norm(dim=1)[car] > 1.25
    truly = drives.velocity.norm(dim=1)[car] > 0
    error = (answer[:, -2:] - drives.velocity).square().sum(1)[car].mean().sqrt()
    found = {f"iou {name}": value for name, value in zip(layers, overlap.tolist(), strict=True)}
    found |= {"moving or standing": (moves == truly).float().mean().item()}
    return {name: round(value, 4) for name, value in (found | {"velocity": error.item()}).items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--drives", type=int, default=1500)
    parser.add_argument("--epochs", type=int, default=16)
    options = parser.parse_args()
    runtime.set_seed(options.seed)
    model = build()
    examples = scenes.views.Examples(scenes.drives(options.drives, seed=100 + options.seed))
    settings = {"epochs": options.epochs, "batch": 8, "lr": 2e-2, "seed": options.seed}
    train.fit(model, examples, loss_fn=top_view_loss, device="cpu", **settings)
    weights = model.state_dict().items()
    rounded = {n: w.half().float() if w.is_floating_point() else w for n, w in weights}
    model.load_state_dict(rounded)
    found = measure(model, scenes.drives(200, seed=9))
    print(found)
    save(
        "birdseye",
        model.state_dict(),
        found,
        script="scripts/train/train_birdseye.py",
        seed=options.seed,
    )


if __name__ == "__main__":
    main()
