"""A local stand-in for paid AI video-extension APIs, driven by their OpenAPI contracts."""

__version__ = "0.1.0"
