"""HTTP: routes, bodies, replies, files, and the control API. Only this package knows frameworks."""
