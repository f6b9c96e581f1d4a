"""What is said on support tickets."""
