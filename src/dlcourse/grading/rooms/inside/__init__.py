"""All that runs with or beside a student's code. It may see no marks and no solutions (pyproject.toml)."""
