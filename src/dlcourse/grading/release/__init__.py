"""From solutions/ to what students get, proved to leak nothing."""
