"""All that runs with or beside a student's code: no marks or solutions here (pyproject.toml)."""
