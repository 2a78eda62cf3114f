"""The summary of a week for Teachers: three things worth changing, as a page and a Monday mail."""
