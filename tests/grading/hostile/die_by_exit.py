"""Ends Python with success while the cell is run."""

# earns: cosine standardise learn
# says: Python ended in this cell
import os

os._exit(0)
