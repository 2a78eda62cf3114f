"""Stored files: images, videos, captions, packages and sealed archives; in a folder or a bucket."""
