"""Nets that answer about pictures: regions, boxes, pixels, joints, faces."""
