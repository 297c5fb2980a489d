package dev.culvert.endpoint.config;

import java.util.List;

/** What this version does with a key or section that swanctl.conf knows. */
sealed interface KeyRule {

    /** It has its effect. */
    record Supported() implements KeyRule {}

    /**
     * It may be written as long as its value says what happens anyway.
     *
     * @param accepted such values
     * @param instead what is not supported yet, as the subject of a sentence
     */
    record Only(List<String> accepted, String instead) implements KeyRule {
        public Only {
            accepted = List.copyOf(accepted);
        }
    }

    /**
     * It cannot be used yet.
     *
     * @param what the feature, as the subject of a sentence
     */
    record Unsupported(String what) implements KeyRule {}
}
