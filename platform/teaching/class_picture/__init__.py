"""The class picture: aggregate estimates of a group by video chapter or skill."""
