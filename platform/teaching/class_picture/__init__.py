"""The class picture: what a group was like in a part of a video or a skill, and no person."""
