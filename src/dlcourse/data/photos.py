"""Photographs that come with scikit-image, offline."""

import numpy as np

from dlcourse.runtime import CourseError

# Names as in skimage.data; those that its wheel holds, so that nothing is downloaded.
PHOTOS = ("astronaut", "brick", "camera", "cat", "coffee", "coins", "grass", "gravel")
PHOTOS += ("hubble_deep_field", "moon", "retina", "rocket", "text")


def load_photo(name: str, size: tuple[int, int] | None = None) -> np.ndarray:
    """Return a photograph as float32 in [0, 1], (H, W) if it is grey and (H, W, 3) if it is in colour.

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
    photo = img_as_float32(getattr(data, name)())
    if size is not None:
        photo = resize(photo, size, anti_aliasing=True)
    return photo
