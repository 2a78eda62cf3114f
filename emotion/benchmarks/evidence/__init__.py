"""What each sensor is known to tell about people, from public data sets."""
