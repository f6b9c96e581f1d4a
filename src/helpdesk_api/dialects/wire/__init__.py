"""What every dialect needs and none owns."""
