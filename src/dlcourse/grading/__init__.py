"""What an instructor adds to nbgrader: plug-ins, the roster, leak tests and publishing."""
