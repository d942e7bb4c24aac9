"""The room for what calls in: connectors' mounts, health and measures. It turns HTTP into calls and back."""
