"""Train the net that style transfer looks through: of which photograph is this square?

There are thirteen. It goes on where the minute of 03_cnn/06_pictures_to_pictures stops. About five
minutes on one CPU core.
"""

import argparse

import checkpoints
import torch
from torch.nn import functional as F
from torch.utils.data import TensorDataset

from dlcourse import data, runtime, train
from dlcourse.data.patches import cut, level
from dlcourse.data.photos import photo_tensor
from dlcourse.models.vision.style import TextureNet

NAMES = [name for name in data.PHOTOS if name not in ("astronaut", "cat", "camera")]
HEIGHTS = (128, 160, 208, 256)


def squares(seed: int = 0, count: int = 16000) -> tuple[TensorDataset, TensorDataset]:
    """Cut squares of 32 pixels, from the left three quarters to train on, the rest to test on."""
    photos = {height: [photo_tensor(name, height) for name in NAMES] for height in HEIGHTS}
    sets = []
    for part in (
        lambda x: x[..., : x.shape[-1] * 3 // 4],
        lambda x: x[..., x.shape[-1] * 3 // 4 :],
    ):
        x, source = cut([part(x) for ps in photos.values() for x in ps], count, 32, seed=seed)
        sets.append(TensorDataset(level(x), source % len(NAMES)))
        count = 2600
    return sets[0], sets[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=6)
    seed, epochs = vars(parser.parse_args()).values()
    runtime.set_seed(seed)
    torch.set_num_threads(1)
    model, (known, held_out) = TextureNet(len(NAMES)), squares(seed)
    train.fit(model, known, held_out, epochs=epochs, batch=32, lr=3e-3, loss_fn=F.cross_entropy,
              seed=seed, device="cpu")  # fmt: skip
    model.half().float()
    accuracy = round(train.evaluate(model, held_out)[1], 4)
    print(f"{accuracy:.1%} of squares from the held-out quarters")
    checkpoints.save("textures", model.state_dict(), {"accuracy": accuracy},
                     script="scripts/train/train_textures.py", seed=seed)  # fmt: skip


if __name__ == "__main__":
    main()
