"""From whatever was handed in to a whole notebook."""
