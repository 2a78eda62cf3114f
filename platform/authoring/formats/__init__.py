"""Other people's formats, read into a CourseDraft and written from one; `registry` lists them."""
