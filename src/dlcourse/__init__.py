"""Helpers for the course's notebooks: data, models, training, figures, widgets and checks.

Importing `dlcourse` alone is instant; each part is imported by name, as in
`from dlcourse import data, plot, train`, and brings PyTorch only when it needs it.
"""

__version__ = "0.1.0"
