"""What stands on the pages of nbgrader and on ours."""
