"""Published files: images, videos, captions and sealed archives, in a folder or in a bucket."""
