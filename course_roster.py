# Who takes the course, and when homework is due. nbgrader reads this file through nbgrader_config.py
# when it releases, collects and grades; to change something, edit it here.

c = get_config()  # noqa: F821 - nbgrader's configuration loader provides it

# The zone of the wall clock below. Summer time is taken care of.
c.Roster.timezone = "Europe/Vienna"

# When each assignment is due. An assignment that is not listed has no deadline.
c.Roster.deadlines = {
    # "03_cnn": "2026-11-02 23:59",
}

# Who may hand in. The id is the one given to `dlcourse submit --student`: letters, digits and @ . _ -
# While the list is empty, everybody's work is collected; with a list, an unknown id is reported instead.
c.Roster.students = {
    # "ada": {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org"},
}
