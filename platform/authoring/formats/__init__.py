"""Other people's formats, read into a CourseDraft and written from one; `known` lists them."""
