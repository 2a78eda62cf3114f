"""Studies: what data may be taken together for, until when, and by whom."""
