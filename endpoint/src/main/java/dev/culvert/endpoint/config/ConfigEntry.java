package dev.culvert.endpoint.config;

/**
 * {@code key = value}.
 *
 * @param key the key
 * @param value what follows the equals sign, unquoted; empty when the key is cleared
 * @param keyPosition where the key is
 * @param valuePosition where the value begins
 */
record ConfigEntry(
        String key, String value, SourcePosition keyPosition, SourcePosition valuePosition) {

    boolean isCleared() {
        return value.isEmpty();
    }

    /** Without the value: it may be a secret. */
    @Override
    public String toString() {
        return keyPosition + ": " + key + " = …";
    }
}
