"""Photographs that come with scikit-image and scikit-learn, offline."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from dlcourse.runtime import CourseError

# Names as in skimage.data; those that its wheel holds, so that nothing is downloaded.
PHOTOS = ("astronaut", "brick", "camera", "cat", "coffee", "coins", "grass", "gravel")
PHOTOS += ("hubble_deep_field", "immunohistochemistry", "moon", "retina", "rocket", "text")
# Names as in sklearn.datasets.load_sample_image.
SAMPLES = ("china", "flower")
PHOTOS += SAMPLES
LUMINANCE = (0.2125, 0.7154, 0.0721)  # of red, green and blue, as in skimage.color.rgb2gray


def load_photo(name: str, size: tuple[int, int] | None = None) -> np.ndarray:
    """Return a photograph, float32 in [0, 1]: (H, W) if it is grey, (H, W, 3) if in colour.

    `size` = (H, W) resizes it, smoothed so that fine detail does not turn into false patterns.
    Raises CourseError for a name that is not in `PHOTOS`. Card: `data.card("photos")`.

    >>> load_photo("camera", size=(64, 64)).shape
    (64, 64)
    """
    # Here and not above: lessons without a photograph need not wait for it.
    from skimage import data, img_as_float32
    from skimage.transform import resize

    if name not in PHOTOS:
        raise CourseError(f"no photograph is called {name!r}; there are: {', '.join(PHOTOS)}")
    if name in SAMPLES:
        from sklearn.datasets import load_sample_image

        photo = img_as_float32(load_sample_image(f"{name}.jpg"))
    else:
        photo = img_as_float32(getattr(data, name)())
    if size is not None:
        photo = resize(photo, size, anti_aliasing=True)
    return np.asarray(photo)


def grey(picture: Tensor) -> Tensor:
    """Return the luminance (..., 1, H, W) of pictures (..., 3, H, W); grey ones stay."""
    if picture.shape[-3] == 1:
        return picture
    weight = torch.tensor(LUMINANCE, dtype=picture.dtype)
    return (picture * weight[:, None, None]).sum(-3, keepdim=True)


def photo_tensor(name: str, height: int, *, colour: bool = False, multiple: int = 8) -> Tensor:
    """Return a photograph (C, height, W) in [0, 1], in its own proportions, W a `multiple`.

    C is 3 in colour, where a grey photograph is given three equal channels, and 1 in grey.
    """
    photo = torch.from_numpy(load_photo(name))
    photo = photo[None] if photo.ndim == 2 else photo.permute(2, 0, 1)  # (1 or 3, H, W)
    photo = photo.expand(3, -1, -1) if colour else grey(photo)
    H, W = photo.shape[1:]
    size = (height, round(height * W / H / multiple) * multiple)
    return F.interpolate(photo[None], size, mode="bicubic", antialias=True)[0].clamp(0, 1)


def load_faces() -> tuple[np.ndarray, np.ndarray]:
    """Return 100 faces, then 100 pieces of background: (200, 25, 25) grey in [0, 1], (200,) bool.

    A part of Labeled Faces in the Wild, cut and scaled by scikit-image; nobody is named in it, and
    the same person may be there twice. Card: `data.card("faces")`.
    """
    from skimage import data, img_as_float32

    return img_as_float32(data.lfw_subset()), np.arange(200) < 100
