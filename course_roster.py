# When homework is due, and what late work costs. nbgrader reads this file through
# nbgrader_config.py when it releases, collects and grades; to change something, edit it here.

c = get_config()  # noqa: F821 - nbgrader's configuration loader provides it

# The zone of the wall clock below. Summer time is taken care of.
c.Roster.timezone = "Europe/Vienna"

# When each assignment is due. An assignment that is not listed has no deadline.
c.Roster.deadlines = {
    # "03_cnn": "2026-11-02 23:59",
}

# When each was released, on the same clock: a hand-in that says it is older is named. Without this,
# one that says it is more than a year old is.
c.Roster.releases = {
    # "03_cnn": "2026-10-19 08:00",
}

# What late work costs. A day late is over when the clock on the wall shows the deadline's time
# again; a day that has begun counts whole. The percents are of the score that was earned.
c.LatePenalty.percent = 0  # for each day: 10 makes 8 points 7.2, two days late 6.4
c.LatePenalty.free_days = 0  # so many days cost nothing, and the next one is the first that counts
c.LatePenalty.most = 100  # percent; 50 leaves half of the score, however late

# Who may hand in, with names, addresses and longer deadlines, stands in grading/roster.csv, which
# is read with this file and which git ignores. `dlcourse roster FILE` writes it from a class list
# of Canvas, Moodle or any CSV; you may edit it. Its columns:
# - id: what is given to `dlcourse submit --student`: letters, digits and @ . _ -
# - first_name, last_name, email; lms_user_id: Canvas's or Moodle's number, if you use one of them
# - extensions: later deadlines, on the same clock: 03_cnn 2026-11-09 23:59; 06_transformer 2026-...
# While there is no such file, everybody's work is collected; with it, an unknown id is reported.

# Where the marks are kept: a file in grading/, or a PostgreSQL database that several graders share
# (INSTRUCTORS.md). No password in here: it belongs into ~/.pgpass.
# c.CourseDirectory.db_url = "postgresql://db.example.org/gradebook"
