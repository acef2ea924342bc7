"""What an instructor reads after a class was graded."""
