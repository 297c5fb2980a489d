package dev.culvert.ike.id;

import dev.culvert.ike.wire.Parsed;

/** Reads identities by their form. */
@SuppressWarnings("DoNotCallSuggester")
final class IdentityParser {
    private IdentityParser() {}

    static Parsed<Identity> parse(String text) {
        throw new UnsupportedOperationException("soon");
    }
}
