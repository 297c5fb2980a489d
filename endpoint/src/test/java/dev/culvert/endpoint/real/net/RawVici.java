package dev.culvert.endpoint.real.net;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads what {@code swanctl --raw} prints: {@code {name {key=value key=[item item] name {…}}}}. A
 * list becomes its items joined with blanks.
 */
final class RawVici {

    private final String text;
    private int at;

    private RawVici(String text) {
        this.text = text;
    }

    /**
     * A section.
     *
     * @param values plain values and lists
     * @param sections sections inside; a name that occurs again has {@code '} added
     */
    record Section(Map<String, String> values, Map<String, Section> sections) {
        static final Section EMPTY = new Section(Map.of(), Map.of());
    }

    /** Reads one section in braces. */
    static Section parse(String text) {
        RawVici reader = new RawVici(text.strip());
        reader.at = 1;
        return reader.section();
    }

    private Section section() {
        Map<String, String> values = new LinkedHashMap<>();
        Map<String, Section> sections = new LinkedHashMap<>();
        while (at < text.length() && text.charAt(at) != '}') {
            if (text.charAt(at) == ' ') {
                at++;
                continue;
            }
            String name = word("={");
            if (text.charAt(at) == '=') {
                at++;
                values.put(name, value());
            } else {
                at++;
                String unique = name;
                while (sections.containsKey(unique)) {
                    unique += "'";
                }
                sections.put(unique, section());
            }
        }
        at++;
        return new Section(values, sections);
    }

    private String value() {
        if (text.charAt(at) == '[') {
            int end = text.indexOf(']', at);
            // A selector may carry its own brackets: 10.0.0.0/8[tcp/80].
            while (end + 1 < text.length() && " }".indexOf(text.charAt(end + 1)) < 0) {
                end = text.indexOf(']', end + 1);
            }
            String list = text.substring(at + 1, end);
            at = end + 1;
            return list;
        }
        return word(" }");
    }

    private String word(String ends) {
        int start = at;
        while (at < text.length() && ends.indexOf(text.charAt(at)) < 0) {
            at++;
        }
        return text.substring(start, at).strip();
    }
}
