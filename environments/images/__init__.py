"""Where images come from: the engine, a bundle, a registry, a build."""
