"""Helpers for the course's notebooks: data, models, training, figures, widgets and checks.

Importing `dlcourse` alone is instant; each part is imported by name, as in
`from dlcourse import data, plot, train`, and brings PyTorch only when it needs it.
"""

import os

__version__ = "0.1.0"

# Let PyTorch's threads sleep, not spin, while they wait for each other. With anything else running
# on the same cores, small nets train up to ten times faster so. Set-up cells import dlcourse before
# torch.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
