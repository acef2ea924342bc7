"""Things to move, draw and click in a lesson. In a build they render as a picture (design: two renderings)."""
